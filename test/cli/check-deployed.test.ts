import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startCommand } from "../support/command.ts";
import { listen } from "../support/loopback.ts";

const toml = `
name = "hooks"
main = "index.ts"
compatibility_date = "2026-10-01"
compatibility_flags = ["enable_request_signal", "global_fetch_strictly_public"]

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Ledger"]

[[env.production.durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"

[env.production.vars.ORIGINS.sms]
path = "/sms"
url = "https://app.example.com/sms"
headers = { Authorization = "$APP_LOGIN" }
`;

let folder: string;
let cloudflare: Server;
let base: string;
/** What the stand-in for Cloudflare's API answers: names of secrets, or nothing of that name. */
let names: readonly string[] | undefined;
let asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookswitch-deployed-"));
  await writeFile(join(folder, "wrangler.toml"), toml);
  await writeFile(join(folder, "index.ts"), "export default {};");
  cloudflare = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const errors =
      names === undefined ? [{ code: 10_007, message: "This Worker does not exist" }] : [];
    const result = names?.map((name) => ({ name, type: "secret_text" })) ?? null;
    response.writeHead(names === undefined ? 404 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ success: names !== undefined, errors, messages: [], result }));
  });
  base = `http://127.0.0.1:${await listen(cloudflare)}`;
});

beforeEach(() => void (asked = []));

afterAll(async () => {
  cloudflare.close();
  cloudflare.closeAllConnections();
  await rm(folder, { recursive: true });
});

function check(...args: readonly string[]) {
  const env = {
    CLOUDFLARE_API_BASE_URL: base,
    CLOUDFLARE_API_TOKEN: "of-nobody",
    CLOUDFLARE_ACCOUNT_ID: "0".repeat(32),
    // Of this machine: not what is asked.
    LOG_TOKEN: "too-short",
  };
  const command = ["check", "--env", "production", "--deployed", ...args];
  return startCommand(command, { cwd: folder, env }).ended;
}

test("check --deployed takes the secrets that the environment's Worker has", async () => {
  names = ["TWILIO_AUTH_TOKEN", "LOG_TOKEN", "LOG_ADMIN_TOKEN", "LOG_KEY", "APP_LOGIN"];
  const { exitCode, out, err } = await check();
  expect(err).toBe("");
  expect(out).toMatch(/^sms .*\nok: /);
  expect(exitCode).toBe(0);
  expect(asked).toEqual([
    `GET /accounts/${"0".repeat(32)}/workers/scripts/hooks-production/secrets`,
  ]);
});

test("check --deployed takes signing keys and tokens of accounts for keys", async () => {
  names = [
    "TWILIO_SIGNING_KEYS",
    `TWILIO_AUTH_TOKEN_AC${"0".repeat(32)}`,
    "LOG_TOKEN",
    "APP_LOGIN",
  ];
  expect(await check()).toMatchObject({ exitCode: 0, err: "" });
});

test("check --deployed finds what is missing there, each with the way to set it", async () => {
  names = ["LOG_ADMIN_TOKEN"];
  const { exitCode, out } = await check();
  expect(exitCode).toBe(1);
  expect(out).toContain(
    "found no key at all: npx wrangler secret put TWILIO_AUTH_TOKEN --env production",
  );
  expect(out).toContain("npx wrangler secret put LOG_TOKEN --env production");
  expect(out).toContain("headers.Authorization: expected the secret APP_LOGIN");
});

test("check --deployed says in one line why Cloudflare did not tell", async () => {
  names = undefined;
  const { exitCode, err, out } = await check();
  expect([exitCode, out]).toEqual([1, ""]);
  expect(err).toMatch(/^error: wrangler secret list: .*\n$/);
  expect(err).toContain("production");
});
