import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Ended, hasTerminals, startCommand, startOnTerminal } from "../support/command.ts";
import { eventually, mapLimited } from "../support/eventually.ts";
import { closedPort } from "../support/loopback.ts";
import { type ApiResource, refuse, startTwilioApi, type TwilioApi } from "../support/twilio-api.ts";
import { addApp, addNumber, addService, phoneNumber, sidOf } from "../support/twilio-resources.ts";

let api: TwilioApi;
let folder: string;

const wranglerToml = `
name = "hookswitch"
main = "src/index.ts"
compatibility_date = "2026-10-01"
compatibility_flags = ["enable_request_signal", "global_fetch_strictly_public"]
workers_dev = true

[[durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Ledger"]

[vars.ORIGINS.voice]
path = "/voice/*"
url = "https://app.example.net/twilio/voice/*#rt=4000"

[vars.ORIGINS.sms]
path = "/sms"
url = "https://app.example.net/twilio/sms"

[vars.ORIGINS.status]
path = "/status"
url = "https://app.example.net/twilio/status"
mode = "queue"
`;

const host = "https://hooks.example.com";
const overrides = "#rc=2&rp=5xx,ct,rt";
const voiceUrl = "https://app.example.net/twilio/voice/menu";
const smsUrl = "https://app.example.net/twilio/sms?tenant=7";
const statusUrl = "https://app.example.net/twilio/status";

beforeAll(async () => {
  api = await startTwilioApi();
});

afterAll(() => api.stop());

beforeEach(async () => {
  api.reset();
  folder = await mkdtemp(join(tmpdir(), "hookswitch-connect-"));
  await writeFile(join(folder, "wrangler.toml"), wranglerToml);
});

afterEach(() => rm(folder, { recursive: true }));

function env(): Readonly<Record<string, string>> {
  return {
    HOOKSWITCH_TWILIO_API: api.base,
    HOOKSWITCH_URL: host,
    TWILIO_ACCOUNT_SID: api.accountSid,
    TWILIO_API_KEY: api.apiKey.sid,
    TWILIO_API_KEY_SECRET: api.apiKey.secret,
  };
}

/** Runs `hookswitch connect` without a terminal. */
function connect(...args: readonly string[]): Promise<Ended> {
  return startCommand(["connect", ...args], { cwd: folder, env: env() }).ended;
}

