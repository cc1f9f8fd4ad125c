import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import twilio from "twilio";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { close, closedPort, listen } from "../support/loopback.ts";
import { startOrigin } from "../support/origin-server.ts";
import { ownEnv } from "../support/own-env.ts";

const command = join(import.meta.dirname, "../../bin/hookswitch.mjs");
const authToken = "8b3f0c1d5e7a49d2b6c4f1a09e8d7c6b";
const twiml = "<Response><Message>Hello</Message></Response>";

/** A request as the server saw it, and what Twilio's own validator says of it. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly isValid: boolean;
}

let server: Server;
let base: string;
let folder: string;
let seen: Seen[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString("utf8");
    const { method = "", url = "", headers } = request;
    const isValid = validates(`http://${headers.host}${url}`, headers, body);
    seen.push({ method, url, headers, body, isValid });
    if (url.startsWith("/slow")) return; // Never answered.
    if (url.startsWith("/asks") && headers.authorization === undefined) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="app"' }).end();
      return;
    }
    const mark = { "Hookswitch-Delivery": `delivery-${seen.length}` };
    if (isValid) response.writeHead(200, { ...mark, "Content-Type": "text/xml" }).end(twiml);
    else response.writeHead(403, { ...mark, "Content-Type": "text/plain" }).end("Forbidden");
  });
  base = `http://127.0.0.1:${await listen(server)}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

beforeEach(async () => {
  seen = [];
  folder = await mkdtemp(join(tmpdir(), "hookswitch-send-"));
});

afterEach(() => rm(folder, { recursive: true }));

/** The verdict of npm's `twilio`, for what its middleware would take for form, GET or JSON. */
function validates(url: string, headers: IncomingHttpHeaders, body: string): boolean {
  const signature = String(headers["x-twilio-signature"]);
  if (headers["content-type"] === "application/json") {
    return twilio.validateRequestWithBody(authToken, signature, url, body);
  }
  return twilio.validateRequest(authToken, signature, url, parsedForm(body));
}

function parsedForm(body: string): Record<string, string | string[]> {
  const form = new URLSearchParams(body);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as a shell would, without a terminal, in the test's empty folder. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile(
    process.execPath,
    [command, ...args],
    { cwd: folder, env: ownEnv(env) },
    (error, out, err) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), out, err });
    },
  );
  return promise;
}

const send = (...args: string[]): Promise<Ended> =>
  run(["send", ...args], { TWILIO_AUTH_TOKEN: authToken });

function onlySeen(): Seen {
  const [first, ...more] = seen;
  if (first === undefined || more.length > 0) throw new Error(`${seen.length} requests were seen`);
  return first;
}

for (const product of ["sms", "voice", "status"]) {
  for (const get of [[], ["--get"]]) {
    test(`send ${product} ${get.join("")} is valid for npm's twilio, with Twilio's headers`, async () => {
      const ended = await send(product, `${base}/hook?a=1`, ...get);
      expect(ended).toMatchObject({ exitCode: 0, err: "" });
      const { method, url, headers, body, isValid } = onlySeen();
      expect(isValid).toBe(true);
      expect(method).toBe(get.length > 0 ? "GET" : "POST");
      expect(headers).toMatchObject({
        "user-agent": "TwilioProxy/1.1",
        accept: "*/*",
        "x-home-region": "us1",
        "i-twilio-idempotency-token": expect.stringMatching(
          /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/u,
        ),
      });
      const names = [...new URLSearchParams(body || url.slice(url.indexOf("?") + 1)).keys()];
      expect(names).toContain("AccountSid");
      expect(names).not.toEqual(names.toSorted());
      expect(url.startsWith("/hook?a=1")).toBe(true);
      expect(headers["content-type"]).toBe(
        get.length > 0 ? undefined : "application/x-www-form-urlencoded",
      );
    });
  }
}

