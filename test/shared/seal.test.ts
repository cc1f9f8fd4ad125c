import { describe, expect, test } from "vitest";
import { sealer } from "../../src/shared/seal.ts";
import { utf8 } from "../../src/shared/utf8.ts";

const oldKey = "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY";
const newKey = "c4Rk0WmZ8qYt2LxVn6BsHd1JpGf9TeUa";
const text = utf8("Digits=1234&From=%2B14155551234");
const iv = Uint8Array.from({ length: 12 }, (_, n) => n);

describe("sealer()", () => {
  test("leaves bytes in the clear where there is no key, and says so", async () => {
    const none = sealer([]);
    expect(none.hasKey).toBe(false);
    expect(await none.seal(text, "id", iv)).toEqual({ bytes: text, sealedWith: undefined });
    expect(await none.open({ bytes: text, sealedWith: undefined }, "id")).toEqual(text);
  });

  test("gives back what it sealed, which shows nothing of it", async () => {
    const own = sealer([oldKey]);
    const sealed = await own.seal(text, "id", iv);
    expect(new TextDecoder("latin1").decode(sealed.bytes)).not.toContain("Digits");
    expect(sealed.sealedWith).toMatch(/^[0-9a-f]{8}$/);
    expect(await own.open(sealed, "id")).toEqual(text);
  });

  test("opens what the key before it sealed, and seals with the new one", async () => {
    const before = await sealer([oldKey]).seal(text, "id", iv);
    const rotated = sealer([newKey, oldKey]);
    expect(await rotated.open(before, "id")).toEqual(text);
    const after = await rotated.seal(text, "id", iv);
    expect(after.sealedWith).not.toBe(before.sealedWith);
    expect(await rotated.keyIds()).toEqual([after.sealedWith, before.sealedWith]);
  });

  test("opens nothing with another key, under another id, or of what was changed", async () => {
    const own = sealer([oldKey]);
    const sealed = await own.seal(text, "id", iv);
    expect(await sealer([newKey]).open(sealed, "id")).toBeUndefined();
    expect(await own.open(sealed, "other")).toBeUndefined();
    const changed = sealed.bytes.slice();
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(await own.open({ ...sealed, bytes: changed }, "id")).toBeUndefined();
    expect(await own.open({ ...sealed, bytes: new Uint8Array(3) }, "id")).toBeUndefined();
  });

  test("opens bytes in the clear from before there was a key", async () => {
    expect(await sealer([oldKey]).open({ bytes: text, sealedWith: undefined }, "id")).toEqual(text);
  });

  // AES-256-GCM with this key and IV, made by Node's own crypto (hkdfSync, createCipheriv), 2026-11-24.
  test("seals as anybody would who has the key", async () => {
    const sealed = await sealer([oldKey]).seal(text, "id", iv);
    expect(Buffer.from(sealed.bytes).toString("base64")).toBe(VECTOR);
  });
});

const VECTOR = "AAECAwQFBgcICQoLAihpJDwlh7hh5kjDSxTkiWbB7m8rQzlmIKurNPYlPvaza05laAvwepl1KpBXqIQ=";