function connectWith(
  set: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ended> {
  return startCommand(["connect", ...args], { cwd: folder, env: set }).ended;
}

/** A number whose calls, messages and status callbacks all go to the application. */
function addUsualNumber(number: number): string {
  return addNumber(api, number, {
    voice_url: voiceUrl,
    sms_url: smsUrl,
    status_callback: statusUrl,
  });
}

function numberOf(number: number): ApiResource {
  return api.numbers.get(sidOf("PN", number)) ?? {};
}

const connected = {
  voice_url: `${host}/voice/menu${overrides}`,
  voice_fallback_url: voiceUrl,
  sms_url: `${host}/sms?tenant=7${overrides}`,
  sms_fallback_url: smsUrl,
  status_callback: `${host}/status${overrides}`,
};

const usual = {
  voice_url: voiceUrl,
  voice_fallback_url: "",
  sms_url: smsUrl,
  sms_fallback_url: "",
  status_callback: statusUrl,
};

function updates(): readonly (typeof api.asked)[number][] {
  return api.asked.filter(({ method }) => method === "POST");
}

function keptFile(): string {
  return join(folder, ".hookswitch-connect", `${api.accountSid}.jsonl`);
}

test("connect shows what would change and what it does not see, and changes nothing", async () => {
  addUsualNumber(1);
  const { exitCode, out, err } = await connect();
  expect(out).toBe(`+15550000001 ${sidOf("PN", 1)}
  voice          POST ${voiceUrl}
                 -> ${host}/voice/menu${overrides}  (voice)
  voice fallback none
                 -> ${voiceUrl}
  call status    POST ${statusUrl}
                 -> ${host}/status${overrides}  (status)
  sms            POST https://app.example.net/twilio/sms?tenant=…
                 -> ${host}/sms?tenant=…${overrides}  (sms)
  sms fallback   none
                 -> https://app.example.net/twilio/sms?tenant=…

to change: 5 URLs of 1 resource
Not seen here, and not changed:
  - URLs in your code: Url, StatusCallback and the like of calls and messages that you make by REST
  - URLs in TwiML: action, <Redirect>, statusCallback, recordingStatusCallback, <Number url>; relative ones follow by themselves
  - Studio flows, Conversations, TaskRouter, Verify, Sync, Video, Proxy, Event Streams
  - SIP domains, BYOC trunks, short codes, SIMs, usage triggers, the Debugger webhook, subaccounts (--account)
`);
  expect(err).toBe(`asking Twilio for ${api.accountSid} (TWILIO_API_KEY of the environment)\n`);
  expect(exitCode).toBe(0);
  expect(updates()).toEqual([]);
  expect(await readdir(folder)).toEqual(["wrangler.toml"]);
});

test("connect --apply sets numbers, services and apps, and keeps methods; --undo puts all back", async () => {
  addUsualNumber(1);
  const byGet = {
    voice_url: "https://APP.example.net:443/twilio/voice?x=1#e=dublin",
    voice_method: "GET",
  };
  addNumber(api, 2, byGet);
  const service = addService(api, 1, { inbound_request_url: smsUrl, status_callback: statusUrl });
  const app = addApp(api, 1, { voice_url: voiceUrl, message_status_callback: statusUrl });
  const before = structuredClone([api.numbers, api.services, api.apps]);

  const applied = await connect("--apply", "--yes");
  expect(applied).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining("13 of 13 URLs set\n"),
  });
  expect(numberOf(1)).toMatchObject({ ...connected, voice_method: "POST" });
  expect(numberOf(2)).toMatchObject({
    voice_url: `${host}/voice?x=1#e=dublin&rc=2&rp=5xx,ct,rt`,
    voice_method: "GET",
    voice_fallback_url: byGet.voice_url,
    voice_fallback_method: "GET",
  });
  expect(api.services.get(service)).toMatchObject({
    inbound_request_url: `${host}/sms?tenant=7${overrides}`,
    fallback_url: smsUrl,
    status_callback: `${host}/status${overrides}`,
  });
  expect(api.apps.get(app)).toMatchObject({
    voice_url: `${host}/voice/menu${overrides}`,
    voice_fallback_url: voiceUrl,
    message_status_callback: `${host}/status${overrides}`,
  });
  // What is kept is not sent.
  expect(updates().some(({ form }) => "VoiceMethod" in form || "SmsMethod" in form)).toBe(false);

  const undone = await connect("--undo", "--yes");
  expect(undone).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining("13 of 13 URLs set\n"),
  });
  const after = [api.numbers, api.services, api.apps].map(withoutNull);
  expect(after).toEqual(before.map(withoutNull));
  expect(await connect("--undo", "--yes")).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining("nothing to change"),
  });
});

/** To the API, `null` and `""` are the same. */
function withoutNull(resources: ReadonlyMap<string, ApiResource>): unknown {
  return JSON.parse(JSON.stringify([...resources]).replaceAll("null", '""'));
}

test("connect --only takes the named numbers alone, however they are written", async () => {
  for (const number of [1, 2, 3]) addUsualNumber(number);
  const ended = await connect(
    "--apply",
    "--yes",
    "--only",
    "+1 (555) 000-0002",
    "--only",
    sidOf("PN", 3),
  );
  expect(ended.exitCode).toBe(0);
  expect([1, 2, 3].map((number) => numberOf(number)["voice_url"])).toEqual([
    voiceUrl,
    connected.voice_url,
    connected.voice_url,
  ]);
  expect(await connect("--only", "+15559999999")).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining("error: --only: not in this account: +15559999999\n"),
  });
});