test("send json is an event whose hash stands in the URL", async () => {
  expect(await send("json", `${base}/events?a=1`, "--param", "messageStatus=FAILED")).toMatchObject(
    {
      exitCode: 0,
    },
  );
  const { url, body, isValid } = onlySeen();
  expect(isValid).toBe(true);
  expect(url).toMatch(/^\/events\?a=1&bodySHA256=[\da-f]{64}$/u);
  expect(JSON.parse(body)).toMatchObject({
    specversion: "1.0",
    id: expect.stringMatching(/^EZ[\da-f]{32}$/u),
    data: { messageStatus: "FAILED", accountSid: expect.stringMatching(/^AC/u) },
  });
});

test("send json --get is wrong use: events are always sent by POST", async () => {
  expect(await send("json", base, "--get")).toMatchObject({
    exitCode: 2,
    err: "error: --get does not go with json: events are always sent by POST\n",
  });
});

test("send keeps what does not survive a URL parser, over the wire and under the signature", async () => {
  const target = "/a%7Eb/./c//d?x='1'&y=%2b+%20&&z=|";
  expect(await send("sms", base + target)).toMatchObject({ exitCode: 0 });
  expect(onlySeen()).toMatchObject({ isValid: true, url: target });
});

test("send sends what is not ASCII in a URL as UTF-8", async () => {
  // Over a bare socket: Node's own server takes no such URL.
  const origin = await startOrigin((socket) =>
    socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
  );
  try {
    expect(await send("sms", `${origin.base}/café?x=é`)).toMatchObject({ exitCode: 0 });
    const [request] = origin.seen;
    expect(Buffer.from(request?.target ?? "", "latin1").toString("utf8")).toBe("/café?x=é");
    const signature = request?.header("X-Twilio-Signature") ?? "";
    const form = parsedForm(request?.body.toString("utf8") ?? "");
    const url = `${origin.base}/café?x=é`;
    expect(twilio.validateRequest(authToken, signature, url, form)).toBe(true);
  } finally {
    await origin.stop();
  }
});

test("send signs neither userinfo nor fragment, and has the userinfo ready for a 401", async () => {
  const url = `${base.replace("://", "://user:pass@")}/asks#rc=2`;
  expect(await send("sms", url)).toMatchObject({ exitCode: 0 });
  const [first, second] = seen;
  expect(first).toMatchObject({ url: "/asks", isValid: true });
  expect(first?.headers.authorization).toBeUndefined();
  expect(second).toMatchObject({ url: "/asks", isValid: true });
  expect(second?.headers).toEqual({
    ...first?.headers,
    authorization: `Basic ${btoa("user:pass")}`,
  });
});

test("send --repeat sends the very same webhook again, with the same token", async () => {
  expect(await send("sms", base, "--repeat", "2")).toMatchObject({ exitCode: 0 });
  expect(seen).toHaveLength(3);
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
});

test("send --repeat --parallel sends all of them", async () => {
  expect(await send("sms", base, "--repeat", "4", "--parallel")).toMatchObject({ exitCode: 0 });
  expect(seen).toHaveLength(5);
  expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
});

test("send --token-id makes the same webhook in another run, and another one with another token", async () => {
  for (const token of ["one", "one", "two"]) await send("json", base, "--token-id", token);
  expect(seen[0]?.headers["i-twilio-idempotency-token"]).toBe("one");
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]?.body).not.toBe(seen[0]?.body);
});

for (const [product, ...more] of [["sms"], ["sms", "--get"], ["json"]] as const) {
  test(`send ${product} ${more.join("")} --tamper is well-formed and not valid`, async () => {
    expect(await send(product, base, "--tamper", ...more)).toMatchObject({ exitCode: 1 });
    expect(onlySeen().isValid).toBe(false);
  });
}

test("send --forge needs no token and is not valid", async () => {
  const ended = await run(["send", "sms", base, "--forge"]);
  expect(ended).toMatchObject({ exitCode: 1, out: expect.stringContaining("403 Forbidden") });
  expect(onlySeen().isValid).toBe(false);
});

test("send --param replaces a parameter in its place and adds an unknown one, more than once", async () => {
  await send("sms", base, "--param", "Body=grüß 👋", "--param", "Tag=b", "--param", "Tag=a=1");
  const { body, isValid } = onlySeen();
  expect(isValid).toBe(true);
  const form = new URLSearchParams(body);
  expect(form.getAll("Body")).toEqual(["grüß 👋"]);
  expect(form.getAll("Tag")).toEqual(["b", "a=1"]);
});

