import type { ComponentChildren } from "preact";
import { addressOf, type View } from "./address.ts";

/** Leads to another view without loading the page again. */
export type Go = (view: View, how?: "push" | "replace") => void;

/** A link to a view: one that opens in a new tab, too, and can be copied. */
export function Link(props: {
  readonly to: View;
  readonly go: Go;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly tabIndex?: number;
  readonly label?: string;
}) {
  return (
    <a
      href={addressOf(props.to)}
      class={props.class}
      tabIndex={props.tabIndex}
      aria-current={props.isCurrent === true ? "page" : undefined}
      aria-label={props.label}
      onClick={(event) => {
        if (!isPlain(event)) return;
        event.preventDefault();
        event.stopPropagation();
        props.go(props.to);
      }}
    >
      {props.children}
    </a>
  );
}

/** Whether a click asks for nothing but to follow the link here. */
export function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}
