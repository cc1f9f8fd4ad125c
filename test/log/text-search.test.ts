import { describe, expect, test } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import { foundOf, type FoundDelivery } from "../../src/ledger/search.ts";
import { searchText, showsText } from "../../src/log/text-search.ts";
import { deliveryRecord } from "../support/records.ts";

const START_MS = Date.UTC(2026, 10, 24);

/** A log of so many deliveries, newest first; those whose number a test names show "needle". */
function logOf(count: number, needles: readonly number[]) {
  const ids = Array.from({ length: count }, (_, n) =>
    newDeliveryId({ receivedAtMs: START_MS - n * 1_000, shard: 0, random: () => 0.5 }),
  );
  const asked: number[] = [];
  const reader = {
    search: async ({ limit, after }: { limit: number; after: { id: string } | undefined }) => {
      asked.push(limit);
      const start = after === undefined ? 0 : ids.indexOf(after.id) + 1;
      return ids.slice(start, start + limit).map(found);
    },
    records: async (wanted: readonly string[]) => wanted.map((id) => deliveryRecord({ id })),
  };
  const present = async ({ id }: { id: string }) => ({
    request: {
      parameters: [{ name: "Body", value: needles.includes(ids.indexOf(id)) ? "a NEEDLE" : "hay" }],
    },
  });
  return { ids, reader, present, asked };
}

function found(id: string): FoundDelivery {
  return foundOf(deliveryRecord({ id }));
}

const everything = { filters: {}, limit: 2, after: undefined };

describe("searchText()", () => {
  test("finds what shows the text, newest first, and says where the page goes on", async () => {
    const { ids, reader, present } = logOf(200, [3, 70, 71]);
    const first = await searchText(everything, "needle", reader, present);
    expect(first.found.map(({ id }) => id)).toEqual([ids[3], ids[70]]);
    expect(first.goesOnAfter?.id).toBe(ids[70]);
    const after = first.goesOnAfter;
    const second = await searchText({ ...everything, after }, "needle", reader, present);
    expect(second.found.map(({ id }) => id)).toEqual([ids[71]]);
    expect(second.goesOnAfter).toBeUndefined();
    expect(first.lookedAt + second.lookedAt).toBe(200);
  });

  test("looks through 500 at most, and goes on from there", async () => {
    const { ids, reader, present, asked } = logOf(1_200, [1_100]);
    let after: FoundDelivery | undefined;
    const pages: number[] = [];
    const all: string[] = [];
    do {
      const page = await searchText({ ...everything, after }, "needle", reader, present);
      pages.push(page.lookedAt);
      all.push(...page.found.map(({ id }) => id));
      after = page.goesOnAfter;
    } while (after !== undefined);
    expect(pages).toEqual([500, 500, 200]);
    expect(all).toEqual([ids[1_100]]);
    expect(Math.max(...asked)).toBe(50);
  });

  test("shows nothing of what runs: there is no record of it", async () => {
    const { reader, present } = logOf(3, [0, 1, 2]);
    const page = await searchText(
      everything,
      "needle",
      { ...reader, records: async () => [] },
      present,
    );
    expect(page).toEqual({ found: [], lookedAt: 3, goesOnAfter: undefined });
  });
});

describe("showsText()", () => {
  test.each([
    [{ a: { b: ["Out of Credit"] } }, "out of credit", true],
    [{ status: 502 }, "502", true],
    [{ name: null, is: true }, "true", false],
    [{ credit: "x" }, "credit", false],
    [{ request: { raw_body: "aGk=" } }, "ag", false],
    ["İstanbul", "istanbul", false],
  ])("%j by %s: %s", (shown, text, isShown) => {
    expect(showsText(shown, text)).toBe(isShown);
  });
});