test("send --from --to --body --account fill in what they name", async () => {
  const account = `AC${"12".repeat(16)}`;
  const options = ["--from", "+491701234567", "--to", "+14155550100", "--body", "Hi"];
  await send("sms", base, ...options, "--account", account);
  const { From, To, Body, AccountSid } = Object.fromEntries(new URLSearchParams(onlySeen().body));
  expect({ From, To, Body, AccountSid }).toEqual({
    From: "+491701234567",
    To: "+14155550100",
    Body: "Hi",
    AccountSid: account,
  });
});

test("send --account prefers the account's own token", async () => {
  const account = `AC${"12".repeat(16)}`;
  const env = { TWILIO_AUTH_TOKEN: "another", [`TWILIO_AUTH_TOKEN_${account}`]: authToken };
  expect(await run(["send", "sms", base, "--account", account], env)).toMatchObject({
    exitCode: 0,
  });
});

test("send --sign-url signs for that URL, and appends to it what GET appends", async () => {
  await send("sms", `${base}/local`, "--get", "--sign-url", "https://hooks.example.com/sms?a=1");
  const { url, headers } = onlySeen();
  const signed = `https://hooks.example.com/sms?a=1&${url.slice(url.indexOf("?") + 1)}`;
  expect(url.startsWith("/local?ToCountry=US&")).toBe(true);
  expect(validates(signed, headers, "")).toBe(true);
});

test("send --signing-key signs with that key's algorithm and names it", async () => {
  const keys = { SK1: { secret: "c2lnbmluZ2tleTE", algorithm: "HMAC-SHA256" } };
  const env = { TWILIO_SIGNING_KEYS: JSON.stringify(keys) };
  await run(["send", "sms", `${base}/hook`, "--get", "--signing-key", "SK1"], env);
  const { url, headers } = onlySeen();
  expect(headers["x-twilio-signature-key-sid"]).toBe("SK1");
  expect(headers["x-twilio-signature"]).toBe(
    createHmac("sha256", keys.SK1.secret)
      .update(base + url)
      .digest("base64"),
  );
});

test("send --signing-key names a key that is not there", async () => {
  const ended = await run(["send", "sms", base, "--signing-key", "SK2"], {
    TWILIO_SIGNING_KEYS: JSON.stringify({
      SK1: { secret: "c2lnbmluZ2tleTE", algorithm: "HMAC-SHA1" },
    }),
  });
  expect(ended).toMatchObject({ exitCode: 2, err: expect.stringContaining("SK2") });
});

test("send reads .dev.vars of the folder it runs in; of several tokens the first one signs", async () => {
  await writeFile(join(folder, ".dev.vars"), `TWILIO_AUTH_TOKEN=${authToken},another\n`);
  expect(await run(["send", "sms", base])).toMatchObject({ exitCode: 0 });
  expect(await run(["send", "sms", base], { TWILIO_AUTH_TOKEN: "another" })).toMatchObject({
    exitCode: 1,
  });
});

test("send without a token, and without a terminal to ask on, is one line", async () => {
  expect(await run(["send", "sms", base])).toEqual({
    exitCode: 2,
    out: "",
    err: "error: no auth token: set TWILIO_AUTH_TOKEN in the environment or in .dev.vars of this folder\n",
  });
  expect(seen).toHaveLength(0);
});

test("send tells status, type, time and delivery id, and the answer", async () => {
  const { out } = await send("sms", base);
  expect(out).toMatch(
    /^POST http:\S+ {2}token \S+\n200 OK {2}text\/xml {2}\d+ ms {2}delivery delivery-1\n/u,
  );
  expect(out.endsWith(`${twiml}\n`)).toBe(true);
});

test("send --json prints one object", async () => {
  const { out } = await send("sms", base, "--json", "--repeat", "1", "--token-id", "one");
  expect(JSON.parse(out)).toEqual({
    product: "sms",
    method: "POST",
    url: `${base}/`,
    signedUrl: `${base}/`,
    idempotencyToken: "one",
    outcome: "accepted",
    answers: [1, 2].map((number) => ({
      outcome: "accepted",
      status: 200,
      contentType: "text/xml",
      timeMs: expect.any(Number),
      deliveryId: `delivery-${number}`,
      body: twiml,
    })),
  });
});