test("connect sees every page of an account", async () => {
  for (let number = 1; number <= 120; number += 1) addUsualNumber(number);
  for (let number = 1; number <= 60; number += 1) addApp(api, number, { voice_url: voiceUrl });
  for (let number = 1; number <= 60; number += 1) addService(api, number);
  const members = [...api.numbers.keys()].slice(0, 110);
  const service = addService(api, 61, { inbound_request_url: smsUrl }, members);
  const { out } = await connect("--json");
  const { settings } = JSON.parse(out);
  const sids = new Set(settings.map(({ sid }: { sid: string }) => sid));
  expect(sids.size).toBe(120 + 60 + 61);
  const unused = settings.filter(({ reason }: { reason?: string }) => reason === "unused");
  expect(unused).toHaveLength(110);
  expect(unused[0].message).toContain(`Messaging Service ${service}`);
});

test("connect leaves what Twilio does not use, and says what it uses instead", async () => {
  const app = addApp(api, 1, { voice_url: voiceUrl, sms_url: smsUrl });
  const trunk = `TK${"3c".repeat(16)}`;
  addNumber(api, 1, {
    voice_url: voiceUrl,
    voice_application_sid: app,
    sms_url: smsUrl,
    sms_application_sid: app,
  });
  addNumber(api, 2, { voice_url: voiceUrl, voice_application_sid: app, trunk_sid: trunk });
  const member = addNumber(api, 3, { sms_url: smsUrl });
  const other = addNumber(api, 4, { sms_url: smsUrl });
  addService(api, 1, { inbound_request_url: smsUrl }, [member]);
  addService(api, 2, { inbound_request_url: smsUrl, use_inbound_webhook_on_number: true }, [other]);
  const { exitCode, out } = await connect("--apply", "--yes");
  expect(exitCode).toBe(0);
  expect(out).toContain(`left as it is: Twilio does not use it, but that of TwiML app ${app}`);
  expect(out).toContain(`left as it is: Twilio does not use it, but that of SIP trunk ${trunk}`);
  expect(out).toContain(`that of Messaging Service ${sidOf("MG", 1)}`);
  expect(out).toContain("that of the number that is written to");
  expect(numberOf(1)).toMatchObject({ voice_url: voiceUrl, sms_url: smsUrl });
  expect(numberOf(2)).toMatchObject({ voice_url: voiceUrl });
  expect(numberOf(3)).toMatchObject({ sms_url: smsUrl });
  expect(numberOf(4)).toMatchObject({ sms_url: connected.sms_url });
  expect(api.services.get(sidOf("MG", 1))?.["inbound_request_url"]).toBe(connected.sms_url);
  expect(api.services.get(sidOf("MG", 2))?.["inbound_request_url"]).toBe(smsUrl);
});

test("connect leaves URLs that are no origin's, and those that a queue would answer", async () => {
  addNumber(api, 1, {
    voice_url: "https://handler.twilio.com/twiml/EH1",
    sms_url: statusUrl,
    status_callback: "https://elsewhere.example.net/status",
  });
  const { exitCode, out } = await connect("--apply", "--yes");
  expect(exitCode).toBe(0);
  expect(out).toContain("left as it is: a TwiML Bin, no origin's url");
  expect(out).toContain("left as it is: status is in queue mode");
  expect(out).toContain("left as it is: no origin's url fits it");
  expect(out).toContain("nothing to change");
  expect(updates()).toEqual([]);
});

test("connect --apply twice changes nothing the second time", async () => {
  addUsualNumber(1);
  await connect("--apply", "--yes");
  api.asked.length = 0;
  const { exitCode, out } = await connect("--apply", "--yes");
  expect(exitCode).toBe(0);
  expect(out).toContain("as it should be (voice)");
  expect(updates()).toEqual([]);
});

test("connect --apply --voice-fallback sets that one, and refuses one that falls with Cloudflare", async () => {
  addUsualNumber(1);
  const bin = "https://handler.twilio.com/twiml/EH1";
  expect(await connect("--apply", "--yes", "--voice-fallback", bin)).toMatchObject({ exitCode: 0 });
  expect(numberOf(1)).toMatchObject({ voice_fallback_url: bin, sms_fallback_url: smsUrl });
  for (const url of [
    `${host}/voice/fallback`,
    "https://backup.acme.workers.dev/",
    "http://app.example.net/",
  ]) {
    const { exitCode, err } = await connect("--sms-fallback", url);
    expect({ url, exitCode }).toEqual({ url, exitCode: 2 });
    expect(err).toContain("error: --sms-fallback: expected ");
  }
});

