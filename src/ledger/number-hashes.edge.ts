import { createHmac, randomBytes } from "node:crypto";
import type { LogKey } from "../config/types.ts";
import type { Parties } from "./protocol.ts";
import type { SearchFilters } from "./search.ts";
import type { Tables } from "./tables.edge.ts";

const HASH_CHARACTERS = 16;
const KEY_BYTES = 32;

/**
 * Numbers as they are found again without being kept: by a hash under a key. It is derived from `LOG_KEY`;
 * without one it is random and stands in the ledger itself, so that it guards what leaves the ledger, not
 * the ledger.
 *
 * Node's HMAC and not WebCrypto's: the ledger decides without waiting.
 */
export class NumberHashes {
  readonly #tables: Tables;
  readonly #derived: readonly Buffer[];
  #own: Buffer | undefined;

  constructor(tables: Tables, logKeys: readonly LogKey[]) {
    this.#tables = tables;
    this.#derived = logKeys.map((key) => hmac(Buffer.from(key), "hookswitch numbers"));
  }

  /** Reads the key anew: memory may be wrong after a transaction that was undone. */
  forget(): void {
    this.#own = undefined;
  }

  /** What is stored with a delivery, inside of a transaction. */
  of(parties: Parties | undefined): readonly string[] {
    const { from = [], to = [] } = parties ?? {};
    if (from.length + to.length === 0) return [];
    const [key = this.#ownKey()] = this.#derived;
    return [
      ...from.map((number) => hashed("f", number, key)),
      ...to.map((number) => hashed("n", number, key)),
    ];
  }

  /** Filters by the hashes that a number may stand under: of today's key, and of those before it. */
  filters({ from, to, ...filters }: SearchFilters): SearchFilters {
    return {
      ...filters,
      ...(from === undefined ? {} : { fromHashes: this.#all("f", from) }),
      ...(to === undefined ? {} : { toHashes: this.#all("n", to) }),
    };
  }

  #all(kind: "f" | "n", number: string): readonly string[] {
    const own = this.#derived.length === 0 ? this.#ownKey() : this.#findOwnKey();
    const keys = own === undefined ? this.#derived : [...this.#derived, own];
    return keys.map((key) => hashed(kind, normalised(number), key));
  }

  #ownKey(): Buffer {
    this.#own ??= this.#findOwnKey();
    if (this.#own !== undefined) return this.#own;
    this.#own = randomBytes(KEY_BYTES);
    this.#tables.ensureLasting(
      "settings",
      "(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    );
    this.#tables.write("INSERT INTO settings VALUES ('number_key', ?)", this.#own.toString("hex"));
    return this.#own;
  }

  #findOwnKey(): Buffer | undefined {
    if (this.#own !== undefined || !this.#tables.hasLasting("settings")) return this.#own;
    const [row] = this.#tables.read<{ value: string }>(
      "SELECT value FROM settings WHERE name = 'number_key'",
    );
    return row === undefined ? undefined : Buffer.from(row.value, "hex");
  }
}

/** Without its channel (`whatsapp:`), so that one number is one. */
function normalised(number: string): string {
  return number.replace(/^[a-z]+:/i, "");
}

function hashed(kind: "f" | "n", number: string, key: Buffer): string {
  return kind + hmac(key, normalised(number)).toString("hex").slice(0, HASH_CHARACTERS);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
