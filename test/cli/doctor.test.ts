import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startCommand } from "../support/command.ts";
import { type CommandRig, startCommandRig } from "../support/command-rig.ts";
import { closedPort } from "../support/loopback.ts";
import { startLogApi } from "../support/log-api.ts";
import { startRig } from "../support/rig.ts";
import { startZone, type Zone } from "../support/zone.ts";

let at: CommandRig;
let zone: Zone;

beforeAll(async () => {
  at = await startCommandRig();
  zone = await startZone(at.rig.worker.plain.port);
  await at.sms("answered");
  await at.sms("failed", { path: "/broken" });
});
beforeEach(() => {
  zone.rewrite = (target) => target;
  zone.block = () => false;
  zone.seen.length = 0;
});
afterAll(async () => {
  await zone.stop();
  await at.stop();
});

/** Starts it anew, so that none of the 20 refusals a minute that are listed in full is used up. */
async function afresh(): Promise<void> {
  await at.rig.worker.kill();
  await at.rig.worker.start();
}

interface Found {
  readonly check: string;
  readonly state: string;
  readonly detail: string;
  readonly mend?: string;
}

/** What the doctor found, and how it ended. */
async function findings(
  url: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number | null; readonly found: readonly Found[] }> {
  const surroundings = { ...at.surroundings, env: { ...at.surroundings.env, ...env } };
  const { exitCode, out, err } = await startCommand(
    ["doctor", url, "--json", ...args],
    surroundings,
  ).ended;
  expect(err).toBe(`asking ${url} (the URL)\n`);
  const { findings: found }: { findings: readonly Found[] } = JSON.parse(out);
  return { exitCode, found };
}

const of = (found: readonly Found[], check: string): readonly string[] =>
  found.filter((each) => each.check === check).map(({ state, detail }) => `${state} ${detail}`);

