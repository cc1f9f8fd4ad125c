import { expect, test } from "vitest";
import { crashTest, resultLine } from "../crash/crash-test.ts";

test("killed at any instant, nothing that was acknowledged is lost", async () => {
  const result = await crashTest({ kills: 20, clients: 6, tell: () => undefined });
  console.log(resultLine(result));
  expect(result.acknowledged).toBeGreaterThan(50);
  expect(result).toMatchObject({ lost: [], unexplained: [], disagreements: [] });
}, 120_000);
