import { describe, expect, test } from "vitest";
import { roleOf } from "../../src/log/access.ts";

const token = "r".repeat(32);
const adminToken = "a".repeat(32);

describe("roleOf()", () => {
  test.each([
    ["the reading token", `Bearer ${token}`, "reader"],
    ["the administrator's token", `Bearer ${adminToken}`, "admin"],
    ["the scheme in lower case", `bearer ${token}`, "reader"],
    ["nothing", null, undefined],
    ["a wrong token", `Bearer ${"x".repeat(32)}`, undefined],
    ["a token cut short", `Bearer ${token.slice(1)}`, undefined],
    ["a longer token", `Bearer ${token}r`, undefined],
    ["another scheme", `Basic ${token}`, undefined],
    ["an empty token", "Bearer ", undefined],
  ])("of %s", async (_, header, role) => {
    expect(await roleOf(header, { token, adminToken, access: undefined })).toBe(role);
  });

  test("lets nobody in where no token is configured", async () => {
    expect(
      await roleOf("Bearer undefined", {
        token: undefined,
        adminToken: undefined,
        access: undefined,
      }),
    ).toBeUndefined();
  });
});
