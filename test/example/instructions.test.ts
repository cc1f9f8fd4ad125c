import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instructions, type Started } from "../../example/instructions.ts";
import { parseConfig } from "../../src/config/config.ts";
import { ownEnv } from "../support/own-env.ts";

const authToken = "5f0c3f9e7b1a4d2c8e6f0a9b3c5d7e1f";
const logToken = "hXq3Zr8vT1mK6yB9wN4sE7uC2pD5fG0j";
const config = parseConfig({
  TWILIO_AUTH_TOKEN: authToken,
  LOG_TOKEN: logToken,
  ORIGINS: { sms: { path: "/sms", url: "http://127.0.0.1:8788/sms" } },
});

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookswitch instructions "));
});

afterAll(() => rm(folder, { recursive: true }));

function told(different: Partial<Started> = {}): readonly string[] {
  return instructions({
    config,
    proxy: "http://127.0.0.1:8787",
    app: "http://127.0.0.1:8788",
    secretsFile: join(folder, ".dev.vars"),
    stateFolder: ".hookswitch",
    isNew: false,
    fromEnvironment: [],
    ...different,
  });
}

/** What the shell makes of what a printed line has it read from the secrets. */
async function readByShell(start: string, env: Record<string, string> = {}): Promise<string> {
  const line = told().find((each) => each.trim().startsWith(start));
  const [substitution] = /\$\(.*?\)(?= npx|")/u.exec(line ?? "") ?? [];
  const script = `printf %s "${substitution}"`;
  return (await promisify(execFile)("sh", ["-c", script], { env: ownEnv(env) })).stdout;
}

test.each([
  ["LOG_TOKEN=%"],
  ['LOG_TOKEN="%"'],
  ["LOG_TOKEN='%'"],
  ["LOG_TOKEN=`%`"],
  ["export LOG_TOKEN=%"],
  ["LOG_TOKEN = % # to read the log"],
  ["LOG_TOKEN_OF_ANOTHER=no\nLOG_TOKEN=%"],
])("instructions() print lines that read the secret of %j", async (line) => {
  await writeFile(join(folder, ".dev.vars"), `${line.replace("%", logToken)}\n`);
  expect(await readByShell("curl -s -H")).toBe(logToken);
});

test("instructions() print lines that read the auth token where it is not in this folder", async () => {
  await writeFile(join(folder, ".dev.vars"), `TWILIO_AUTH_TOKEN="${authToken},another"\n`);
  expect(await readByShell("TWILIO_AUTH_TOKEN=")).toBe(`${authToken},another`);
});

test("instructions() print lines that prefer the environment, as npm start does", async () => {
  await writeFile(join(folder, ".dev.vars"), `LOG_TOKEN=${logToken}\n`);
  expect(await readByShell("curl -s -H", { LOG_TOKEN: "of the environment" })).toBe(
    "of the environment",
  );
});

test("instructions() leave the auth token to the command where only accounts have one", () => {
  const { TWILIO_AUTH_TOKEN: _default, ...keys } = {
    TWILIO_AUTH_TOKEN: authToken,
    [`TWILIO_AUTH_TOKEN_AC${"12".repeat(16)}`]: authToken,
  };
  const ORIGINS = { sms: { path: "/sms", url: "http://127.0.0.1:8788/sms" } };
  const lines = told({ config: parseConfig({ ...keys, LOG_TOKEN: logToken, ORIGINS }) });
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}npx hookswitch send sms /u));
});

test("instructions() name what is taken from the environment, and only then", () => {
  expect(told({ secretsFile: ".dev.vars", fromEnvironment: ["LOG_TOKEN", "APP_LOGIN"] })).toContain(
    "Environment   LOG_TOKEN, APP_LOGIN  (win over .dev.vars)",
  );
  expect(told().some((line) => line.startsWith("Environment"))).toBe(false);
});
