import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import twilio from "twilio";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Ended, startCommand } from "../support/command.ts";
import { type LogApi, problem, startLogApi } from "../support/log-api.ts";
import { closedPort } from "../support/loopback.ts";
import { type OriginServer, type SeenRequest, startOrigin } from "../support/origin-server.ts";
import { shownDelivery, type ShownRequest } from "../support/shown-delivery.ts";

const id = "01M85R4ERE00HACPH6B0CBCHVE";
const authToken = "8b3f0c1d5e7a49d2b6c4f1a09e8d7c6b";
const attempt = {
  number: 3,
  to: "origin",
  started_at: "2026-11-24T03:03:29.045Z",
  duration_ms: 45,
  timeout_ms: 14_000,
  replay: "single",
  result: "usable",
  status: 200,
  class: null,
  twilio_code: null,
  detail: null,
};
const delivered = { id, outcome: "delivered", delivered: true, attempt };

let api: LogApi;
let origin: OriginServer;
let folder: string;

beforeAll(async () => {
  api = await startLogApi();
  origin = await startOrigin((socket, { path }) => {
    const status = path === "/broken" ? "503 Service Unavailable" : "200 OK";
    socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nSeen`);
  });
});

afterAll(() => Promise.all([api.stop(), origin.stop()]));

beforeEach(async () => {
  api.reset();
  folder = await mkdtemp(join(tmpdir(), "hookswitch-replay-"));
});

afterEach(() => rm(folder, { recursive: true }));

/** Runs the command without a terminal in the test's empty folder, with just this environment. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return startCommand(["replay", ...args], { cwd: folder, env }).ended;
}

/** The same with address and token of the stand-in. */
const replay = (...args: readonly string[]): Promise<Ended> =>
  run(args, { HOOKSWITCH_URL: api.base, LOG_ADMIN_TOKEN: api.token });

test("replay <id> has the Worker send it again, and tells what came of it in one line", async () => {
  api.replays.set(id, { status: 200, body: delivered });
  expect(await replay(id)).toEqual({
    exitCode: 0,
    out: "delivered  200  45 ms  attempt 3 at the origin\n",
    err: `asking ${api.base} (HOOKSWITCH_URL)\n`,
  });
  expect(api.asked).toEqual([{ method: "POST", path: `/_log/deliveries/${id}/replay` }]);
});

test("replay <id> ends with 1 when it was not delivered", async () => {
  const failed = {
    ...attempt,
    result: "failed",
    status: 503,
    class: "status",
    twilio_code: 11_217,
  };
  const body = { ...delivered, outcome: "dead", delivered: false, attempt: failed };
  api.replays.set(id, { status: 200, body });
  expect(await replay(id)).toMatchObject({
    exitCode: 1,
    out: "not delivered  503  status 11217  45 ms  attempt 3 at the origin\n",
  });
});

test("replay <id> --new-token asks for another token", async () => {
  api.replays.set(id, { status: 200, body: delivered });
  expect(await replay(id, "--new-token")).toMatchObject({ exitCode: 0 });
  expect(api.asked[0]?.path).toBe(`/_log/deliveries/${id}/replay?new_token=1`);
});

test("replay <id> --json prints what the API told, and nothing else", async () => {
  api.replays.set(id, { status: 200, body: delivered });
  const { exitCode, out } = await replay(id, "--json");
  expect({ exitCode, ...JSON.parse(out) }).toEqual({ exitCode: 0, ...delivered });
});

/** Sends the delivery to the origin of the tests, and gives what arrived there and how it ended. */
async function locally(
  request: ShownRequest,
  path: string,
  ...more: readonly string[]
): Promise<Ended & { readonly seen: SeenRequest | undefined }> {
  api.deliveries.set(id, shownDelivery(id, request));
  const before = origin.seen.length;
  const env = {
    HOOKSWITCH_URL: api.base,
    LOG_ADMIN_TOKEN: api.token,
    TWILIO_AUTH_TOKEN: authToken,
  };
  const ended = await run([id, "--to", `${origin.base}${path}`, ...more], env);
  expect(origin.seen.length - before).toBeLessThanOrEqual(1);
  return { ...ended, seen: origin.seen[before] };
}

const signatureOf = (seen: SeenRequest | undefined): string =>
  seen?.header("X-Twilio-Signature") ?? "";

test("replay --to sends a form's bytes as received, signed here for that very URL", async () => {
  const body = Uint8Array.from([...Buffer.from("B=%2b+x&B=y&N="), 0xff]);
  const { seen, ...ended } = await locally({ body, query: [["q", "1"]] }, "/a%7Eb?x='1'");
  expect(ended).toMatchObject({ exitCode: 0, err: `asking ${api.base} (HOOKSWITCH_URL)\n` });
  expect(ended.out).toContain("200 OK  text/plain");
  expect(seen).toMatchObject({ method: "POST", target: "/a%7Eb?x='1'" });
  expect(seen?.body).toEqual(Buffer.from(body));
  expect(seen?.header("Content-Type")).toBe("application/x-www-form-urlencoded; charset=UTF-8");
  expect(seen?.header("I-Twilio-Idempotency-Token")).toBe("token-1");
  expect(seen?.header("Hookswitch-Replay")).toBe("local");
  const parameters = { B: ["+ x", "y"], N: "\u{fffd}" };
  const url = `${origin.base}/a%7Eb?x='1'`;
  expect(twilio.validateRequest(authToken, signatureOf(seen), url, parameters)).toBe(true);
  expect(api.asked).toEqual([{ method: "GET", path: `/_log/deliveries/${id}?unmask=1` }]);
});

test("replay --to puts the parameters of a GET behind the URL's own query", async () => {
  const request = { method: "GET", query: [["Body", "a b&"]], body: "" } as const;
  const { exitCode, seen } = await locally(request, "/sms?x=1");
  expect(exitCode).toBe(0);
  expect(seen).toMatchObject({ method: "GET", target: "/sms?x=1&Body=a+b%26" });
  expect(seen?.header("Content-Type")).toBeUndefined();
  const url = `${origin.base}${seen?.target}`;
  expect(twilio.validateRequest(authToken, signatureOf(seen), url, {})).toBe(true);
});

test("replay --to appends the hash of JSON to the URL, once", async () => {
  const body = '{"a": "ü"}';
  const query = [["bodySHA256", "0".repeat(64)]] as const;
  const { exitCode, seen } = await locally(
    { body, contentType: "application/json", query },
    "/x?y",
  );
  expect(exitCode).toBe(0);
  expect(seen?.target).toMatch(/^\/x\?y&bodySHA256=[\da-f]{64}$/u);
  expect(seen?.body.toString("utf8")).toBe(body);
  const url = `${origin.base}${seen?.target}`;
  expect(twilio.validateRequestWithBody(authToken, signatureOf(seen), url, body)).toBe(true);
});

test("replay --to --new-token sends another token; without either there is none", async () => {
  const { seen } = await locally({}, "/sms", "--new-token");
  expect(seen?.header("I-Twilio-Idempotency-Token")).toMatch(
    /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/u,
  );
  const { seen: bare, out } = await locally({ idempotencyToken: null }, "/sms");
  expect(bare?.header("I-Twilio-Idempotency-Token")).toBeUndefined();
  expect(out).toContain("no token");
});

test("replay --to prefers the token of the delivery's account", async () => {
  api.deliveries.set(id, shownDelivery(id));
  const before = origin.seen.length;
  await run([id, "--to", `${origin.base}/sms`], {
    HOOKSWITCH_URL: api.base,
    LOG_ADMIN_TOKEN: api.token,
    TWILIO_AUTH_TOKEN: "another",
    [`TWILIO_AUTH_TOKEN_AC${"12".repeat(16)}`]: authToken,
  });
  const seen = origin.seen[before];
  const parameters = { Body: "Hello you", From: "+14155550123" };
  const url = `${origin.base}/sms`;
  expect(twilio.validateRequest(authToken, signatureOf(seen), url, parameters)).toBe(true);
});

test("replay --to ends with 1 when the answer is no good, or there is none", async () => {
  expect(await locally({}, "/broken")).toMatchObject({
    exitCode: 1,
    out: expect.stringContaining("503 Service Unavailable"),
  });
  const url = `http://127.0.0.1:${await closedPort()}`;
  const env = {
    HOOKSWITCH_URL: api.base,
    LOG_ADMIN_TOKEN: api.token,
    TWILIO_AUTH_TOKEN: authToken,
  };
  expect(await run([id, "--to", url], env)).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining(`${url} did not answer: connection refused`),
  });
});

