import type { LogKey } from "../config/types.ts";
import { utf8 } from "./utf8.ts";

const IV_BYTES = 12;
const ID_CHARACTERS = 8;

/** Bytes as they are stored, and what they are sealed with. */
export interface Sealed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Id of the key; `undefined` for bytes in the clear. */
  readonly sealedWith: string | undefined;
}

/** Seals what is stored with `LOG_KEY`, and opens it again. */
export interface Sealer {
  /** Whether there is a key: without one, bytes stay in the clear. */
  readonly hasKey: boolean;
  /**
   * @param about What the bytes belong to, a delivery's id: sealed bytes open under no other.
   * @param iv 12 bytes that no other call is given, from a source fit for keys.
   */
  seal(bytes: Uint8Array<ArrayBuffer>, about: string, iv: Uint8Array<ArrayBuffer>): Promise<Sealed>;
  /** `undefined` when the key is not there, or the bytes are not what was sealed. Never rejects. */
  open(sealed: Sealed, about: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Ids of the keys that open. */
  keyIds(): Promise<readonly string[]>;
}

/**
 * Makes the sealer of a configuration: AES-256-GCM, the key derived from `LOG_KEY` by HKDF-SHA-256, the IV
 * in front of what is sealed. The first key seals, all of them open, so that a rotation loses nothing.
 */
export function sealer(keys: readonly LogKey[]): Sealer {
  let derived: readonly DerivedKey[] | undefined;
  // The keys and not the promise of them: no request may wait for what another one resolves (`ledger/grouped-calls.ts`).
  const load = async (): Promise<readonly DerivedKey[]> =>
    (derived ??= await Promise.all(keys.map(derive)));
  return {
    hasKey: keys.length > 0,
    async seal(bytes, about, iv) {
      const [first] = await load();
      if (first === undefined) return { bytes, sealedWith: undefined };
      const algorithm = { name: "AES-GCM", iv, additionalData: utf8(about) };
      const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, first.key, bytes));
      const whole = new Uint8Array(IV_BYTES + sealed.byteLength);
      whole.set(iv);
      whole.set(sealed, IV_BYTES);
      return { bytes: whole, sealedWith: first.id };
    },
    async open({ bytes, sealedWith }, about) {
      if (sealedWith === undefined) return bytes;
      const found = (await load()).find(({ id }) => id === sealedWith);
      if (found === undefined) return undefined;
      const iv = bytes.slice(0, IV_BYTES);
      const algorithm = { name: "AES-GCM", iv, additionalData: utf8(about) };
      try {
        return new Uint8Array(
          await crypto.subtle.decrypt(algorithm, found.key, bytes.slice(IV_BYTES)),
        );
      } catch {
        return undefined;
      }
    },
    keyIds: async () => (await load()).map(({ id }) => id),
  };
}

interface DerivedKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The id is derived like the key and tells nothing of it. */
async function derive(secret: LogKey): Promise<DerivedKey> {
  const material = await crypto.subtle.importKey("raw", utf8(secret), "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  const [idBits, key] = await Promise.all([
    crypto.subtle.deriveBits(hkdf("hookswitch key id"), material, 128),
    crypto.subtle.deriveKey(
      hkdf("hookswitch seal"),
      material,
      { name: "AES-GCM", length: 256 },
      false,
      ["encrypt", "decrypt"],
    ),
  ]);
  const id = Array.from(new Uint8Array(idBits), (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .slice(0, ID_CHARACTERS);
  return { id, key };
}

function hkdf(info: string): SubtleCryptoDeriveKeyAlgorithm {
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(info) };
}
