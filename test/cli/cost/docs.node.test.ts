import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  estimate,
  freeWebhooks,
  GB_PER_OBJECT,
  listPriceOfMillion,
  REQUESTS_PER_OBJECT,
} from "../../../src/cli/cost/estimate.ts";
import { type Announced, announced, storedBytes } from "../../../src/cli/cost/operations.ts";
import { readOn } from "../../../src/cli/cost/prices.ts";

const root = join(import.meta.dirname, "../../..");
const readme = await readFile(join(root, "README.md"), "utf8");
const scale = await readFile(join(root, "docs/scale.md"), "utf8");

test.each(Object.entries<Announced>(announced))(
  "the README tells what is announced of %s",
  (name, each) => {
    const mode = name.startsWith("queue") ? "queue" : "respond";
    // An attempt is no webhook.
    const perDay =
      each.workerRequests === 0 ? "–" : freeWebhooks(each, mode).toLocaleString("en-US");
    const cells = [
      each.title,
      each.workerRequests,
      each.ledgerRequests,
      each.rowsWritten,
      `≤ ${each.rowsRead}`,
      each.kvReads,
      each.kvWrites,
      listPriceOfMillion(each).toFixed(2),
      perDay,
    ];
    expect(readme).toContain(`\n| ${cells.join(" | ")} |\n`);
  },
);

test("the README has the date of the prices", () => {
  expect(readme).toContain(`list prices of ${readOn}`);
});

test.each([10, 100, 1_000, 10_000])("docs/scale.md computes %d webhooks a second", (perSecond) => {
  const perDay = perSecond * 86_400;
  const byRequests = Math.ceil(
    (perSecond * announced.respond.ledgerRequests) / REQUESTS_PER_OBJECT,
  );
  const gbPerDay = (perDay * storedBytes) / 1e9;
  const fullAfterH = (10 / (gbPerDay / byRequests)) * 24;
  const byStorage = (days: number): number => Math.ceil((gbPerDay * days) / GB_PER_OBJECT);
  const input = { perDay, duplicates: 0, originMs: 1_000, days: 30, bytes: storedBytes, peak: 1 };
  const dollars = (mode: "respond" | "queue"): string =>
    Math.round(estimate({ ...input, mode }).dollarsPerMonth).toLocaleString("en-US");
  const cells = [
    perSecond.toLocaleString("en-US"),
    byRequests,
    gbPerDay.toLocaleString("en-US", { maximumFractionDigits: 1 }),
    `${fullAfterH.toFixed(0)} h`,
    byStorage(2),
    byStorage(7),
    byStorage(30).toLocaleString("en-US"),
    dollars("respond"),
    dollars("queue"),
  ];
  expect(scale).toContain(`\n| ${cells.join(" | ")} |\n`);
});
