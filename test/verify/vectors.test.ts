import { describe, expect, it } from "vitest";
import { verifyWebhook } from "../../src/verify/verify.ts";
import vectors from "../vectors/signature-vectors.json";
import { receivedWebhook, testKeys } from "../support/webhooks.ts";

type Vector = (typeof vectors)[number];

// Twilio drops userinfo before it signs and no server sees it; these were signed with it.
const applicable = vectors.filter(({ url }) => !/^[a-z]+:\/\/[^/?]*@/i.test(url));

/**
 * Where the official libraries disagree (`ambiguous`): what is decided here, and why.
 */
const DECIDED: Readonly<Record<string, [isAccepted: boolean, reason: string]>> = {
  "suite-single-quote-and-plus": [false, "' received and %27 signed has not been seen of Twilio"],
  "suite-array-param": [true, "repeated names as in node, python and php"],
  "suite-array-param-reversed": [true, "repeated names as in node, python and php"],
  "suite-array-dedupe": [true, "repeated names as in node, python and php"],
  "suite-java-raw-nonascii-url": [true, "the raw text is what was signed"],
  "suite-csharp-host-case-lower-signed": [
    false,
    "the raw text only; public_url tells another spelling of the host",
  ],
  "suite-node-quote-raw-raw": [true, "the raw text is what was signed"],
  "suite-node-quote-escaped-given-raw-signed": [true, "what Twilio does with town names in a GET"],
  "suite-node-quote-raw-given-escaped-signed": [
    false,
    "' received and %27 signed has not been seen of Twilio",
  ],
  "gen-path-empty-query": [true, "the raw text is what was signed"],
  "gen-json-hash-twice-last-wrong": [
    false,
    "two hashes that differ: whoever forwards it may read the other one",
  ],
  "gen-wss-handshake-signed-with-slash": [false, "a path with a slash is another path"],
};

async function isAccepted(vector: Vector): Promise<boolean> {
  const isWebSocketHandshake = vector.url.startsWith("wss://");
  const webhook = receivedWebhook({
    method: vector.method === "GET" ? "GET" : "POST",
    url: isWebSocketHandshake ? vector.url.replace("wss://", "https://") : vector.url,
    body: vector.body,
    headers: {
      ...(vector.contentType === null ? {} : { "content-type": vector.contentType }),
      "x-twilio-signature": vector.signature,
    },
    isWebSocketHandshake,
  });
  const token = {
    name: "TWILIO_AUTH_TOKEN#1",
    secret: vector.authToken,
    algorithm: "HMAC-SHA1",
  } as const;
  return (await verifyWebhook(webhook, undefined, testKeys({ defaultTokens: [token] }))).ok;
}

describe("verifyWebhook() agrees with the vectors", () => {
  it("has them all", () => {
    expect(vectors).toHaveLength(91);
    expect(applicable).toHaveLength(84);
  });

  const certain = applicable.filter(({ ambiguous }) => ambiguous !== true);
  it.each(certain.map((vector) => [vector.name, vector.valid, vector] as const))(
    "%s: %s",
    async (_, valid, vector) => {
      expect(await isAccepted(vector)).toBe(valid);
    },
  );
});

describe("verifyWebhook() decides where libraries disagree", () => {
  const ambiguous = applicable.filter((vector) => vector.ambiguous === true);

  it("leaves none of them undecided", () => {
    expect(ambiguous.map(({ name }) => name)).toEqual(Object.keys(DECIDED));
  });

  it.each(Object.entries(DECIDED))("%s: %j", async (name, [wanted]) => {
    const vector = ambiguous.find((one) => one.name === name);
    expect(vector === undefined ? undefined : await isAccepted(vector)).toBe(wanted);
  });
});
