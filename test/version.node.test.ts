import packageJson from "../package.json" with { type: "json" };
import { expect, test } from "vitest";
import { VERSION } from "../src/router.ts";

test("VERSION is the package's", () => {
  expect(VERSION).toBe(packageJson.version);
});
