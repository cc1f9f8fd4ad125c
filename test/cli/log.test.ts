import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, startCommand } from "../support/command.ts";
import { type CommandRig, startCommandRig } from "../support/command-rig.ts";
import { eventually } from "../support/eventually.ts";
import { accountSid, sidOf } from "../support/sign.ts";

let at: CommandRig;
let hello: string;
let broken: string;

beforeAll(async () => {
  at = await startCommandRig();
  hello = await at.sms("hello", { from: "+14155550123" });
  broken = await at.sms("broken", { path: "/broken" });
  await at.sms("forged", { isForged: true });
  // Refusals travel once a second.
  await eventually("the forged one is in the log", async () => {
    const { body } = await at.rig.log("/deliveries?outcome=refused");
    return body.includes("signature_mismatch");
  });
});
afterAll(() => at.stop());

const log = (args: readonly string[], input?: string): Promise<Ended> =>
  at.run(["log", ...args], input);

const linesOf = ({ out }: Ended): readonly string[] => out.trimEnd().split("\n");

test("log lists what came in below a header, newest first, in columns", async () => {
  const ended = await log([]);
  expect(ended).toMatchObject({ exitCode: 0, err: `asking ${at.base} (HOOKSWITCH_URL)\n` });
  const [header = "", refused = "", failed = "", answered = "", ...more] = linesOf(ended);
  expect(more).toEqual([]);
  expect(header).toMatch(/^UTC +outcome +http +took +origin +delivery +webhook$/u);
  expect(refused).toMatch(
    / refused +403 .* sms .* POST \/sms\/in received {2}signature_mismatch$/u,
  );
  expect(failed).toMatch(/ failed +502 .* broken .* {2}11217 Error response code$/u);
  expect(answered).toMatch(/^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}answered +200 +\d+ ms {2}sms +/u);
  // Aligned: an id begins where the header says.
  const at0 = header.indexOf("delivery");
  expect([failed.slice(at0, at0 + 26), answered.slice(at0, at0 + 26)]).toEqual([broken, hello]);
});

test("log --json prints a row of the API a line, and nothing else", async () => {
  const ended = await log(["--json"]);
  const rows: readonly Record<string, unknown>[] = linesOf(ended).map((line) => JSON.parse(line));
  expect(rows.map(({ outcome }) => outcome)).toEqual(["refused", "failed", "answered"]);
  expect(rows[2]).toMatchObject({ id: hello, account_sid: accountSid, path: "/sms/in" });
});

test.each([
  [["--outcome", "failed"], 1],
  [["--origin", "sms", "--outcome", "answered"], 1],
  [["--sid", sidOf("SM", "hello")], 1],
  [["--http-status", "502", "--since", "1h"], 1],
  [["--text", "LEVEL3", "--origin", "sms"], 0],
  [["--text", "text/xml", "--outcome", "answered"], 1],
  [["--until", "1h"], 0],
])("log %j finds %i", async (args, found) => {
  const ended = await log([...args, "--json"]);
  expect(ended.exitCode).toBe(0);
  expect(ended.out === "" ? 0 : linesOf(ended).length).toBe(found);
  if (found === 0) expect(ended.err).toContain("nothing of that kind is in the log");
});

test("log --from takes the number from standard input, and writes it as Twilio does", async () => {
  const ended = await log(["--from", "--json"], "+1 (415) 555-0123\n");
  expect(linesOf(ended).map((line) => JSON.parse(line).id)).toEqual([hello]);
  const both = await log(["--from", "--to", "--json"], "+14155550123\n+15005550006\n");
  expect(linesOf(both).map((line) => JSON.parse(line).id)).toEqual([hello]);
  expect(await log(["--from"], "")).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining("--from: expected a number, found none"),
  });
});

test("log --text --unmask looks through what is masked, with the admin token", async () => {
  expect((await log(["--text", "hello", "--json"])).out).toBe("");
  const ended = await log(["--text", "hello", "--unmask", "--json"]);
  expect(linesOf(ended).map((line) => JSON.parse(line).id)).toEqual([hello]);
});