test("send --json --show-request has headers and body too", async () => {
  const { out } = await send("sms", base, "--json", "--show-request", "--tamper");
  expect(JSON.parse(out)).toMatchObject({
    outcome: "rejected",
    headers: { "X-Twilio-Signature": onlySeen().headers["x-twilio-signature"] },
    body: onlySeen().body,
  });
});

test("send to a port where nobody listens is one line and exit code 1", async () => {
  const url = `http://127.0.0.1:${await closedPort()}`;
  expect(await send("sms", `${url}/sms`)).toMatchObject({
    exitCode: 1,
    err: `${url} did not answer: connection refused: nothing listens there\n`,
  });
  const { exitCode, out } = await send("sms", `${url}/sms`, "--json");
  expect({ exitCode, ...JSON.parse(out) }).toMatchObject({
    exitCode: 1,
    outcome: "failed",
    answers: [{ outcome: "failed", error: "connection refused: nothing listens there" }],
  });
});

test("send to https at a port of plain http says so", async () => {
  const url = base.replace("http://", "https://");
  expect(await send("sms", `${url}/sms`)).toMatchObject({
    exitCode: 1,
    err: `${url} did not answer: no TLS is spoken there: is it an http URL?\n`,
  });
});

test("send tells why a TLS handshake failed, without OpenSSL's own words around it", async () => {
  // handshake_failure, an alert as a TLS server sends it: RFC 8446 §6.
  const alert = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);
  const refusing = createTcpServer((socket) => socket.once("data", () => socket.end(alert)));
  const url = `https://127.0.0.1:${await listen(refusing)}`;
  const { exitCode, err } = await send("sms", `${url}/sms`);
  expect(exitCode).toBe(1);
  expect(err).toMatch(
    /^https:\/\/127\.0\.0\.1:\d+ did not answer: the TLS handshake failed: .*alert handshake failure\n$/u,
  );
  await close(refusing);
});

test("send to a port that answers something else than HTTP says so", async () => {
  const origin = await startOrigin((socket) => socket.end("220 mail.example.com ESMTP\r\n"));
  expect(await send("sms", `${origin.base}/sms`)).toMatchObject({
    exitCode: 1,
    err: `${origin.base} did not answer: what came back is not HTTP\n`,
  });
  await origin.stop();
});

test("send gives up after the 15 s that Twilio waits", async () => {
  expect(await send("sms", `${base}/slow`)).toMatchObject({
    exitCode: 1,
    err: `${base} did not answer: no answer within 15 s, which is as long as Twilio waits\n`,
  });
});

for (const [what, args, message] of [
  ["a product that there is not", ["fax", "http://127.0.0.1"], "fax"],
  ["a missing URL", ["sms"], "url"],
  ["a URL without a scheme", ["sms", "127.0.0.1:8787/sms"], "not a whole http or https URL"],
  ["a URL with a space", ["sms", "http://127.0.0.1/a b"], "not a whole http or https URL"],
  ["an option that there is not", ["sms", "http://127.0.0.1", "--tokens"], "--tokens"],
  ["a parameter without a name", ["sms", "http://127.0.0.1", "--param", "=1"], "Name=value"],
  ["--repeat with zero", ["sms", "http://127.0.0.1", "--repeat", "0"], "whole number"],
  ["--parallel alone", ["sms", "http://127.0.0.1", "--parallel"], "--repeat"],
  ["an account that is none", ["sms", "http://127.0.0.1", "--account", "AC1"], "AC and 32"],
  ["--body of a call", ["voice", "http://127.0.0.1", "--body", "x"], "--body"],
] as const) {
  test(`send with ${what} is wrong use, told in one line`, async () => {
    const { exitCode, out, err } = await send(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(/^error: .*\n$/u);
    expect(err).toContain(message);
  });
}

test("--help shows examples and ends with 0", async () => {
  for (const args of [["--help"], ["send", "--help"], ["check", "--help"]]) {
    const { exitCode, out } = await run(args);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringContaining("Examples:") });
  }
});
