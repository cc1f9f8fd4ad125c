import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownEnv } from "../support/own-env.ts";

const command = join(import.meta.dirname, "../../bin/hookswitch.mjs");

const valid = `
name = "hooks"
main = "index.ts"
compatibility_date = "2026-10-01"
compatibility_flags = ["enable_request_signal", "global_fetch_strictly_public"]

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Ledger"]

[[durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"

[vars.ORIGINS.sms]
path = "/sms"
url = "https://app.example.com/twilio/sms"
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookswitch-command-"));
});

afterEach(() => rm(folder, { recursive: true }));

interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs `hookswitch check` as a process of its own, which is over before wrangler asks npm for a newer one of
 * itself: that is what it does where a field is unknown to it.
 */
async function check(toml: string, ...flags: readonly string[]): Promise<Ended> {
  await writeFile(join(folder, "wrangler.toml"), toml);
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const options = { cwd: folder, env: ownEnv() };
  execFile(process.execPath, [command, "check", ...flags], options, (error, out, err) =>
    resolve({ exitCode: error === null ? 0 : Number(error.code), out, err }),
  );
  return promise;
}

test("hookswitch check refuses variables of ours outside of vars, where no Worker sees them", async () => {
  const { exitCode, out, err } = await check(`
LOG_DAYS = 7
${valid}
[ORIGINS.voice]
path = "/voice"

[ORIGINS_MORE.status]
path = "/status"

[origin.events]
path = "/events"
`);
  expect([exitCode, err]).toEqual([1, ""]);
  const found = "expected in vars, found outside of it, where no Worker sees it";
  expect(out.split("\n").slice(0, 4)).toEqual([
    `LOG_DAYS: ${found}: write it below [vars]`,
    `ORIGINS: ${found}: write [vars.ORIGINS.voice]`,
    `ORIGINS_MORE: ${found}: write [vars.ORIGINS_MORE.status]`,
    `origin: ${found}: write [vars.ORIGINS.events]`,
  ]);
});

test("hookswitch check --env refuses origins outside of the environment's vars", async () => {
  const toml = `${valid}\n[env.production.ORIGINS.voice]\npath = "/voice"\n`;
  const { exitCode, out } = await check(toml, "--env", "production");
  expect(exitCode).toBe(1);
  expect(out).toMatch(
    /^env\.production\.ORIGINS: expected in vars, .*: write \[env\.production\.vars\.ORIGINS\.voice\]$/m,
  );
});

test("hookswitch check passes wrangler's own warnings on, and ends with 0", async () => {
  const toml = `${valid}\n[observability]\nenabled = true\nredact_query = true\n`;
  const { exitCode, out, err } = await check(toml);
  expect([exitCode, err]).toEqual([0, ""]);
  expect(out.split("\n")[0]).toBe(
    'warning: wrangler.toml: Unexpected fields found in observability field: "redact_query"',
  );
});

const invalid = valid.replace('path = "/sms"', 'path = "sms"');

for (const [args, toml, exitCode] of [
  [["--help"], valid, 0],
  [["send", "--help"], valid, 0],
  [["check", "--help"], valid, 0],
  [["check"], valid, 0],
  [["check", "--json"], invalid, 1],
  [["check"], invalid, 1],
  [["send", "sms", "http://127.0.0.1:9/sms", "--forge", "--repeat", "1"], valid, 1],
] as const) {
  test(`hookswitch ${args.join(" ")} ends quietly, with ${exitCode}, when its reader has gone`, async () => {
    await writeFile(join(folder, "wrangler.toml"), toml);
    const child = spawn(process.execPath, [command, ...args], { cwd: folder, env: ownEnv() });
    child.stdout.destroy();
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
    expect(await once(child, "close")).toEqual([exitCode, null]);
    expect(err).not.toContain("EPIPE");
  });
}
