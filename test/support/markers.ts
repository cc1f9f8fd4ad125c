import { randomBytes, randomInt } from "node:crypto";

/** Text that can be told from everything else in any byte: what a test looks for where it must not be. */

/** What a marker stands for; each kind has its own, so that one may be where another may not. */
export const markerKinds = [
  /** Keypad digits and card data: kept nowhere. */
  "keypad",
  /** Credentials, cookies, call tokens: kept nowhere but in what is still to be sent. */
  "secret",
  /** The same in a webhook that is queued. */
  "queuedSecret",
  /** Who, where and what was said: masked. */
  "personal",
  /** What the application says: masked. */
  "answer",
  /** A number in a path: masked, and never sealed. */
  "path",
] as const;
export type MarkerKind = (typeof markerKinds)[number];

/** How a marker looks. */
export type Shape = "text" | "number" | "digits" | "sid" | "address";
export const shapes: readonly Shape[] = ["text", "number", "digits", "sid", "address"];

/** A place where a marker was found. */
export interface Found {
  readonly kind: MarkerKind;
  /** What surrounds it. */
  readonly around: string;
}

/** The markers of one run of a test: random, so that nothing else can have them. */
export interface Markers {
  /** A value that was never made before, and its marker: hexadecimal digits or decimal ones, which no escape changes. */
  readonly make: (
    kind: MarkerKind,
    shape: Shape,
  ) => { readonly value: string; readonly mark: string };
  /** Markers of some kinds in some bytes: as they are, in base64 at any offset, in hexadecimal, in UTF-16, escaped character by character. */
  readonly find: (bytes: Buffer, kinds: readonly MarkerKind[]) => readonly Found[];
}

/** Draws the markers of a run. */
export function drawMarkers(): Markers {
  const drawn = markerKinds.map((kind) => {
    const hex = randomBytes(6).toString("hex");
    const digits = `${randomInt(2, 9)}${String(randomInt(100_000_000)).padStart(8, "0")}`;
    return { kind, hex, digits, forms: [...formsOf(hex), ...formsOf(digits)] };
  });
  let count = 0;
  return {
    make: (kind, shape) => {
      const own = drawn.find((each) => each.kind === kind);
      if (own === undefined) throw new Error(`No markers of kind ${kind}`);
      const n = count++;
      const hex = own.hex + n.toString(16).padStart(6, "0");
      const digits = own.digits + String(n).padStart(5, "0");
      switch (shape) {
        case "text":
          return { value: `Zoë <& "${hex}" + 100 %41`, mark: hex };
        case "number":
          return { value: `+1${digits}`, mark: digits };
        case "digits":
          return { value: digits, mark: digits };
        case "sid":
          return { value: `SM${hex.padEnd(32, "0")}`, mark: hex };
        case "address":
          return { value: `sip:${hex}@example.com`, mark: hex };
      }
    },
    find: (bytes, kinds) =>
      drawn
        .filter(({ kind }) => kinds.includes(kind))
        .flatMap(({ kind, forms }) =>
          forms.flatMap((form) => {
            const at = bytes.indexOf(form);
            if (at < 0) return [];
            const around = bytes.subarray(Math.max(0, at - 120), at + form.length + 40);
            return [{ kind, around: around.toString("latin1") }];
          }),
        ),
  };
}

/** A text as it may stand in bytes. */
function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const each = (write: (code: string) => string): string =>
    [...bytes].map((byte) => write(byte.toString(16))).join("");
  return [
    bytes,
    Buffer.from(text.toUpperCase()),
    Buffer.from(text, "utf16le"),
    ...[0, 1, 2].map((offset) => Buffer.from(base64At(bytes, offset))),
    Buffer.from(each((code) => code)),
    Buffer.from(each((code) => `%${code}`)),
    Buffer.from(each((code) => String.raw`\u00${code}`)),
    Buffer.from(each((code) => `&#x${code};`)),
    Buffer.from([...bytes].map((byte) => `&#${byte};`).join("")),
  ];
}

/** What of base64 is the same wherever bytes stand, but for where they stand modulo three. */
function base64At(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString("base64")
    .replaceAll("=", "");
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return whole.slice(first, end);
}
