import { describe, expect, it } from "vitest";
import { isHashOf, readBodyHash } from "../../src/verify/body-hash.ts";
import { parseQuery } from "../../src/receive/parameters.ts";

// From FIPS 180-4: of nothing, and of "abc".
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("readBodyHash()", () => {
  it.each([
    `bodySHA256=${ABC}`,
    `a=1&bodySHA256=${ABC}&b=2`,
    `body%53HA256=${ABC}`,
    `bodySHA256=${ABC}&bodySHA256=${ABC}`,
  ])("reads it from %s", (query) => {
    expect(readBodyHash(parseQuery(query))).toEqual({ ok: true, value: ABC });
  });

  it.each([
    "",
    `xbodySHA256=${ABC}`,
    `bodysha256=${ABC}`,
    `a=bodySHA256=${ABC}`,
    `bodySHA256x=${ABC}`,
  ])("finds none in %j: only the very name counts", (query) => {
    expect(readBodyHash(parseQuery(query))).toEqual({ ok: true, value: undefined });
  });

  it.each(["", ABC.slice(1), `${ABC}0`, ABC.toUpperCase(), `g${ABC.slice(1)}`, `${ABC}%0A`])(
    "refuses %j",
    (hash) => {
      expect(readBodyHash(parseQuery(`bodySHA256=${hash}`))).toEqual({
        ok: false,
        error: { reason: "body_hash_malformed" },
      });
    },
  );

  it("refuses two that differ", () => {
    expect(readBodyHash(parseQuery(`bodySHA256=${ABC}&bodySHA256=${EMPTY}`))).toEqual({
      ok: false,
      error: { reason: "body_hash_ambiguous" },
    });
  });
});

describe("isHashOf()", () => {
  it.each([
    [EMPTY, ""],
    [ABC, "abc"],
  ])("knows %s", async (hash, text) => {
    expect(
      await isHashOf(
        hash,
        Uint8Array.from(text, (character) => character.charCodeAt(0)),
      ),
    ).toBe(true);
  });

  it("refuses another body's", async () => {
    expect(await isHashOf(ABC, new Uint8Array())).toBe(false);
  });
});