test("connect --apply keeps a fallback that somebody chose, and replaces one that is Hookswitch's own", async () => {
  const chosen = "https://backup.example.org/voice";
  addNumber(api, 1, { voice_url: voiceUrl, voice_fallback_url: chosen });
  addNumber(api, 2, { voice_url: voiceUrl, voice_fallback_url: `${host}/voice/menu` });
  await connect("--apply", "--yes");
  expect(numberOf(1)).toMatchObject({ voice_url: connected.voice_url, voice_fallback_url: chosen });
  expect(numberOf(2)).toMatchObject({ voice_fallback_url: voiceUrl });
});

test("connect --apply without a terminal and without --yes changes nothing, and ends with 2", async () => {
  addUsualNumber(1);
  const { exitCode, out, err } = await connect("--apply");
  expect(exitCode).toBe(2);
  expect(out).toContain("to change: 5 URLs");
  expect(err).toContain("error: nothing was changed, there is no terminal to ask on: say --yes");
  expect(updates()).toEqual([]);
});

test.runIf(hasTerminals)(
  "connect --apply asks on a terminal, and does what is answered",
  async () => {
    addUsualNumber(1);
    for (const [keys, exitCode, url] of [
      ["n\r", 1, voiceUrl],
      ["y\r", 0, connected.voice_url],
    ] as const) {
      const terminal = startOnTerminal(["connect", "--apply"], { cwd: folder, env: env() });
      await eventually("question", () => terminal.shown().includes("5 URLs of 1 resource)?"));
      terminal.type(keys);
      expect(await terminal.exitCode).toBe(exitCode);
      expect(numberOf(1)["voice_url"]).toBe(url);
    }
  },
);

test("connect --undo leaves what somebody has changed since, and says so", async () => {
  addUsualNumber(1);
  await connect("--apply", "--yes");
  numberOf(1)["sms_url"] = "https://new.example.net/sms";
  const { exitCode, out } = await connect("--undo", "--yes");
  expect(exitCode).toBe(0);
  expect(out).toContain("left as it is: somebody has changed it since");
  expect(numberOf(1)).toMatchObject({ ...usual, sms_url: "https://new.example.net/sms" });
});

test("connect --undo goes by all runs, and puts back what was there before the first", async () => {
  addUsualNumber(1);
  await connect("--apply", "--yes");
  const moved = await connect("--apply", "--yes", "--url", "https://other.example.com");
  expect(moved.out).toContain("left as it is: no origin's url fits it");
  await connectWith(
    { ...env(), HOOKSWITCH_URL: host },
    "--apply",
    "--yes",
    "--voice-fallback",
    "https://handler.twilio.com/twiml/EH1",
  );
  expect(numberOf(1)["voice_fallback_url"]).toBe("https://handler.twilio.com/twiml/EH1");
  expect(await connect("--undo", "--yes")).toMatchObject({ exitCode: 0 });
  expect(numberOf(1)).toMatchObject(usual);
});

test("connect --undo without a file says so, and what goes without", async () => {
  addUsualNumber(1);
  const { exitCode, err } = await connect("--undo");
  expect(exitCode).toBe(2);
  expect(err).toContain("--direct takes the URLs from wrangler.toml");
});

test("connect --apply killed in the middle is put back by --undo, and gone on with by --apply", async () => {
  for (let number = 1; number <= 6; number += 1) addUsualNumber(number);
  for (const next of [["--undo"], ["--apply", "--undo"]]) {
    // The third number's update is carried out, its answer never comes.
    api.asked.length = 0;
    api.instead = ({ form }) => {
      if (updates().length !== 3 || updates().at(-1)?.form !== form) return false;
      Object.assign(numberOf(3), connected);
      return true;
    };
    const running = startCommand(["connect", "--apply", "--yes"], { cwd: folder, env: env() });
    await eventually("third update", () => updates().length === 3);
    running.process.kill("SIGKILL");
    await running.ended;
    api.instead = () => false;
    expect(numberOf(2)).toMatchObject(connected);
    expect(numberOf(3)).toMatchObject(connected);
    expect(numberOf(4)).toMatchObject(usual);

    for (const mode of next) {
      expect(await connect(mode, "--yes")).toMatchObject({ exitCode: 0 });
      const expected = mode === "--apply" ? connected : usual;
      for (let number = 1; number <= 6; number += 1)
        expect(numberOf(number)).toMatchObject(expected);
    }
  }
});

