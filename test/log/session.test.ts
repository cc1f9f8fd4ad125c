import { describe, expect, test } from "vitest";
import type { LogAccess } from "../../src/config/types.ts";
import { isFromOwnPage, newSession, roleOfSession, sessionIn } from "../../src/log/session.ts";

const access: LogAccess = {
  token: "reading-token-of-the-session-tests-0000",
  adminToken: "administering-token-of-the-session-tests",
  access: undefined,
};
const nowMs = 1_800_000_000_000;
const twelveHoursMs = 12 * 3_600_000;

async function opened(role: "reader" | "admin" = "reader"): Promise<string> {
  return (await newSession(role, access, nowMs)) ?? "";
}

describe("newSession() and roleOfSession()", () => {
  test.each(["reader", "admin"] as const)("agree on %s", async (role) => {
    expect(await roleOfSession(await opened(role), access, nowMs)).toBe(role);
  });

  test("agree until twelve hours are over, and not at that instant", async () => {
    const session = await opened();
    expect(await roleOfSession(session, access, nowMs + twelveHoursMs - 1)).toBe("reader");
    expect(await roleOfSession(session, access, nowMs + twelveHoursMs)).toBeUndefined();
  });

  test("another token ends the sessions of the one before", async () => {
    const changed = { ...access, token: "another-reading-token-of-the-tests-00000" };
    expect(await roleOfSession(await opened(), changed, nowMs)).toBeUndefined();
    expect(await roleOfSession(await opened("admin"), changed, nowMs)).toBe("admin");
  });

  test("a token that is taken away ends its sessions", async () => {
    const without = { ...access, adminToken: undefined };
    expect(await roleOfSession(await opened("admin"), without, nowMs)).toBeUndefined();
    expect(await newSession("admin", without, nowMs)).toBeUndefined();
  });

  test("hold nothing of the token", async () => {
    expect(await opened()).toMatch(/^reader\.1800043200\.[0-9a-f]{64}$/);
  });

  test.each<[string, (session: string) => string]>([
    ["a reader's that says admin", (session) => session.replace("reader", "admin")],
    ["a later expiry", (session) => session.replace("1800043200", "1800043201")],
    ["another MAC", (session) => session.replace(/.$/, (last) => (last === "0" ? "1" : "0"))],
    ["no MAC", (session) => session.replace(/\.[0-9a-f]+$/, "")],
    ["something behind it", (session) => `${session}0`],
    ["nothing", () => ""],
    ["the token itself", () => access.token ?? ""],
  ])("%s is no session", async (_what, change) => {
    expect(await roleOfSession(change(await opened()), access, nowMs)).toBeUndefined();
  });
});

describe("sessionIn()", () => {
  test.each([
    ["https://hooks.example.net/_log", "a=1; __Host-hookswitch=v; b=2", "v"],
    ["https://hooks.example.net/_log", "hookswitch=v", undefined],
    ["http://127.0.0.1:8787/_log", "hookswitch=v", "v"],
    ["http://localhost:8787/_log", "x-hookswitch=w; hookswitch=v", "v"],
    ["http://hooks.example.net/_log", "hookswitch=v", undefined],
    ["https://127.0.0.1:8787/_log", "hookswitch=v", undefined],
  ])("of %s in %j is %j", (url, cookies, expected) => {
    expect(sessionIn(cookies, new URL(url))).toBe(expected);
  });

  test("is nothing where there are no cookies", () => {
    expect(sessionIn(null, new URL("https://hooks.example.net/_log"))).toBeUndefined();
  });
});

describe("isFromOwnPage()", () => {
  const url = new URL("https://hooks.example.net/_log/session");

  test.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ "Sec-Fetch-Site": "same-origin" }, true],
    [{ "Sec-Fetch-Site": "same-site" }, false],
    [{ "Sec-Fetch-Site": "none" }, false],
    [{ Origin: "https://hooks.example.net" }, true],
    [{ Origin: "http://hooks.example.net" }, false],
    [{ Origin: "https://hooks.example.net:8443" }, false],
    [{ Origin: "null" }, false],
  ])("of %j is %j", (headers, expected) => {
    expect(isFromOwnPage(new Headers(headers), url)).toBe(expected);
  });
});
