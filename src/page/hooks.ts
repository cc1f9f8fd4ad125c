import { useEffect, useState } from "preact/hooks";

/** Epoch ms, anew every so often while somebody looks. */
export function useNow(everyMs: number): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNowMs(Date.now());
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const follow = (): void => setHolds(list.matches);
    list.addEventListener("change", follow);
    return () => list.removeEventListener("change", follow);
  }, [query]);
  return holds;
}

/** Where the window stands, px: how far an element's upper edge is above its own, and how high it is. */
export function useSight(element: HTMLElement | null): {
  readonly offset: number;
  readonly height: number;
} {
  const [sight, setSight] = useState({ offset: 0, height: innerHeight });
  useEffect(() => {
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      const offset = element === null ? 0 : -Math.round(element.getBoundingClientRect().top);
      setSight((last) =>
        last.offset === offset && last.height === innerHeight
          ? last
          : { offset, height: innerHeight },
      );
    };
    const soon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    measure();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, [element]);
  return sight;
}

/** Keys of the whole page: not while somebody writes, nor with a modifier, which is the browser's. */
export function useKeys(onKey: (key: string, event: KeyboardEvent) => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      const isWriting =
        target instanceof HTMLInputElement ||
        target instanceof HTMLSelectElement ||
        target instanceof HTMLTextAreaElement;
      if (isWriting) {
        if (event.key === "Escape") target.blur();
        return;
      }
      if (document.querySelector("dialog[open]") === null) onKey(event.key, event);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [onKey]);
}