test("connect --undo does without a line that a crash has cut off, and the next one is whole again", async () => {
  for (const number of [1, 2]) addUsualNumber(number);
  await connect("--apply", "--yes", "--only", phoneNumber(1));
  const text = await readFile(keptFile(), "utf8");
  await writeFile(keptFile(), `${text}{"v":1,"at":"2026-11-2`);
  await connect("--apply", "--yes", "--only", phoneNumber(2));
  const { exitCode, err } = await connect("--undo", "--yes");
  expect(exitCode).toBe(0);
  expect(err).toContain("1 line cut off or unknown, left out");
  for (const number of [1, 2]) expect(numberOf(number)).toMatchObject(usual);
});

test("connect keeps old values for the owner alone, and out of git", async () => {
  addUsualNumber(1);
  await connect("--apply", "--yes");
  expect((await stat(keptFile())).mode & 0o777).toBe(0o600);
  expect(await readFile(join(folder, ".hookswitch-connect", ".gitignore"), "utf8")).toBe("*\n");
});

test("connect --apply changes nothing where old values cannot be kept", async () => {
  addUsualNumber(1);
  await writeFile(join(folder, ".hookswitch-connect"), "in the way");
  const { exitCode, out, err } = await connect("--apply", "--yes");
  expect(exitCode).toBe(1);
  expect(err).toContain("FAILED (cannot write ");
  expect(out).toContain("0 of 5 URLs set, 5 failed\n");
  expect(updates()).toEqual([]);
});

test("connect --direct needs no file and no address, and takes the origins' url and overrides", async () => {
  const old = "https://hookswitch.acme.workers.dev";
  addNumber(api, 1, {
    voice_url: `${old}/voice/menu?x=1${overrides}`,
    sms_url: `${old}/sms${overrides}`,
    status_callback: "https://elsewhere.example.net/status",
  });
  const { HOOKSWITCH_URL: _, ...without } = env();
  expect(await connectWith(without, "--direct", "--yes")).toMatchObject({ exitCode: 0 });
  expect(numberOf(1)).toMatchObject({
    voice_url: "https://app.example.net/twilio/voice/menu?x=1#rt=4000",
    sms_url: "https://app.example.net/twilio/sms",
    status_callback: "https://elsewhere.example.net/status",
  });
});

test("connect --direct also turns what Twilio does not use, and goes on where it cannot keep anything", async () => {
  const app = addApp(api, 1);
  addNumber(api, 1, { voice_url: `${host}/voice/menu`, voice_application_sid: app });
  await writeFile(join(folder, ".hookswitch-connect"), "in the way");
  const { exitCode, err } = await connect("--direct", "--yes");
  expect(exitCode).toBe(0);
  expect(err).toContain("--undo will not know of this");
  expect(numberOf(1)["voice_url"]).toBe(`${voiceUrl}#rt=4000`);
});

test("connect --direct ends with 1 while something still leads to Hookswitch", async () => {
  addNumber(api, 1, { voice_url: `${host}/nowhere`, sms_url: `${host}/sms` });
  const { exitCode, out } = await connect("--direct", "--yes");
  expect(exitCode).toBe(1);
  expect(out).toContain("left as it is: it is Hookswitch's and meets no origin");
  expect(numberOf(1)["sms_url"]).toBe("https://app.example.net/twilio/sms");
});