test("log --limit goes over pages, and says that there is more and where", async () => {
  const ended = await log(["--limit", "2"]);
  expect(linesOf(ended)).toHaveLength(3);
  expect(ended.err).toMatch(/2 shown, and there may be more: go on with --until \d{4}-\d\d-\d\dT/u);
});

test("log --stats counts by origin and code", async () => {
  const ended = await log(["--stats", "--since", "1h"]);
  expect(ended.exitCode).toBe(0);
  expect(ended.out).toMatch(/^\S+Z to \S+Z: 3 counted$/mu);
  expect(ended.out).toMatch(/^sms +1 +0 +1 +\d+ +\d+ +\d+$/mu);
  expect(ended.out).toMatch(/^11217 Error response code +1$/mu);
  const { out } = await log(["--stats", "--by", "hour", "--json"]);
  expect(JSON.parse(out)).toMatchObject({
    step_s: 3_600,
    totals: { outcomes: { answered: 1, failed: 1 }, keys: { "TWILIO_AUTH_TOKEN#1": 2 } },
  });
  const { out: byHour } = await log(["--stats", "--by", "hour"]);
  expect(byHour.match(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z +\d/gmu)?.length).toBeGreaterThan(20);
});

test.each([
  [["--stats", "--origin", "sms"], "--stats goes with"],
  [["--by", "day"], "--by goes with --stats"],
  [["--unmask"], "--unmask goes with --text"],
  [["--since", "yesterday"], "since: expected"],
  [["--limit", "0"], "1 to 100000"],
  [["--url", "hooks.example.com"], "--url: expected an address"],
  [["--url", "http://hooks.example.com"], "expected https"],
])("log %j cannot be done", async (args, message) => {
  expect(await log(args)).toMatchObject({
    exitCode: 2,
    out: "",
    err: expect.stringContaining(message),
  });
});

test("log tells a wrong token by its name and place, and never shows it", async () => {
  const env = { ...at.surroundings.env, LOG_TOKEN: "a-token-that-nobody-knows" };
  const ended = await startCommand(["log"], { ...at.surroundings, env }).ended;
  expect(ended).toMatchObject({ exitCode: 1, out: "" });
  expect(ended.err).toContain("does not know the token of the environment (401): set LOG_TOKEN");
  expect(ended.err).not.toContain("nobody");
});

test("log reads with the admin token where there is no other, and asks for one where there is none", async () => {
  const { LOG_TOKEN: _, ...env } = at.surroundings.env;
  const ended = await startCommand(["log", "--json"], { ...at.surroundings, env }).ended;
  expect(linesOf(ended)).toHaveLength(3);
  const { LOG_ADMIN_TOKEN: __, ...bare } = env;
  expect(await startCommand(["log"], { ...at.surroundings, env: bare }).ended).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining("no log token: set LOG_TOKEN"),
  });
});

test("show tells a delivery whole: proof, timeline, attempts, request and answer, masked", async () => {
  const { exitCode, out } = await at.run(["show", hello]);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^answered\n/u);
  for (const part of [
    "by TWILIO_AUTH_TOKEN#1, signed URL raw",
    `page             ${at.base}/_log/d/${hello}`,
    "signature checked",
    "1 to the origin: usable, 200",
    "POST http://hooks.example.net/sms/in",
    "user-agent:",
    "(5 characters)",
    "+1…23",
  ]) {
    expect(out).toContain(part);
  }
  expect(out).not.toContain("+14155550123");
});

test("show --unmask shows all, --json what the API tells", async () => {
  const { out } = await at.run(["show", hello, "--unmask"]);
  expect(out).toContain("+14155550123");
  const { out: json } = await at.run(["show", broken, "--json"]);
  expect(JSON.parse(json)).toMatchObject({ id: broken, masked: true, error_code: 11_217 });
});

test("show ends with 1 for what is not in the log, with 2 for what is no id", async () => {
  expect(await at.run(["show", "01M85R4ERE00HACPH6B0CBCHVE"])).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining("delivery 01M85R4ERE00HACPH6B0CBCHVE is not in the log"),
  });
  expect(await at.run(["show", "SM123"])).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining("expected a delivery's id"),
  });
});