describe("doctor", () => {
  test("finds a deployment well: there, closed, configured, and every probe arrives as signed", async () => {
    const before = at.rig.origin.seen.length;
    const { exitCode, found } = await findings(at.base);
    expect(exitCode).toBe(1); // an origin that has answered nothing
    expect(of(found, "reachable")[0]).toMatch(/^ok GET \/_health answers 200, \d+ ms$/u);
    expect(of(found, "log closed")).toEqual(["ok strangers are answered 401"]);
    expect(of(found, "keys")).toEqual(["ok set: TWILIO_AUTH_TOKEN#1"]);
    for (const line of of(found, "configuration"))
      expect(line).toMatch(/^warning ORIGINS\.\w+\.url: .* is this machine itself/u);
    expect(of(found, "ledger")).toEqual(["ok 1 shard, the fullest at 0 %"]);
    expect(of(found, "kv")).toEqual(["ok answers"]);
    expect(of(found, "origin")).toEqual([
      "ok sms: answered 1 of 1 in the last day",
      "failed broken: answered 0 of 1 in the last day",
      "skipped status: was sent nothing in the last day",
    ]);
    expect(of(found, "signed probe")).toEqual([
      "ok a plain webhook: arrives as signed",
      "ok a text that looks like an attack: arrives as signed",
      "ok the same in the query (GET): arrives as signed",
    ]);
    const spelt = of(found, "spelling");
    expect(spelt).toHaveLength(11);
    for (const line of spelt) expect(line).toMatch(/^ok .*: arrives as signed$/u);
    // No application has seen any of it.
    expect(at.rig.origin.seen.length).toBe(before);
  });

  test("prints it as it comes, with what mends it, and how it is at the end", async () => {
    const ended = await at.run(["doctor"]);
    expect(ended.err).toBe(`asking ${at.base} (HOOKSWITCH_URL)\n`);
    expect(ended.out).toMatch(/^ok {7}reachable {6}GET \/_health/mu);
    expect(ended.out).toMatch(/^ {24}-> npx hookswitch log --origin broken --since 1d --outcome/mu);
    expect(ended.out).toMatch(/^1 failed, 3 warnings, 1 left out$/mu);
  });

  test("tells which spellings a zone changes on the way, and into what", async () => {
    await afresh();
    zone.rewrite = (target) =>
      target
        .replaceAll("%2e", ".")
        .replaceAll("%c3%a9", "%C3%A9")
        .replace(/(?<=a)\/\/(?=b)/u, "/")
        .replace("q=it's", "q=it%27s");
    const { found } = await findings(zone.base);
    expect(of(found, "spelling").filter((line) => !line.startsWith("ok"))).toEqual([
      "warning ' in the query: its query arrives changed",
      expect.stringMatching(/^warning \/\/: (\S+)\/a\/\/b arrives as \1\/a\/b$/u),
      expect.stringMatching(/^warning %2e: (\S+)\/a%2eb arrives as \1\/a\.b$/u),
      expect.stringMatching(/^warning %c3%a9 \(lower case\): (\S+)%c3%a9 arrives as \1%C3%A9$/u),
      // Node's server, which stands for the zone here, takes none.
      expect.stringMatching(/^warning non-ASCII: something else than Hookswitch answered: 400/u),
    ]);
    expect(found.find(({ detail }) => detail.startsWith("%2e"))?.mend).toContain("normalisation");
  });

  test("tells who has blocked a text that looks like an attack, and how it is let through", async () => {
    zone.block = (_request, body, response) => {
      if (!body.includes("%3Cscript%3E")) return false;
      response.writeHead(403, {
        "Content-Type": "text/html; charset=UTF-8",
        Server: "cloudflare",
        "CF-Ray": "8f0c1d2e3f4a5b6c-FRA",
      });
      response.end("<!DOCTYPE html><title>Attention Required! | Cloudflare</title>");
      return true;
    };
    const { exitCode, found } = await findings(zone.base);
    expect(exitCode).toBe(1);
    const blocked = found.find(({ detail }) => detail.startsWith("a text that"));
    expect(blocked).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("Cloudflare blocked it (403, cf-ray 8f0c1d2e3f4a5b6c-FRA"),
      mend: expect.stringContaining("Security -> Events"),
    });
    expect(of(found, "signed probe")).toContain("ok a plain webhook: arrives as signed");
  });

  test("tells a challenge that meets Twilio's user agent", async () => {
    zone.block = ({ headers }, _body, response) => {
      if (headers["user-agent"] !== "TwilioProxy/1.1") return false;
      response.writeHead(403, { "cf-mitigated": "challenge", Server: "cloudflare" });
      response.end("<html>Just a moment...</html>");
      return true;
    };
    const { found } = await findings(zone.base);
    expect(of(found, "signed probe")[0]).toContain("Cloudflare asked for a challenge (403");
  });

  test("tells a wrong auth token", async () => {
    await afresh();
    const { exitCode, found } = await findings(zone.base, [], {
      TWILIO_AUTH_TOKEN: "f".repeat(31) + "0",
    });
    expect(exitCode).toBe(1);
    expect(of(found, "signed probe")).toEqual([
      "failed a plain webhook: refused (signature_mismatch)",
    ]);
    // The others would tell nothing, and only fill the log.
    expect(zone.seen.filter((line) => line.includes("doctor"))).toHaveLength(1);
  });

  test("tells what a plain webhook's URL arrives as, where it is not the one that was asked", async () => {
    await afresh();
    zone.rewrite = (target) => target.replace("/hookswitch-doctor", "/in/hookswitch-doctor");
    const changed = await findings(zone.base);
    expect(of(changed.found, "signed probe")[0]).toMatch(
      /: refused .*\/plain arrives as .*\/in\//u,
    );
  });

  test("leaves out what takes a token that is not there", async () => {
    const {
      LOG_TOKEN: _,
      LOG_ADMIN_TOKEN: __,
      TWILIO_AUTH_TOKEN: ___,
      ...env
    } = at.surroundings.env;
    const bare = { ...at.surroundings, env };
    const ended = await startCommand(["doctor"], bare).ended;
    expect(ended.exitCode).toBe(0);
    expect(ended.out).toMatch(/^skipped {2}health .*no log token/mu);
    expect(ended.out).toMatch(/^skipped {2}signed probe .*in the log alone/mu);
    const withLog = { ...env, LOG_TOKEN: at.surroundings.env["LOG_TOKEN"] ?? "" };
    const half = await startCommand(["doctor"], { ...bare, env: withLog }).ended;
    expect(half.out).toMatch(/^skipped {2}signed probe .*no auth token/mu);
  });

  test("says who answers in place of Hookswitch, and no more", async () => {
    const gone = `http://127.0.0.1:${await closedPort()}`;
    const none = await findings(gone);
    expect(none).toMatchObject({ exitCode: 1 });
    expect(none.found.map(({ check, detail }) => `${check} ${detail}`)).toEqual([
      "reachable GET /_health: connection refused: nothing listens there",
    ]);
    const api = await startLogApi();
    try {
      const other = await findings(api.base);
      expect(other.found).toHaveLength(1);
      expect(other.found[0]?.detail).toContain("something else than Hookswitch answered: 401");
    } finally {
      await api.stop();
    }
  });

  test("tells a log that is open to strangers, or closed to all", async () => {
    zone.block = ({ url }, _body, response) => {
      if (url?.startsWith("/_log/deliveries") !== true) return false;
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end("{}");
      return true;
    };
    const { exitCode, found } = await findings(zone.base);
    expect(exitCode).toBe(1);
    expect(of(found, "log closed")[0]).toMatch(
      /^failed .* answers 200 application\/json to strangers/u,
    );
  });

  test("--probe-origins asks the origins of wrangler.toml by OPTIONS, from this machine", async () => {
    const nobody = `http://127.0.0.1:${await closedPort()}`;
    await writeFile(
      join(at.surroundings.cwd, "wrangler.toml"),
      `name = "hooks"\nmain = "index.ts"\ncompatibility_date = "2026-10-01"
[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ["Ledger"]
[[durable_objects.bindings]]\nname = "LEDGER"\nclass_name = "Ledger"
[vars.ORIGINS.sms]\npath = "/sms"\nurl = "${at.rig.origin.base}/sms"\nfallback = "${nobody}/sms"\n`,
    );
    const before = at.rig.origin.seen.length;
    const { found } = await findings(at.base, ["--probe-origins"]);
    const probed = of(found, "origin").filter((line) => line.includes("OPTIONS"));
    expect(probed).toEqual([
      expect.stringMatching(/^ok sms: OPTIONS \S+\/sms from this machine: 200, \d+ ms$/u),
      expect.stringMatching(/^failed sms's fallback: .* connection refused/u),
    ]);
    expect(at.rig.origin.seen.slice(before).map(({ method }) => method)).toEqual(["OPTIONS"]);
  });

  test("sends no probe to an origin that takes every path, unless it may", async () => {
    const rig = await startRig({
      origins: (base) => ({ all: { path: "/*", url: `${base}/*` } }),
    });
    try {
      const url = `http://127.0.0.1:${rig.worker.plain.port}`;
      const { found } = await findings(url);
      expect(of(found, "signed probe")[0]).toContain("skipped the origin all takes every path");
      expect(rig.origin.seen).toEqual([]);
      const probed = await findings(url, ["--probe-origins"]);
      expect(of(probed.found, "signed probe")).toContain("ok a plain webhook: arrives as signed");
      expect(rig.origin.seen.length).toBeGreaterThan(0);
    } finally {
      await rig.stop();
    }
  });

  test("tells keys that are missing, with what sets them", async () => {
    const rig = await startRig({
      origins: (base) => ({ sms: { path: "/sms", url: `${base}/sms` } }),
      vars: () => ({ TWILIO_AUTH_TOKEN: undefined }),
    });
    try {
      const { exitCode, found } = await findings(`http://127.0.0.1:${rig.worker.plain.port}`);
      expect(exitCode).toBe(1);
      expect(found.find(({ check }) => check === "keys")).toMatchObject({
        state: "failed",
        mend: "npx wrangler secret put TWILIO_AUTH_TOKEN",
      });
      expect(of(found, "signed probe")[0]).toContain("answered 500");
    } finally {
      await rig.stop();
    }
  });

  test.each([
    ["hooks.example.com", "expected an address"],
    ["https://hooks.example.com/voice", "expected scheme, host and port"],
    ["http://hooks.example.com", "expected https"],
  ])("%s cannot be looked at", async (url, message) => {
    expect(await at.run(["doctor", url])).toMatchObject({
      exitCode: 2,
      out: "",
      err: expect.stringContaining(message),
    });
  });
});
