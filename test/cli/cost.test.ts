import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { type Ended, startCommand } from "../support/command.ts";

/** Runs `hookswitch cost`. */
function cost(...args: readonly string[]): Promise<Ended> {
  return startCommand(["cost", ...args], { cwd: tmpdir(), env: {} }).ended;
}

test("hookswitch cost tells a month's operations, dollars, what is stored and shards", async () => {
  const { exitCode, out, err } = await cost("--per-day", "200000", "--mode", "respond");
  expect([exitCode, err]).toEqual([0, ""]);
  expect(out).toMatch(/^200,000 webhooks a day, respond, answered in 1000 ms, 1 % duplicates; /);
  expect(out).toMatch(/^Worker requests +6 M +10 M +0\.00$/m);
  expect(out).toMatch(/^all +\d+\.\d\d$/m);
  expect(out).toMatch(/^LEDGER_SHARDS: \d+$/m);
});

test("hookswitch cost --origin-ms takes a row off where the application answers soon", async () => {
  const args = ["--per-day", "20000", "--mode", "respond", "--duplicates", "0", "--plan", "free"];
  const slow = await cost(...args);
  const fast = await cost(...args, "--origin-ms", "80");
  expect(slow.out).toMatch(/^rows written +81,440 /m);
  expect(fast.out).toMatch(/^20,000 webhooks a day, respond, answered in 80 ms, 0 % duplicates; /);
  expect(fast.out).toMatch(/^rows written +61,440 /m);
});

test("hookswitch cost --json prints one object", async () => {
  const { exitCode, out } = await cost("--per-day", "200000", "--mode", "queue", "--json");
  expect(exitCode).toBe(0);
  const found: Record<string, unknown> = JSON.parse(out);
  expect(Object.keys(found)).toEqual([
    "pricesOf",
    "lines",
    "dollarsPerMonth",
    "dollarsPerMillion",
    "storedGb",
    "shards",
  ]);
});

test("hookswitch cost --plan free ends with 0 where a day carries it, and with 1 where not", async () => {
  const few = await cost("--per-day", "5000", "--mode", "respond", "--plan", "free");
  expect([few.exitCode, few.err]).toEqual([0, ""]);
  expect(few.out).toContain("KV writes run out after");
  const many = await cost("--per-day", "50000", "--mode", "queue", "--plan", "free");
  expect(many.exitCode).toBe(1);
  expect(many.out).toMatch(/the free plan carries [\d,]+ a day: rows written run out first$/m);
});

test.each([
  [["--mode", "respond"], "--per-day"],
  [["--per-day", "1"], "--mode"],
  [["--per-day", "0", "--mode", "respond"], "--per-day"],
  [["--per-day", "1", "--mode", "both"], "--mode"],
  [["--per-day", "1", "--mode", "respond", "--duplicates", "1.1"], "--duplicates"],
  [["--per-day", "1", "--mode", "respond", "--days", "1"], "--days"],
] as const)("hookswitch cost %j is refused with 2, and names %s", async (args, named) => {
  const { exitCode, out, err } = await cost(...args);
  expect([exitCode, out]).toEqual([2, ""]);
  expect(err).toContain(named);
});

test("hookswitch cost says where no LEDGER_SHARDS is enough", async () => {
  const { out } = await cost("--per-day", "864000000", "--mode", "respond");
  expect(out).toMatch(/^LEDGER_SHARDS: \d+, and 1024 is the most: keep less, or not as long$/m);
});
