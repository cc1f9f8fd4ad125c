import { describe, expect, it } from "vitest";
import type { Parameters } from "../../src/receive/webhook.ts";
import { readAccountSid } from "../../src/verify/account.ts";

const [A, B] = [`AC${"a".repeat(32)}`, `AC${"b".repeat(32)}`];

interface Input {
  readonly query?: Parameters;
  readonly form?: Parameters;
  readonly json?: unknown;
  readonly text?: string;
}

function read(input: Input) {
  const text = "json" in input ? JSON.stringify(input.json) : input.text;
  return readAccountSid({
    query: input.query ?? [],
    form: input.form ?? [],
    json: text === undefined ? undefined : new TextEncoder().encode(text),
  });
}

describe("readAccountSid()", () => {
  it.each([
    ["the query", { query: [["AccountSid", A]] }],
    [
      "the form",
      {
        form: [
          ["From", "+1"],
          ["AccountSid", A],
        ],
      },
    ],
    ["a JSON object", { json: { AccountSid: A } }],
    ["a JSON object, the other ways of writing", { json: { account_sid: A, accountSid: A } }],
    ["a form's list", { form: [["AccountSid[]", A]] }],
    ["an event's data", { json: { specversion: "1.0", data: { accountSid: A } } }],
    ["an event's data, the other way of writing", { json: { data: { account_sid: A } } }],
    ["a list of events", { json: [{ data: { accountSid: A } }, { id: "EZ1" }] }],
    [
      "several places that agree",
      {
        query: [["AccountSid", A]],
        form: [
          ["AccountSid", A],
          ["AccountSid", A],
        ],
      },
    ],
    ["JSON behind a byte order mark", { text: `\uFEFF{"AccountSid":"${A}"}` }],
  ] satisfies [string, Input][])("finds it in %s", (_, input) => {
    expect(read(input)).toEqual({ ok: true, value: A });
  });

  it.each([
    ["nothing", {}],
    ["an empty value", { query: [["AccountSid", ""]], form: [["AccountSid", ""]] }],
    ["another case", { query: [["accountsid", A]], form: [["account_sid", A]] }],
    ["text that is not JSON", { text: `AccountSid=${A}` }],
    ["JSON broken off", { text: `{"AccountSid":"${A}"` }],
    ["a deeper level", { json: { payload: { AccountSid: A }, data: { x: { accountSid: A } } } }],
    ["a list in a list", { json: [[{ AccountSid: A }]] }],
    ["no text", { json: { AccountSid: [A], data: { accountSid: 1, account_sid: null } } }],
    ["no objects", { json: [null, 1, "x"] }],
    ["data that is no object", { json: { data: null } }],
  ] satisfies [string, Input][])("finds none in %s", (_, input) => {
    expect(read(input)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ["query and form", { query: [["AccountSid", A]], form: [["AccountSid", B]] }],
    [
      "two of the query",
      {
        query: [
          ["AccountSid", A],
          ["AccountSid", B],
        ],
      },
    ],
    [
      "two of the form",
      {
        form: [
          ["AccountSid", A],
          ["AccountSid", B],
        ],
      },
    ],
    ["query and JSON", { query: [["AccountSid", A]], json: { data: { accountSid: B } } }],
    ["form and JSON", { form: [["AccountSid", A]], json: { data: { accountSid: B } } }],
    ["two of an event", { json: { AccountSid: A, data: { accountSid: B } } }],
    ["two spellings of an event", { json: { data: { accountSid: A, account_sid: B } } }],
    ["two events", { json: [{ data: { accountSid: A } }, { data: { accountSid: B } }] }],
    [
      "two that differ in case",
      {
        query: [
          ["AccountSid", A],
          ["AccountSid", A.toUpperCase()],
        ],
      },
    ],
  ] satisfies [string, Input][])("refuses disagreement: %s", (_, input) => {
    expect(read(input)).toEqual({ ok: false, error: { reason: "account_ambiguous" } });
  });
});

it.each([
  ["a form's list", { query: [["AccountSid", A]], form: [["AccountSid[0]", B]] }],
  ["another spelling", { json: { AccountSid: A, account_sid: B } }],
] as const)("readAccountSid() finds the other account in %s", (_, input) => {
  expect(read(input)).toEqual({ ok: false, error: { reason: "account_ambiguous" } });
});