test("replay --to --json prints one object", async () => {
  const { exitCode, out } = await locally({}, "/sms", "--json");
  expect({ exitCode, ...JSON.parse(out) }).toEqual({
    exitCode: 0,
    id,
    method: "POST",
    url: `${origin.base}/sms`,
    signedUrl: `${origin.base}/sms`,
    idempotencyToken: "token-1",
    outcome: "accepted",
    status: 200,
    contentType: "text/plain",
    timeMs: expect.any(Number),
    deliveryId: null,
    body: "Seen",
  });
});

for (const [what, request, word] of [
  ["redacted", { redacted: true }, "taken out"],
  ["withheld", { withheld: "sealed" }, "LOG_KEY"],
  ["not kept", { body: null }, "log.bodies"],
] as const) {
  test(`replay --to says that a delivery is ${what}, and sends nothing`, async () => {
    const { exitCode, out, err, seen } = await locally(request, "/sms");
    expect({ exitCode, out, seen }).toEqual({ exitCode: 1, out: "", seen: undefined });
    expect(err).toMatch(new RegExp(`\nerror: delivery ${id} cannot be sent again: .*\n$`, "u"));
    expect(err).toContain(word);
  });
}

test("replay --to without an auth token is one line, and sends nothing", async () => {
  api.deliveries.set(id, shownDelivery(id));
  const { exitCode, out, err } = await replay(id, "--to", `${origin.base}/sms`);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(err).toContain("error: no auth token");
});

