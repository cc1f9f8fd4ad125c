import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer } from "../support/misbehaving-origin.ts";
import { cutUrl, exchange, requestBytes, type RawResponse } from "../support/raw-http.ts";
import { listenerFor, startRig, type Rig } from "../support/rig.ts";

/** What the tests use of a vector. Where each came from stands in the file. */
interface Vector {
  readonly name: string;
  readonly quirk: string;
  readonly level: "wire" | "api";
  readonly authToken: string;
  readonly method: string;
  readonly url: string;
  readonly contentType: string | null;
  readonly body: string;
  readonly signature: string;
  readonly valid: boolean;
  readonly ambiguous?: boolean;
}

const all: Vector[] = JSON.parse(
  await readFile(join(import.meta.dirname, "../vectors/signature-vectors.json"), "utf8"),
);
const vectors = all.filter(({ level, ambiguous }) => level === "wire" && ambiguous !== true);

test("the vectors of level wire are all here, none of them with a dot segment, which is 404 before anything", () => {
  expect(vectors.length).toBeGreaterThanOrEqual(69);
  expect(vectors.filter(({ url }) => /\/(\.|%2e){1,2}(\/|\?|$)/i.test(url))).toEqual([]);
});

// One token at a time: a signature that is wrong under its own token must not be right under another one's.
const tokens = [...new Set(vectors.map(({ authToken }) => authToken))];

describe.each(tokens)("the bundle with the token %s", (token) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      origins: (base) => ({ all: { path: "/*", url: `${base}/*`, answer: "any" } }),
      otherwise: answer({ headers: [["Content-Type", "text/plain"]], body: "arrived" }),
      vars: () => ({ TWILIO_AUTH_TOKEN: token }),
    });
  });
  afterAll(() => rig.stop());

  const ofToken = vectors.filter(({ authToken }) => authToken === token);

  test.each(ofToken.filter(({ url, valid }) => valid && !isHandshake(url)))(
    "forwards $name ($quirk)",
    async (vector) => {
      const before = rig.origin.seen.length;
      const response = await send(rig, vector);
      expect(response.status).toBe(200);
      expect(response.body.toString()).toBe("arrived");
      const [seen, ...more] = rig.origin.seen.slice(before);
      expect(more).toEqual([]);
      expect(seen?.method).toBe(vector.method);
      expect(seen?.body.toString()).toBe(vector.body);
      expect(seen?.target).toBe(cutUrl(vector.url).target);
    },
  );

  test.each(ofToken.filter(({ valid }) => !valid))(
    "refuses $name ($quirk) and forwards nothing",
    async (vector) => {
      const before = rig.origin.seen.length;
      expect((await send(rig, vector)).status).toBe(403);
      expect(rig.origin.seen.length).toBe(before);
    },
  );

  test.each(ofToken.filter(({ url, valid }) => valid && isHandshake(url)))(
    "answers the genuine handshake $name ($quirk) 501",
    async (vector) => {
      expect((await send(rig, vector)).status).toBe(501);
    },
  );
});

function isHandshake(url: string): boolean {
  return url.startsWith("wss:");
}

function send(rig: Rig, vector: Vector): Promise<RawResponse> {
  const { host, target } = cutUrl(vector.url);
  const headers: [name: string, value: string][] = [["X-Twilio-Signature", vector.signature]];
  if (vector.contentType !== null) {
    headers.push(["Content-Type", vector.contentType]);
  }
  if (isHandshake(vector.url)) {
    headers.push(
      ["Connection", "Upgrade, close"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    );
  }
  const body = Buffer.from(vector.body);
  return exchange(
    listenerFor(vector, rig.worker),
    requestBytes({ method: vector.method, target, host, headers, body }),
  );
}
