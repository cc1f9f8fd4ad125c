import { createHash, randomBytes } from "node:crypto";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerTwiml } from "../support/misbehaving-origin.ts";
import type { SeenRequest } from "../support/origin-server.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import {
  formWebhook,
  getWebhook,
  jsonWebhook,
  smsFields,
  type SentWebhook,
} from "../support/sign.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    origins: (base) => ({
      all: { path: "/*", url: `${base}/app/*` },
      query: { path: "/query", url: `${base}/query?own=1&b=%7e` },
      keep: { path: "/keep/*", url: `${base}/kept/*`, sign: "keep" },
    }),
    otherwise: answerTwiml(),
  });
});
afterAll(() => rig.stop());

/** Sends it and gives what the origin saw of it. */
async function arrive(webhook: SentWebhook): Promise<SeenRequest> {
  const before = rig.origin.seen.length;
  const response = await rig.deliver(webhook);
  expect(response.status).toBe(200);
  const seen = rig.origin.seen[before];
  if (seen === undefined) {
    throw new Error("nothing arrived at the origin");
  }
  return seen;
}

describe("the body at the origin", () => {
  test.each([0, 1, 255, 4_096, 65_537, 1_048_576])(
    "is the one sent, to the byte: %i random bytes",
    async (length) => {
      const body = randomBytes(length);
      const seen = await arrive(jsonWebhook({ token: authToken, url: `${publicBase}/b`, body }));
      expect(sha256(seen.body)).toBe(sha256(body));
      expect(seen.body.length).toBe(length);
    },
  );

  test("of more than 1 MiB is refused 413", async () => {
    const body = randomBytes(1_048_577);
    const sent = jsonWebhook({ token: authToken, url: `${publicBase}/b`, body });
    expect((await rig.deliver(sent)).status).toBe(413);
  });

  test.each([
    ["a byte order mark", Buffer.from("\uFEFF{}")],
    ["bytes that are not UTF-8", Buffer.from([0xff, 0xfe, 0x00, 0x80])],
    ["CRLF and NUL", Buffer.from("a\r\n\0b")],
  ])("keeps %s", async (_, body) => {
    const contentType = "application/octet-stream";
    const url = `${publicBase}/b`;
    const seen = await arrive(jsonWebhook({ token: authToken, url, body, contentType }));
    expect(seen.body).toEqual(body);
    expect(seen.header("content-type")).toBe(contentType);
  });

  test("keeps a form's own encoding", async () => {
    const sent = formWebhook({
      token: authToken,
      url: `${publicBase}/b`,
      fields: [
        ["Body", "a b~*"],
        ["Body", "ü"],
        ["Empty", ""],
      ],
    });
    const body = Buffer.from("Body=a%20b~*&Body=%c3%BC&Empty");
    expect((await arrive({ ...sent, body })).body).toEqual(body);
  });
});

// Every row is signed by Twilio as it stands. `fetch()` serialises a URL as WHATWG does: what arrives may differ
// from what was received in those places, and the new signature is over what arrives.
const targets: readonly (readonly [received: string, arrives: string])[] = [
  ["/", "/app/"],
  ["/x?", "/app/x?"],
  ["/x/", "/app/x/"],
  ["/a//b", "/app/a//b"],
  ["//lead", "/app//lead"],
  ["/X/y", "/app/X/y"],
  ["/%41%7E%7e~", "/app/%41%7E%7e~"],
  ["/a%2Fb", "/app/a%2Fb"],
  ["/%E2%9C%93", "/app/%E2%9C%93"],
  ["/%zz%", "/app/%zz%"],
  ["/a;v=1/@:+", "/app/a;v=1/@:+"],
  ["/a|b[c]", "/app/a|b[c]"],
  ["/a^b{c}", "/app/a%5Eb%7Bc%7D"],
  ["/...", "/app/..."],
  ["/.a/..b", "/app/.a/..b"],
  ["/x?b=2&a=1&b=1", "/app/x?b=2&a=1&b=1"],
  ["/x?&&a=&b&=c", "/app/x?&&a=&b&=c"],
  ["/x??a?b=/../c", "/app/x??a?b=/../c"],
  ["/x?a=%20+%2b%2B", "/app/x?a=%20+%2b%2B"],
  ["/x?a={^}|[]", "/app/x?a={^}|[]"],
  ["/x?a='1'", "/app/x?a=%271%27"],
  ["/café?ñ=é", "/app/caf%C3%A9?%C3%B1=%C3%A9"],
  ["/query?a=1", "/query?own=1&b=%7e&a=1"],
  ["/query", "/query?own=1&b=%7e"],
];

describe("the path and query at the origin", () => {
  test.each(targets)(
    "of %s are %s, and the new signature covers them",
    async (received, arrives) => {
      const fields = smsFields(received);
      const url = `${publicBase}${received}`;
      const seen = await arrive(formWebhook({ token: authToken, url, fields }));
      expect(seen.target).toBe(arrives);
      // As received, but that no header holds more than ASCII.
      const ascii = url.replaceAll(/\P{ASCII}+/gu, encodeURIComponent);
      expect(seen.header("hookswitch-url")).toBe(ascii);
      const signature = seen.header("x-twilio-signature") ?? "";
      // The package parses the URL before it hashes it: in these rows to the same text.
      const seenUrl = `${rig.origin.base}${seen.target}`;
      const parameters = Object.fromEntries(fields);
      expect(twilio.validateRequest(authToken, signature, seenUrl, parameters)).toBe(true);
      expect(twilio.validateRequest(authToken, signature, `${seenUrl}x`, parameters)).toBe(false);
    },
  );

  test.each(targets)("of %s are %s for GET as well", async (received, arrives) => {
    const sent = getWebhook({
      token: authToken,
      url: `${publicBase}${received}`,
      fields: [["From", "+15005550001"]],
    });
    const seen = await arrive(sent);
    expect(seen.target).toMatch(/[?&]From=%2B15005550001$/);
    expect(seen.target.startsWith(arrives)).toBe(true);
    const signature = seen.header("x-twilio-signature") ?? "";
    const seenUrl = `${rig.origin.base}${seen.target}`;
    expect(twilio.validateRequest(authToken, signature, seenUrl, {})).toBe(true);
  });

  test("under sign = keep come with the signature that Twilio made and the raw URL it covers", async () => {
    const sent = formWebhook({
      token: authToken,
      url: `${publicBase}/keep/a^b?c='d'`,
      fields: smsFields(),
    });
    const seen = await arrive(sent);
    expect(seen.target).toBe("/kept/a%5Eb?c=%27d%27");
    expect(seen.header("hookswitch-url")).toBe(sent.url);
    expect(seen.header("x-twilio-signature")).toBe(sent.headers[1]?.[1]);
  });

  test.each(["/a/../b", "/a/./b", "/..", "/a/%2e%2E/b", "/a/.%2e", "/a\\b", "/\\..\\b"])(
    "of %s are none: 404, and nothing is forwarded",
    async (target) => {
      const before = rig.origin.seen.length;
      const url = `${publicBase}${target}`;
      const sent = formWebhook({ token: authToken, url, fields: smsFields() });
      expect((await rig.deliver(sent)).status).toBe(404);
      expect(rig.origin.seen.length).toBe(before);
    },
  );
});

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
