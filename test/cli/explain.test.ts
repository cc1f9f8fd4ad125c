import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import twilio from "twilio";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Ended, hasTerminals, startCommand, startOnTerminal } from "../support/command.ts";
import { eventually } from "../support/eventually.ts";
import { logToken, publicBase, authToken, type Rig, startRig } from "../support/rig.ts";
import { formWebhook, smsFields } from "../support/sign.ts";

const parameters = Object.fromEntries(smsFields());
const publicUrl = "https://calls.example.org/sms";
const stranger = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookswitch-explain-"));
});
afterEach(() => rm(folder, { recursive: true }));

function run(
  args: readonly string[],
  {
    env = { TWILIO_AUTH_TOKEN: authToken },
    input,
  }: { env?: Record<string, string>; input?: string } = {},
): Promise<Ended> {
  const surroundings = { cwd: folder, env, ...(input === undefined ? {} : { input }) };
  return startCommand(["explain", ...args], surroundings).ended;
}

function signed(url: string, token = authToken): string {
  return twilio.getExpectedTwilioSignature(token, url, parameters);
}

describe("explain of what is pasted", () => {
  const pasted = { url: "http://calls.example.org/sms", parameters, signature: signed(publicUrl) };

  test("says what differs and what to set, from a pipe and from a file alike", async () => {
    const input = JSON.stringify(pasted);
    const piped = await run([], { input });
    expect(piped.out).toMatch(/^scheme {2}It is signed for https and arrived as http/);
    expect(piped.out).toContain('public_url = "https://calls.example.org"');
    expect(piped).toMatchObject({ exitCode: 0, err: "" });
    await writeFile(join(folder, "request.json"), input);
    expect(await run(["--file", "request.json"])).toEqual(piped);
  });

  test("names the origin of wrangler.toml whose setting it is, with --json for scripts", async () => {
    const toml = `
      name = "hooks"
      main = "index.js"
      compatibility_date = "2026-11-01"
      [vars.ORIGINS.texts]
      path = "/sms"
      url = "https://app.example.com/sms"`;
    await writeFile(join(folder, "wrangler.toml"), toml);
    const { out, exitCode } = await run(["--json"], { input: JSON.stringify(pasted) });
    expect(JSON.parse(out)).toMatchObject({
      verdict: "one_change",
      change: "scheme",
      setting: "ORIGINS.texts.public_url",
      mend: expect.stringContaining("[vars.ORIGINS.texts]"),
      next: [],
    });
    expect(exitCode).toBe(0);
  });

  test("says of a stranger's that no single change does, and what to look at, with exit code 1", async () => {
    const forged = { ...pasted, signature: signed(publicUrl, stranger) };
    const { out, exitCode } = await run([], { input: JSON.stringify(forged) });
    expect(out).toMatch(/^not explained {2}No single change makes it valid/);
    expect(out).toContain("TWILIO_AUTH_TOKEN#1");
    expect(out.split("\n").filter((line) => line.startsWith("- "))).toHaveLength(4);
    expect(exitCode).toBe(1);
  });

  test("tries what is --given", async () => {
    const input = JSON.stringify({ ...pasted, url: "https://hooks.example.net/sms" });
    expect((await run([], { input })).exitCode).toBe(1);
    const { out } = await run(["--given", "https://a.example.org", "--given", publicUrl], {
      input,
    });
    expect(out).toMatch(/^url_given/);
  });

  test("finds the token in .dev.vars, and says where it looked when there is none", async () => {
    const input = JSON.stringify(pasted);
    const without = await run([], { env: {}, input });
    expect(without).toMatchObject({ exitCode: 2, out: "" });
    expect(without.err).toContain("set TWILIO_AUTH_TOKEN in the environment or in .dev.vars");
    await writeFile(join(folder, ".dev.vars"), `TWILIO_AUTH_TOKEN=${authToken}\n`);
    expect((await run([], { env: {}, input })).out).toMatch(/^scheme/);
  });

  test.each([
    { args: [], said: "nothing to explain in standard input" },
    { args: ["--file", "absent.txt"], said: "cannot read absent.txt" },
    { args: ["hello"], said: "expected a delivery's id" },
    { args: ["--url", "https://hooks.example.net"], said: "--url goes with a delivery's id" },
    { args: ["--given", "calls.example.org"], said: "Expected a whole URL" },
    { args: ["--scheme", "ftp"], said: "Allowed choices are https, http" },
    { args: ["01M85R4ERE00HACPH6B0CBCHVE", "--file", "x"], said: "one or the other" },
  ])("$args is no use of it: one line, exit code 2", async ({ args, said }) => {
    const { exitCode, out, err } = await run(args);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain(said);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  test.skipIf(!hasTerminals)("asks on a terminal for what to explain", async () => {
    const terminal = startOnTerminal(["explain"], {
      cwd: folder,
      env: { TWILIO_AUTH_TOKEN: authToken },
    });
    await eventually("it asks", () => terminal.shown().includes("press Ctrl-D"));
    terminal.type(`${JSON.stringify({ ...pasted, parameters: { A: "1" } })}\n\u0004`);
    expect(await terminal.exitCode).toBe(1);
    expect(terminal.shown()).toContain("not explained");
  });

  test.skipIf(!hasTerminals)(
    "asks on a terminal for the token, where it has the request",
    async () => {
      await writeFile(join(folder, "request.json"), JSON.stringify(pasted));
      const withFile = startOnTerminal(["explain", "--file", "request.json"], {
        cwd: folder,
        env: {},
      });
      await eventually("it asks", () => withFile.shown().includes("Auth token"));
      withFile.type(`${authToken}\r`);
      expect(await withFile.exitCode).toBe(0);
      expect(withFile.shown()).not.toContain(authToken);

      const typed = startOnTerminal(["explain"], { cwd: folder, env: {} });
      await eventually("it asks", () => typed.shown().includes("press Ctrl-D"));
      typed.type(`${JSON.stringify({ url: publicUrl })}\n\u0004`);
      expect(await typed.exitCode).toBe(2);
      expect(typed.shown()).toContain("set TWILIO_AUTH_TOKEN in the environment");
    },
  );
});

describe("explain of a delivery", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      origins: (base) => ({ sms: { path: "/sms", url: `${base}/sms` } }),
      vars: () => ({ LOG_KEY: "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY" }),
    });
  });
  afterAll(() => rig.stop());

  async function listed(outcome: string): Promise<string> {
    return eventually(`one ${outcome} is listed`, async () => {
      const { body } = await rig.log(`/deliveries?outcome=${outcome}`);
      const id: unknown = JSON.parse(body.toString()).deliveries[0]?.id;
      return typeof id === "string" ? id : undefined;
    });
  }

  async function refused(): Promise<string> {
    const webhook = formWebhook({ token: authToken, url: publicUrl, fields: smsFields() });
    const sent = { ...webhook, url: `${publicBase}/sms` };
    expect((await rig.deliver(sent)).status).toBe(403);
    return listed("refused");
  }

  /** With the address of the Worker, and a token that may only read. */
  function ask(args: readonly string[], token = logToken): Promise<Ended> {
    const base = `http://127.0.0.1:${rig.worker.plain.port}`;
    return run(args, { env: { HOOKSWITCH_URL: base, LOG_TOKEN: token } });
  }

  test("has the Worker say it, by the token that reads", async () => {
    const id = await refused();
    const unknown = await ask([id]);
    expect(unknown.out).toMatch(/^not explained/);
    expect(unknown.exitCode).toBe(1);
    const { out, exitCode } = await ask([id, "--given", publicUrl]);
    expect(out).toMatch(/^url_given {2}It is signed for https:\/\/calls\.example\.org\/sms/);
    expect(out).toContain("setting  ORIGINS.sms.public_url");
    expect(exitCode).toBe(0);
    const json = await ask([id, "--given", publicUrl, "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({
      id,
      change: "url_given",
      key: "TWILIO_AUTH_TOKEN#1",
    });
  });

  test("says so where what was kept is sealed with another LOG_KEY", async () => {
    const id = await refused();
    await rig.worker.kill();
    await rig.worker.start({ LOG_KEY: "c4Rk0WmZ8qYt2LxVn6BsHd1JpGf9TeUa" });
    const { err, exitCode } = await ask([id]);
    expect(err).toContain("sealed with a LOG_KEY that is not there");
    expect(exitCode).toBe(1);
  });

  test("says in one line why there is nothing to say", async () => {
    const webhook = formWebhook({
      token: authToken,
      url: `${publicBase}/sms`,
      fields: smsFields(),
    });
    expect((await rig.deliver(webhook)).status).toBe(200);
    const fine = await ask([await listed("answered")]);
    expect(fine.err).toContain("It was not refused: there is nothing to explain.");
    const gone = await ask(["01M85R4ERE00HACPH6B0CBCHVE"]);
    expect(gone.err).toContain("is not in the log");
    const unknown = await ask(
      ["01M85R4ERE00HACPH6B0CBCHVE"],
      "a-token-that-opens-nothing-0000000000000",
    );
    expect(unknown.err).toContain("(401): set LOG_TOKEN to");
    for (const { exitCode, out } of [fine, gone, unknown]) expect([exitCode, out]).toEqual([1, ""]);
  });
});
