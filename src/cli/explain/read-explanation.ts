import { changes } from "../../explain/change.ts";
import type { NotKept, ShownExplanation } from "../../explain/shown.ts";
import type { Table } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";

const VERDICTS = ["accepted", "one_change", "by_reason", "no_single_change", "not_kept"] as const;
const NOT_KEPT: readonly NotKept[] = ["digits", "secret", "body", "whole_body", "signature"];

/** Reads the answer to `POST /_log/deliveries/:id/explain`; `undefined` when it has another form. */
export function readExplanation(answer: Table): ShownExplanation | undefined {
  const verdict = VERDICTS.find((each) => each === answer["verdict"]);
  const change = changes.find((each) => each === answer["change"]) ?? null;
  if (verdict === undefined || (verdict === "one_change" && change === null)) return undefined;
  const text = (name: string): string | null => textOf(answer[name]) ?? null;
  return {
    verdict,
    change,
    reason: text("reason"),
    from: text("from"),
    to: text("to"),
    public_url: text("public_url"),
    origin: text("origin"),
    setting: text("setting"),
    key: text("key"),
    keys_tried: texts(answer["keys_tried"]),
    odd_keys: texts(answer["odd_keys"]),
    signatures_checked: countOf(answer["signatures_checked"]) ?? 0,
    cut_short: answer["cut_short"] === true,
    not_kept: NOT_KEPT.find((each) => each === answer["not_kept"]) ?? null,
    as_of: answer["as_of"] === "refusal" ? "refusal" : "now",
  };
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
}