test("replay prefers --url, then HOOKSWITCH_URL, and asks this machine else", async () => {
  api.replays.set(id, { status: 200, body: delivered });
  const env = { HOOKSWITCH_URL: "http://127.0.0.1:1", LOG_ADMIN_TOKEN: api.token };
  expect(await run([id, "--url", `${api.base}/`], env)).toMatchObject({
    exitCode: 0,
    err: `asking ${api.base} (--url)\n`,
  });
  const { err } = await run([id]);
  expect(err).toContain("asking http://127.0.0.1:8787 (the default)\n");
});

test("replay reads .dev.vars of the folder it runs in, the environment before it", async () => {
  api.replays.set(id, { status: 200, body: delivered });
  await writeFile(join(folder, ".dev.vars"), `LOG_ADMIN_TOKEN=${api.token}\n`);
  expect(await run([id, "--url", api.base])).toMatchObject({ exitCode: 0 });
  const other = await run([id, "--url", api.base], { LOG_ADMIN_TOKEN: "another" });
  expect(other).toMatchObject({ exitCode: 1, out: "" });
  expect(other.err).toContain("does not know the token of the environment (401)");
});

test("replay without a token, and without a terminal to ask on, is one line", async () => {
  expect(await run([id, "--url", api.base])).toEqual({
    exitCode: 2,
    out: "",
    err: `asking ${api.base} (--url)\nerror: no admin token: set LOG_ADMIN_TOKEN in the environment or in .dev.vars of this folder\n`,
  });
  expect(api.asked).toEqual([]);
});

test("replay does not print a token that no header can hold", async () => {
  const { exitCode, out, err } = await run([id, "--url", api.base], {
    LOG_ADMIN_TOKEN: "a gehéim",
  });
  expect(exitCode).toBe(2);
  expect(out + err).not.toContain("gehéim");
});

test("replay at a port where nobody listens is one line", async () => {
  const url = `http://127.0.0.1:${await closedPort()}`;
  const { exitCode, out, err } = await replay(id, "--url", url);
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
  expect(err).toMatch(/^asking .*\nerror: http:\S+ did not answer: connection refused: .*\n$/u);
});

for (const [status, code, word] of [
  [401, "unauthorized", "set LOG_ADMIN_TOKEN"],
  [403, "admin_only", "LOG_TOKEN is not enough"],
  [403, "log_closed", "npx hookswitch check"],
  [404, "not_found", `delivery ${id} is not in the log`],
  [409, "running", "under way just now"],
  [409, "origin_gone", "--to"],
  [503, "ledger_unreachable", "ask again"],
] as const) {
  test(`replay tells ${status} ${code} in one line that says what to do`, async () => {
    api.instead.push((_request, response) => problem(response, status, code, "No."));
    const { exitCode, out, err } = await replay(id);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(err).toMatch(/^asking .*\nerror: .*\n$/u);
    expect(err).toContain(word);
  });
}

test("replay tells a page that is not the log's", async () => {
  api.instead.push((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end("<html></html>");
  });
  const { exitCode, out, err } = await replay(id);
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
  expect(err).toContain("answered 200 text/html instead of the log's JSON");
});

test("replay follows no redirect, the token would go along", async () => {
  api.instead.push((_request, response) => {
    response.writeHead(307, { Location: "/elsewhere" }).end();
  });
  expect(await replay(id)).toMatchObject({ exitCode: 1 });
  expect(api.asked).toHaveLength(1);
});

test("replay says that a delivery may have been sent when the connection breaks", async () => {
  api.instead.push((request) => request.socket.destroy());
  const { exitCode, err } = await replay(id);
  expect(exitCode).toBe(1);
  expect(err).toContain("it may be done all the same");
});

for (const [what, args, message] of [
  ["nothing to replay", [], "expected a delivery's id"],
  ["an id that is none", ["D1"], "26 characters"],
  ["two ids", [id, id], "too many arguments"],
  ["a target that is none", [id, "--to", "localhost:3000"], "not a whole http or https URL"],
  ["an option that there is not", [id, "--token"], "--token"],
  ["an address that is none", [id, "--url", "hooks.example.com"], "--url: expected an address"],
  ["plain http to another machine", [id, "--url", "http://hooks.example.com"], "expected https"],
] as const) {
  test(`replay with ${what} is wrong use, told in one line`, async () => {
    const { exitCode, out, err } = await replay(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(/^error: .*\n$/u);
    expect(err).toContain(message);
    expect(api.asked).toEqual([]);
  });
}

test("replay --help shows examples and ends with 0", async () => {
  const { exitCode, out } = await run(["--help"]);
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: expect.stringContaining("Examples:") });
});
