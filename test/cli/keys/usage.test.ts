import { expect, test } from "vitest";
import { type KeyUsage, verdictOn } from "../../../src/cli/keys/usage.ts";

const usage = (name: string, count: number, isSet = true): KeyUsage => ({
  name,
  isSet,
  count,
  last: undefined,
});
const [first, second, account, signing] = ["T#1", "T#2", "T_AC#1", "SK1"] as const;

test.each<readonly [string, readonly KeyUsage[], string, string]>([
  ["it has matched once", [usage(first, 1), usage(second, 9)], first, "used"],
  ["the other has", [usage(first, 0), usage(second, 1)], first, "unused"],
  ["neither has", [usage(first, 0), usage(second, 0)], first, "no_webhooks"],
  ["another account's has", [usage(first, 0), usage(account, 5)], first, "no_webhooks"],
  ["the other has, and is gone", [usage(first, 0), usage(second, 5, false)], first, "no_webhooks"],
  ["an auth token has", [usage(first, 5), usage(signing, 0)], signing, "unused"],
])("verdictOn() when %s", (_, usages, name, kind) => {
  expect(verdictOn(name, usages).kind).toBe(kind);
});
