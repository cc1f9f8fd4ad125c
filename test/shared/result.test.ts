import { expect, test } from "vitest";
import { err, ok } from "../../src/shared/result.ts";

test("ok() carries its value and err() its error", () => {
  expect(ok(1)).toEqual({ ok: true, value: 1 });
  expect(err("late")).toEqual({ ok: false, error: "late" });
});
