import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freePath } from "../../../src/cli/doctor/free-path.ts";
import { matchRoute } from "../../../src/receive/route.ts";
import { originConfig } from "../../support/webhooks.ts";

const host = "hooks.example.com";
const origin = (path: string, own?: string) => ({ name: "a", host: own, path });

describe("freePath()", () => {
  test.each([
    ["/*", undefined],
    ["/hookswitch-doctor*", undefined],
    ["/h*", "HOOKS.example.com"],
  ])("finds none beside %s of host %s", (path, own) => {
    expect(freePath([origin(path, own)], host, () => 0.5)).toMatchObject({
      kind: "taken",
      origin: "a",
    });
  });

  test.each([
    ["/*", "other.example.com"],
    ["/voice/*", undefined],
    ["/", undefined],
  ])("finds one beside %s of host %s", (path, own) => {
    expect(freePath([origin(path, own)], host, () => 0.5)).toEqual({
      kind: "free",
      path: "/hookswitch-doctor-nnnnnnnn",
    });
  });

  test("leaves alone an origin whose path cannot be read", () => {
    const broken = { name: "a", host: undefined, path: undefined };
    expect(freePath([broken], host, () => 0).kind).toBe("free");
  });

  test("never gives a path that an origin takes, nor anything below it", () => {
    const path = fc.constantFrom("/", "/h", "/hookswitch-doctor-", "/hookswitch-doctor-aaaaaaaa");
    fc.assert(
      fc.property(path, fc.boolean(), (typedPath, isPrefix) => {
        const found = freePath([origin(`${typedPath}${isPrefix ? "*" : ""}`)], host, () => 0);
        if (found.kind === "taken") return;
        const route = {
          host: undefined,
          kind: isPrefix ? "prefix" : "exact",
          typedPath,
          normalisedPath: typedPath,
        } as const;
        const config = { origins: [originConfig({ route })], reportOrigins: [], brokenOrigins: [] };
        for (const rest of ["", "/", "/plain", "/a//b"]) {
          const rawUrl = { scheme: "https", host, port: undefined, query: undefined } as const;
          const match = matchRoute({ ...rawUrl, path: `${found.path}${rest}` }, config);
          expect(match.kind).toBe("none");
        }
      }),
    );
  });
});
