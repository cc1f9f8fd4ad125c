import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressFilters, addressOf, viewOf, type Filters } from "../../src/page/address.ts";

describe("viewOf()", () => {
  test.each([
    ["/_log", "", { kind: "list", filters: {} }],
    ["/_log/", "?outcome=failed", { kind: "list", filters: { outcome: "failed" } }],
    ["/_log", "?outcome=&sid=%20", { kind: "list", filters: {} }],
    ["/_log", "?from=%2B14155551234&x=1", { kind: "list", filters: {} }],
    ["/_log/d/01M85R4ERE", "", { kind: "delivery", id: "01M85R4ERE" }],
    ["/_log/overview", "", { kind: "overview", since: "24h" }],
    ["/_log/overview/", "?since=7d", { kind: "overview", since: "7d" }],
  ])("of %s%s is %j", (path, search, expected) => {
    expect(viewOf(path, search)).toEqual(expected);
  });
});

describe("addressOf()", () => {
  test("leaves numbers out", () => {
    const filters = { from: "+14155551234", to: "+14155550000", origin: "sms" };
    expect(addressOf({ kind: "list", filters })).toBe("/_log?origin=sms");
  });

  test("leaves the overview's default out", () => {
    expect(addressOf({ kind: "overview", since: "24h" })).toBe("/_log/overview");
  });

  test("reads back as the same filters, whatever is in them", () => {
    const value = fc
      .string({ minLength: 1 })
      .map((text) => text.trim())
      .filter((text) => text !== "");
    const filters = fc.dictionary(fc.constantFrom(...addressFilters), value);
    fc.assert(
      fc.property(filters, (made) => {
        const view = { kind: "list", filters: { ...made } as Filters } as const;
        const url = new URL(addressOf(view), "https://hooks.example.net");
        expect(viewOf(url.pathname, url.search)).toEqual(view);
      }),
    );
  });
});