test("connect --direct does without what Twilio's API does not list, and ends with 1", async () => {
  addNumber(api, 1, { voice_url: `${host}/voice/menu` });
  api.instead = ({ path }, response) => {
    if (!path.startsWith("messaging.twilio.com/")) return false;
    refuse(response, 403, 20_003, "Permission Denied");
    return true;
  };
  const shown = await connect();
  expect(shown).toMatchObject({ exitCode: 1, out: "" });
  const { exitCode, err } = await connect("--direct", "--yes");
  expect(exitCode).toBe(1);
  expect(err).toContain("error: Twilio's API: Permission Denied (20003)");
  expect(numberOf(1)["voice_url"]).toBe(`${voiceUrl}#rt=4000`);
});

test("connect --undo goes by the file that is said, and names a number that is gone", async () => {
  for (const number of [1, 2]) addUsualNumber(number);
  await connect("--apply", "--yes", "--file", "old.jsonl");
  api.numbers.delete(sidOf("PN", 2));
  expect(await connect("--undo", "--yes")).toMatchObject({ exitCode: 2 });
  const { exitCode, out } = await connect("--undo", "--yes", "--file", "old.jsonl");
  expect(exitCode).toBe(0);
  expect(out).toContain(`no longer in the account: ${phoneNumber(2)} (${sidOf("PN", 2)})`);
  expect(numberOf(1)).toMatchObject(usual);
});

test.runIf(hasTerminals)("connect asks for the auth token, and does not show it", async () => {
  addUsualNumber(1);
  const set = {
    HOOKSWITCH_TWILIO_API: api.base,
    HOOKSWITCH_URL: host,
    TWILIO_ACCOUNT_SID: api.accountSid,
  };
  const terminal = startOnTerminal(["connect"], { cwd: folder, env: set });
  await eventually("question", () => terminal.shown().includes("Auth token of AC"));
  terminal.type(`${api.authToken}\r`);
  expect(await terminal.exitCode).toBe(0);
  expect(terminal.shown()).toContain("to change: 5 URLs of 1 resource");
  expect(terminal.shown()).not.toContain(api.authToken);
});

test("connect --apply after --direct, and then --undo, puts back what was there first", async () => {
  addUsualNumber(1);
  for (const mode of ["--apply", "--direct", "--apply", "--undo"]) {
    expect(await connect(mode, "--yes")).toMatchObject({ exitCode: 0 });
  }
  expect(numberOf(1)).toMatchObject(usual);
});

test("connect asks again after 429 and 503, and waits as long as Twilio says", async () => {
  addUsualNumber(1);
  const statuses = [429, 503, 500];
  api.instead = (_asked, response) => {
    const status = statuses.shift();
    if (status === undefined) return false;
    refuse(response, status, 20_429, "Too Many Requests", { "Retry-After": "0" });
    return true;
  };
  const { exitCode, err } = await connect("--apply", "--yes");
  expect(exitCode).toBe(0);
  expect(err).toContain("Twilio answered 429, asking again in 0.0 s");
  expect(numberOf(1)).toMatchObject(connected);
});

