import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Ended, startCommand } from "../support/command.ts";
import { type LogApi, problem, startLogApi } from "../support/log-api.ts";
import { closedPort } from "../support/loopback.ts";

const id = "01M85R4ERE00HACPH6B0CBCHVE";
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
let folder: string;

beforeAll(async () => {
  api = await startLogApi();
});

afterAll(() => api.stop());

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
