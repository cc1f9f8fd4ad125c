import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Filters } from "./address.ts";
import type { Page, Row } from "./api-types.ts";
import { listDeliveries } from "./client.ts";
import type { Rows } from "./rows.ts";

/** New rows that came while the window stands below them, and what is said of new ones. */
export function useUnseen(isBelow: boolean): {
  readonly count: number;
  readonly said: string;
  readonly add: (count: number) => void;
} {
  const [count, setCount] = useState(0);
  const [said, setSaid] = useState("");
  const below = useRef(isBelow);
  below.current = isBelow;
  const unsaid = useRef({ count: 0, timer: 0 });
  useEffect(() => {
    if (!isBelow) setCount(0);
  }, [isBelow]);
  useEffect(() => () => clearTimeout(unsaid.current.timer), []);
  const add = useCallback((more: number) => {
    if (below.current) setCount((before) => before + more);
    // Not each one: whoever listens would hear nothing else.
    unsaid.current.count += more;
    if (unsaid.current.timer !== 0) return;
    unsaid.current.timer = window.setTimeout(() => {
      const { count: total } = unsaid.current;
      unsaid.current = { count: 0, timer: 0 };
      setSaid(total === 1 ? "1 new delivery" : `${total} new deliveries`);
    }, 3_000);
  }, []);
  return { count, said, add };
}

/**
 * Loads the page after the oldest row when the window comes near it; where a text is looked for, when it is
 * asked to: a log without that text would be gone through to its end.
 */
export function useOlder(input: {
  readonly filters: Filters;
  readonly list: Rows;
  readonly sight: { readonly offset: number; readonly height: number };
  readonly rowHeight: number;
  readonly onPage: (page: Page) => void;
  readonly onTrouble: (error: unknown) => void;
}): { readonly isLoading: boolean; readonly lookFurther: () => void } {
  const [isAsked, setIsAsked] = useState(false);
  const { filters, list, sight, rowHeight, onPage, onTrouble } = input;
  const { cursor } = list;
  const isNear = sight.offset + sight.height * 2 > list.rows.length * rowHeight;
  const isWanted = list.lookedAt === undefined ? isNear : isAsked;
  useEffect(() => {
    if (cursor === null || !isWanted) return undefined;
    const ended = new AbortController();
    listDeliveries(filters, { cursor, limit: 200, signal: ended.signal }).then(
      (page) => {
        if (ended.signal.aborted) return;
        setIsAsked(false);
        onPage(page);
      },
      (error: unknown) => {
        if (ended.signal.aborted) return;
        setIsAsked(false);
        onTrouble(error);
      },
    );
    return () => ended.abort();
  }, [cursor, isWanted]);
  return { isLoading: isAsked, lookFurther: () => setIsAsked(true) };
}

/** Keeps what is read where it is while rows come in above it. */
export function useSteadyScroll(rows: readonly Row[], offset: number, rowHeight: number): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const anchor = before.current[0]?.id;
    before.current = rows;
    if (anchor === undefined || offset <= rowHeight) return;
    const added = rows.findIndex(({ id }) => id === anchor);
    if (added > 0) scrollBy(0, added * rowHeight);
  }, [rows]);
}