test("connect gives up when Twilio goes on refusing, says what was changed and goes on next time", async () => {
  for (const number of [1, 2, 3]) addUsualNumber(number);
  api.instead = ({ method, path }, response) => {
    if (method !== "POST" || !path.includes(sidOf("PN", 2))) return false;
    refuse(response, 503, 20_503, "Service Unavailable", { "Retry-After": "0" });
    return true;
  };
  const failed = await connect("--apply", "--yes", "--json");
  expect(failed.exitCode).toBe(1);
  expect(failed.err).toContain(`${phoneNumber(1)} ${sidOf("PN", 1)}: changed: voice, `);
  expect(failed.err).toContain(
    `${phoneNumber(2)} ${sidOf("PN", 2)}: FAILED (Service Unavailable (20503)): voice, `,
  );
  expect(failed.err).toContain("5 of 15 URLs set, 5 failed, 5 not reached");
  expect(failed.err).toContain("run the same command again to go on");
  const results = JSON.parse(failed.out).settings.map(({ result }: { result: string }) => result);
  expect(new Set(results)).toEqual(new Set(["changed", "failed", "not_reached"]));

  api.instead = () => false;
  expect(await connect("--apply", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await connect("--undo", "--yes")).toMatchObject({ exitCode: 0 });
  for (const number of [1, 2, 3]) expect(numberOf(number)).toMatchObject(usual);
});

test("connect goes on after a number whose URL Twilio does not take", async () => {
  for (const number of [1, 2]) addUsualNumber(number);
  api.instead = ({ method, path }, response) => {
    if (method !== "POST" || !path.includes(sidOf("PN", 1))) return false;
    refuse(response, 400, 21_502, "Voice URL is not valid");
    return true;
  };
  const { exitCode, err } = await connect("--apply", "--yes");
  expect(exitCode).toBe(1);
  expect(err).toContain("FAILED (Voice URL is not valid (21502)): voice, ");
  expect(numberOf(2)).toMatchObject(connected);
});

test("connect ends after the number under way when it is interrupted", async () => {
  for (const number of [1, 2, 3]) addUsualNumber(number);
  const held = Promise.withResolvers<void>();
  api.instead = ({ method, path, form }, response) => {
    if (method !== "POST" || !path.includes(sidOf("PN", 2))) return false;
    void held.promise.then(() => {
      numberOf(2)["voice_url"] = form["VoiceUrl"] ?? "";
      refuse(response, 400, 21_502, "Voice URL is not valid");
    });
    return true;
  };
  const { process, ended } = startCommand(["connect", "--apply", "--yes"], {
    cwd: folder,
    env: env(),
  });
  await eventually("second update", () => updates().length === 2);
  process.kill("SIGINT");
  // Long enough to be taken, and the answer comes only then.
  await eventually("still there", () => process.exitCode === null && process.signalCode === null);
  setTimeout(() => held.resolve(), 200);
  const { exitCode, out } = await ended;
  expect(exitCode).toBe(1);
  expect(out).toContain("5 of 15 URLs set, 5 failed, 5 not reached");
  expect(numberOf(3)).toMatchObject(usual);
});

test("connect does not replace what somebody sets while it asks", async () => {
  addUsualNumber(1);
  const theirs = "https://theirs.example.net/voice";
  api.instead = ({ path }) => {
    if (path.endsWith(`${sidOf("PN", 1)}.json`)) numberOf(1)["voice_url"] = theirs;
    return false;
  };
  const { exitCode, err } = await connect("--apply", "--yes");
  expect(exitCode).toBe(1);
  expect(err).toContain("left, somebody has changed it meanwhile: voice");
  expect(numberOf(1)).toMatchObject({ voice_url: theirs, sms_url: connected.sms_url });
});

test("connect --json prints one object with neither passwords nor values of queries", async () => {
  addNumber(api, 1, {
    voice_url: "https://user:pass%40word@app.example.net/twilio/voice/menu?token=hidden",
    sms_url: "https://elsewhere.example.net/sms?key=hidden",
  });
  const { exitCode, out, err } = await connect("--apply", "--yes", "--json");
  expect(exitCode).toBe(0);
  const [voice] = JSON.parse(out).settings;
  expect(voice).toEqual({
    resource: "number",
    sid: sidOf("PN", 1),
    name: phoneNumber(1),
    setting: "voiceUrl",
    url: "https://…@app.example.net/twilio/voice/menu?token=…",
    method: "POST",
    state: "change",
    origin: "voice",
    to: `https://…@hooks.example.com/voice/menu?token=…${overrides}`,
    toMethod: "POST",
    notes: [],
    result: "changed",
  });
  expect(out + err).not.toMatch(/hidden|pass%40word/);
  expect(numberOf(1)["voice_url"]).toBe(
    `https://user:pass%40word@hooks.example.com/voice/menu?token=hidden${overrides}`,
  );
});

test("connect asks with the auth token where there is no API key, and tells which one is wrong", async () => {
  addUsualNumber(1);
  const base = { HOOKSWITCH_TWILIO_API: api.base, HOOKSWITCH_URL: host };
  await writeFile(
    join(folder, ".dev.vars"),
    `TWILIO_ACCOUNT_SID=${api.accountSid}\nTWILIO_AUTH_TOKEN=${api.authToken},0123\n`,
  );
  expect(await connectWith(base)).toMatchObject({ exitCode: 0 });
  const wrong = await connectWith({ ...base, TWILIO_AUTH_TOKEN: "0123" });
  expect(wrong.exitCode).toBe(1);
  expect(wrong.err).toContain(
    "Authenticate (20003) (401): look at TWILIO_AUTH_TOKEN of the environment",
  );
  expect(wrong.err.match(/^error:/gm)).toHaveLength(1);
});

test("connect of a subaccount with its parent's credentials leaves Messaging Services, and says so", async () => {
  const other = `AC${"9f".repeat(16)}`;
  addNumber(api, 1, { account_sid: other, voice_url: voiceUrl });
  addUsualNumber(2);
  addService(api, 1, { inbound_request_url: smsUrl });
  const { exitCode, out } = await connect("--account", other);
  expect(exitCode).toBe(0);
  expect(out).toContain(
    `Messaging Services were not looked at: they need TWILIO_AUTH_TOKEN_${other}`,
  );
  expect(out).toContain("to change: 2 URLs of 1 resource");
});

test("connect says in one line what is missing or wrong", async () => {
  addUsualNumber(1);
  const { TWILIO_ACCOUNT_SID: _sid, ...noAccount } = env();
  const { TWILIO_API_KEY_SECRET: _secret, ...noSecret } = env();
  const { HOOKSWITCH_URL: _url, ...noUrl } = env();
  const local = { ...env(), HOOKSWITCH_URL: "http://127.0.0.1:8787" };
  const elsewhere = { ...env(), HOOKSWITCH_TWILIO_API: "https://api.example.com" };
  const cases = [
    [env(), ["--apply", "--undo"], "--apply and --undo do not go together"],
    [env(), ["--yes"], "--yes goes with --apply, --undo or --direct"],
    [env(), ["--only", "5550001111"], "Expected a number such as +15550001111"],
    [env(), ["--account", "AC1"], "Expected AC and 32 hexadecimal digits."],
    [env(), ["--url", "https://hooks.example.com/voice"], "--url: expected scheme, host and port"],
    [env(), ["--config", "nowhere.toml"], "nowhere.toml"],
    [env(), ["--undo", "--sms-fallback", "https://a.example.com"], "do not go with --undo"],
    [noAccount, [], "no account: set TWILIO_ACCOUNT_SID"],
    [noSecret, [], "TWILIO_API_KEY is set, but no TWILIO_API_KEY_SECRET"],
    [noUrl, [], "no address of Hookswitch: say --url"],
    [local, [], "HOOKSWITCH_URL: expected the https address at which Twilio reaches Hookswitch"],
    [elsewhere, [], "HOOKSWITCH_TWILIO_API is for tests"],
  ] as const;
  // A few at once: each loads wrangler.
  await mapLimited(cases, 4, async ([set, args, message]) => {
    const { exitCode, err } = await connectWith(set, ...args);
    expect({ args, exitCode, err }).toEqual({
      args,
      exitCode: 2,
      err: expect.stringContaining(message),
    });
  });
  expect(api.asked).toEqual([]);
});

test("connect --apply does not lead webhooks to a configuration with problems", async () => {
  addUsualNumber(1);
  await writeFile(
    join(folder, "wrangler.toml"),
    `${wranglerToml}\n[vars.ORIGINS.more]\npath = "/more"\n`,
  );
  const applied = await connect("--apply", "--yes");
  expect(applied).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining("npx hookswitch check"),
  });
  expect(updates()).toEqual([]);
  numberOf(1)["sms_url"] = `${host}/sms`;
  expect(await connect("--direct", "--yes")).toMatchObject({ exitCode: 0 });
});

test("connect says that Twilio's API cannot be reached", async () => {
  const base = `http://127.0.0.1:${await closedPort()}`;
  const { exitCode, err } = await connectWith({ ...env(), HOOKSWITCH_TWILIO_API: base });
  expect(exitCode).toBe(1);
  expect(err).toContain("Twilio did not answer (");
  expect(err).toContain("error: Twilio's API: ");
});
