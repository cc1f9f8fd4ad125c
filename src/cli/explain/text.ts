import type { ShownExplanation } from "../../explain/shown.ts";
import { explanationWords } from "../../explain/words.ts";
import type { Io, Style } from "../io.ts";
import { oneLine } from "../printable.ts";

/** Prints an explanation: what differs, what to do, what else to look at. */
export function printExplanation(
  shown: ShownExplanation,
  about: { readonly id?: string },
  isJson: boolean,
  io: Pick<Io, "out" | "style">,
): void {
  const { what, mend, next } = explanationWords(shown);
  if (isJson) return io.out(JSON.stringify({ ...about, ...shown, what, mend, next }));
  const [style, headline] = headlineOf(shown);
  io.out(`${io.style(style, headline)}  ${oneLine(what)}`);
  if (mend !== "") io.out(`${io.style("bold", "to mend it")}  ${oneLine(mend)}`);
  if (shown.setting !== null) io.out(`${io.style("bold", "setting")}  ${oneLine(shown.setting)}`);
  for (const step of next) io.out(`- ${oneLine(step)}`);
}

function headlineOf({ verdict, change, reason }: ShownExplanation): readonly [Style, string] {
  switch (verdict) {
    case "accepted":
      return ["green", "accepted"];
    case "one_change":
      return ["green", change ?? ""];
    case "by_reason":
      return ["green", oneLine(reason ?? "")];
    case "no_single_change":
      return ["red", "not explained"];
    case "not_kept":
      return ["yellow", "not kept"];
  }
}

/** 0 when it is explained, else 1. */
export function exitCodeOf({ verdict }: ShownExplanation): number {
  return verdict === "no_single_change" || verdict === "not_kept" ? 1 : 0;
}
