import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { check, type CheckOptions } from "../../src/cli/check.ts";

const authToken = "5f0c3f9e7b1a4d2c8e6f0a9b3c5d7e1f";
const logToken = "hXq3Zr8vT1mK6yB9wN4sE7uC2pD5fG0j";

/** The parts of a wrangler.toml in which nothing is wrong. */
const main = `
main = "index.ts"
`;
const migrations = `
[[migrations]]
tag = "v1"
new_sqlite_classes = ["Ledger"]
`;
const head = `
name = "hooks"
compatibility_date = "2026-10-01"
compatibility_flags = ["enable_request_signal", "global_fetch_strictly_public"]
${main}${migrations}`;
const ledger = (prefix = ""): string => `
[[${prefix}durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"
`;
const kv = (prefix = ""): string => `
[[${prefix}kv_namespaces]]
binding = "ANSWERS"
`;
const sms = (prefix = ""): string => `
[${prefix}vars.ORIGINS.sms]
path = "/sms"
url = "https://app.example.com/twilio/sms?tenant=marker"
`;
const valid = [head, ledger(), kv(), sms()].join("");

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookswitch-check-"));
  await writeFile(join(folder, "index.ts"), "export default {};");
});

afterEach(() => rm(folder, { recursive: true }));

/** Runs the check in a folder with these files, and tells what it printed. */
async function run(
  toml: string,
  options: CheckOptions = {},
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number; readonly out: string; readonly err: string }> {
  await writeFile(join(folder, "wrangler.toml"), toml);
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await check(options, {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    env,
    cwd: folder,
    isInteractive: false,
    screen: undefined,
    readLine: () => Promise.resolve(undefined),
    onReaderGone: () => {},
    onInterrupt: () => () => {},
    style: (_style, text) => text,
  });
  return { exitCode, out: out.join("\n"), err: err.join("\n") };
}

test("check() says what a valid configuration comes to", async () => {
  const env = { TWILIO_AUTH_TOKEN: authToken, LOG_TOKEN: logToken };
  expect(await run(valid, {}, env)).toEqual({
    exitCode: 0,
    err: "",
    out: [
      "sms  /sms  https://app.example.com/twilio/sms within 14000 ms",
      "ok: wrangler.toml, 1 origin, ledger of 1 shard in enam, log of 30 days",
    ].join("\n"),
  });
});

test("check() says of each origin where it goes, step by step", async () => {
  const voice = `
[vars.ORIGINS.voice]
path = "/voice/*"
host = "hooks.example.com"
url = "https://app.example.com/voice/*#tt=9000"
fallback = "https://backup.example.com/voice/*"
fallback_twiml = "<Response/>"
`;
  const { exitCode, out } = await run(valid + voice);
  expect(exitCode).toBe(0);
  expect(out).toContain(
    "voice  hooks.example.com/voice/*  https://app.example.com/voice/* within 9000 ms, " +
      "then https://backup.example.com/voice/*, then fixed TwiML",
  );
});

test("check() says of what Twilio reports to that nothing is sent on", async () => {
  const reports = `
[vars.ORIGINS.debugger]
path = "/debugger"
mode = "debugger"
[vars.ORIGINS.last]
path = "/last"
mode = "twilio_fallback"
fallback_twiml = "<Response/>"
`;
  const { exitCode, out } = await run(valid + reports, { url: "https://h.example.com/debugger" });
  expect(exitCode).toBe(0);
  expect(out).toContain("debugger  /debugger  noted\nlast      /last      noted, then fixed TwiML");
  expect(out).toContain("h.example.com/debugger meets debugger, is noted and answered at once");
});

test("check() prints one line for each problem and ends with 1", async () => {
  const toml = `${valid}mode = "debug"\nfallbck = "x"\n\n[vars.ORIGINS.voice]\npath = "/voice"\n`;
  const { exitCode, out } = await run(
    toml,
    {},
    { TWILIO_AUTH_TOKEN: authToken, LOG_TOKEN: logToken },
  );
  expect(exitCode).toBe(1);
  expect(out.split("\n")).toEqual([
    'ORIGINS.sms.fallbck: expected a key that Hookswitch knows, found "fallbck"; did you mean "fallback"?',
    'ORIGINS.sms.mode: expected "respond", "queue", "debugger" or "twilio_fallback", found "debug"',
    "ORIGINS.voice.url: expected the https URL that webhooks are sent to, found nothing",
    "3 problems in wrangler.toml",
  ]);
});

test("check() prints warnings and still ends with 0", async () => {
  const toml = valid.replace("https://app.example.com/twilio/sms", "http://localhost:8788/sms");
  const { exitCode, out } = await run(toml);
  expect(exitCode).toBe(0);
  expect(out).toContain(
    "warning: ORIGINS.sms.url: localhost:8788 is this machine itself: not reached from Cloudflare",
  );
});

test("check() only notes secrets that are not on this machine", async () => {
  const headers = `\n[vars.ORIGINS.sms.headers]\nAuthorization = "$APP_LOGIN"\n`;
  const { exitCode, out } = await run(valid + headers);
  expect(exitCode).toBe(0);
  expect(out.match(/^note: [\w.]+/gm)).toEqual([
    "note: TWILIO_AUTH_TOKEN",
    "note: LOG_TOKEN",
    "note: ORIGINS.sms.headers.Authorization",
  ]);
});

const alerts = (prefix = ""): string => `
[${prefix}vars.ALERTS]
slack = "$SLACK_URL"
`;
const trigger = `
[triggers]
crons = ["* * * * *"]
`;

describe("check() of alerts", () => {
  const env = {
    TWILIO_AUTH_TOKEN: authToken,
    LOG_TOKEN: logToken,
    SLACK_URL: "https://hooks.slack.example/a-secret-path",
  };

  test("says who is told, and reads the secret from the environment", async () => {
    const { exitCode, out } = await run(valid + alerts() + trigger, {}, env);
    expect(out.split("\n").at(-1)).toBe(
      "ok: wrangler.toml, 1 origin, ledger of 1 shard in enam, log of 30 days, alerts to slack",
    );
    expect(exitCode).toBe(0);
  });

  test("notes a secret that is not on this machine", async () => {
    const { exitCode, out } = await run(valid + alerts() + trigger);
    expect(exitCode).toBe(0);
    expect(out).toContain(
      "note: ALERTS.slack: expected the secret SLACK_URL, found none of that name (fine if",
    );
  });

  test.each([
    ["", "none"],
    ['[triggers]\ncrons = ["0 3 * * *"]\n', "another one"],
  ])("refuses them without a trigger of every minute: %j", async (triggers, found) => {
    const { exitCode, out } = await run(valid + alerts() + triggers, {}, env);
    expect(exitCode).toBe(1);
    expect(out.split("\n")[0]).toBe(
      `triggers.crons: expected a trigger of every minute beside ALERTS, found ${found}, so nobody is told: ` +
        'crons = ["* * * * *"] below [triggers]',
    );
  });

  test("takes the trigger that an environment inherits", async () => {
    const toml = [...production, sms("env.production."), alerts("env.production."), trigger];
    const { exitCode } = await run(toml.join(""), { env: "production" }, env);
    expect(exitCode).toBe(0);
  });

  test("tells a name that is almost theirs", async () => {
    const { exitCode, out } = await run(valid + alerts().replace("ALERTS", "ALERT"), {}, env);
    expect(exitCode).toBe(1);
    expect(out).toContain("vars.ALERT: expected a variable of Hookswitch or of your own");
  });
});

const production = [head, ledger(), kv(), sms(), ledger("env.production."), kv("env.production.")];

test("check() with --env makes absent secrets problems", async () => {
  const toml = [...production, sms("env.production.")].join("");
  const { exitCode, out } = await run(toml, { env: "production" });
  expect(exitCode).toBe(1);
  expect(out).toContain(
    "TWILIO_AUTH_TOKEN: expected the account's auth token, found no key at all",
  );
  expect(out).not.toContain("note:");
});

test("check() with --env takes secrets from the environment, those of headers too", async () => {
  const headers = `\n[env.production.vars.ORIGINS.sms.headers]\nAuthorization = "$APP_LOGIN"\n`;
  const toml = [...production, sms("env.production."), headers].join("");
  const env = { TWILIO_AUTH_TOKEN: authToken, LOG_TOKEN: logToken, APP_LOGIN: "Basic x" };
  const { exitCode, out } = await run(toml, { env: "production" }, env);
  expect(out).toMatch(/^sms .*\nok: /);
  expect(exitCode).toBe(0);
});

test("check() reads .dev.vars beside the file, and .dev.vars.<env> in its place", async () => {
  await writeFile(join(folder, ".dev.vars"), `TWILIO_AUTH_TOKEN=\nLOG_TOKEN=${logToken}\n`);
  expect((await run(valid)).out).toContain("TWILIO_AUTH_TOKEN: expected a secret, found an empty");
  await writeFile(join(folder, ".dev.vars.production"), `TWILIO_AUTH_TOKEN="${authToken}"\n`);
  const toml = [...production, sms("env.production.")].join("");
  const { exitCode, out } = await run(toml, { env: "production" });
  expect(exitCode).toBe(0);
  expect(out).toContain("warning: LOG_TOKEN: not set");
});

test("check() lets the environment go before .dev.vars, unless it is empty there", async () => {
  await writeFile(join(folder, ".dev.vars"), `TWILIO_AUTH_TOKEN=changeme\n`);
  expect((await run(valid, {}, { TWILIO_AUTH_TOKEN: authToken })).exitCode).toBe(0);
  expect((await run(valid, {}, { TWILIO_AUTH_TOKEN: "" })).exitCode).toBe(1);
});

test("check() with --env finds what is not inherited", async () => {
  const toml = `${valid}\n[env.production]\nworkers_dev = false\n`;
  const env = { TWILIO_AUTH_TOKEN: authToken, LOG_TOKEN: logToken };
  const { exitCode, out } = await run(toml, { env: "production" }, env);
  expect(exitCode).toBe(1);
  expect(out.split("\n")).toEqual([
    'env.production.durable_objects.bindings: expected a binding LEDGER of the class Ledger, found none; environments inherit no durable_objects: write name = "LEDGER" and class_name = "Ledger" below [[env.production.durable_objects.bindings]]',
    "ORIGINS: expected at least one origin, found none",
    "warning: env.production.vars.ORIGINS: set at the top level only; environments inherit no vars: repeat it as env.production.vars.ORIGINS",
    'warning: env.production.kv_namespaces: ANSWERS is bound at the top level only; environments inherit no kv_namespaces: write binding = "ANSWERS" below [[env.production.kv_namespaces]]',
    "2 problems in wrangler.toml",
  ]);
});

test.each([
  [head + sms(), "expected a binding LEDGER of the class Ledger, found none"],
  [
    valid.replace('class_name = "Ledger"', 'class_name = "Log"'),
    'Ledger, found one of the class "Log"',
  ],
])("check() finds that the ledger is not bound", async (toml, message) => {
  const { exitCode, out } = await run(toml);
  expect(exitCode).toBe(1);
  expect(out).toContain(`durable_objects.bindings: `);
  expect(out).toContain(message);
});

test("check() finds that main is missing: nothing would be deployed", async () => {
  const { exitCode, out } = await run(valid.replace(main, ""));
  expect(exitCode).toBe(1);
  expect(out).toContain("main: expected the Worker's entry point, found none");
});

const exported = (storage: string): string => `
[exports.Ledger]
type = "durable-object"
storage = "${storage}"
`;

test.each([
  ["a migration", migrations],
  [
    "a migration that renames",
    `${migrations.replace("Ledger", "Log")}
[[migrations]]
tag = "v2"
renamed_classes = [{ from = "Log", to = "Ledger" }]
`,
  ],
  [
    "a migration that takes it over from another Worker",
    `[[migrations]]\ntag = "v1"\n[[migrations.transferred_classes]]\nfrom = "Log"\nfrom_script = "hooks"\nto = "Ledger"\n`,
  ],
  ["exports", exported("sqlite")],
])("check() takes the class Ledger from %s", async (_what, lifecycle) => {
  const { exitCode, out } = await run(valid.replace(migrations, lifecycle));
  expect(out).toMatch(/^ok: /m);
  expect(exitCode).toBe(0);
});

test.each([
  ["nothing", "", "migrations", "found none"],
  ["another class", migrations.replace("Ledger", "Log"), "migrations", "found none"],
  [
    "a class without SQLite",
    migrations.replace("sqlite_", ""),
    "migrations",
    "found it without SQLite",
  ],
  [
    "a class that is deleted later",
    `${migrations}\n[[migrations]]\ntag = "v2"\ndeleted_classes = ["Ledger"]\n`,
    "migrations",
    "found none",
  ],
  [
    "exports of another class",
    exported("sqlite").replace("Ledger", "Log"),
    "exports",
    "found none",
  ],
  ["exports without SQLite", exported("legacy-kv"), "exports", "found it without SQLite"],
])("check() refuses %s in place of the class Ledger", async (_what, lifecycle, key, found) => {
  const { exitCode, out } = await run(valid.replace(migrations, lifecycle));
  expect(exitCode).toBe(1);
  expect(out).toMatch(new RegExp(`^${key}: expected the class Ledger .*, ${found}$`, "m"));
});

test("check() asks for no migration where another Worker has the ledger", async () => {
  const elsewhere = valid
    .replace(migrations, "")
    .replace(ledger(), `${ledger()}script_name = "hooks-ledger"\n`);
  expect((await run(elsewhere)).exitCode).toBe(0);
});

test("check() knows from the file whether KV is bound", async () => {
  const store = `dedupe = { store = "ledger+kv" }\n`;
  expect((await run(valid + store)).exitCode).toBe(0);
  const { out } = await run([head, ledger(), sms(), store].join(""));
  expect(out).toContain('ORIGINS.sms.dedupe.store: expected "ledger", since no KV namespace');
});

test("check() warns of a secret that is written into the file, without telling it", async () => {
  const toml = `${valid}\n[vars]\nLOG_TOKEN = "${logToken}"\n`.replace(sms(), "") + sms();
  const { out } = await run(toml);
  expect(out).toContain("warning: vars.LOG_TOKEN: a secret in a file that is shared: npx wrangler");
  expect(out).not.toContain(logToken);
});

test.each([
  ["name = 5\n", /^error: wrangler\.toml: Expected "name" to be of type string/],
  ['name = "x\n', /^error: wrangler\.toml: line 1, column \d+: Invalid TOML/],
])("check() makes one line of %o", async (toml, message) => {
  const { exitCode, out, err } = await run(toml);
  expect(err).toMatch(message);
  expect([exitCode, out, err.split("\n").length]).toEqual([1, "", 1]);
});

test.each([
  ["the top level", "", {}],
  ["an environment", "env.production.", { env: "production" }],
])(
  "check() keeps wrangler's reason, which stands below what it is about, for %s",
  async (_of, prefix, options) => {
    const toml = `${valid}\n[[${prefix}durable_objects.bindings]]\nname = "OTHER"\n`;
    expect((await run(toml, options)).err).toMatch(
      /^error: wrangler\.toml: "\S*durable_objects\.bindings\[\d\]": \{"name":"OTHER"\} binding should have a string "class_name" field\.$/,
    );
  },
);

test("check() makes one line of an environment or a file that is not there", async () => {
  expect((await run(valid, { env: "nope" })).err).toBe(
    "error: wrangler.toml: expected an environment env.nope, found none of that name",
  );
  expect((await run(valid, { config: "nope.toml" })).err).toMatch(/^error: nope\.toml: Could not/);
});

test.each([
  [
    "https://hooks.example.com/sms?To=marker",
    0,
    "hooks.example.com/sms meets sms, is sent to https://app.example.com/twilio/sms",
  ],
  ["https://hooks.example.com/voice", 1, "hooks.example.com/voice meets no origin: answered 404"],
  ["https://hooks.example.com/broken", 1, "meets broken, which has problems: answered 500"],
  ["https://hooks.example.com/_log/sms", 1, "is Hookswitch's own /_log, and no webhook"],
  ["https://hooks.example.com/a/../sms", 1, "has a dot segment or backslash: answered 404"],
])("check() tells what %s meets", async (url, exitCode, message) => {
  const broken = `\n[vars.ORIGINS.broken]\npath = "/broken"\nurl = "nowhere"\n`;
  const result = await run(url.includes("broken") ? valid + broken : valid, { url });
  expect(result.out.split("\n").at(-1)).toContain(message);
  expect(result.out).not.toContain("marker");
  expect(result.exitCode).toBe(exitCode);
});

test("check() takes a prefix's rest along", async () => {
  const voice = `\n[vars.ORIGINS.voice]\npath = "/voice/*"\nurl = "https://app.example.com/v/*"\n`;
  const { out } = await run(valid + voice, { url: "https://hooks.example.com/voice/menu/1" });
  expect(out).toContain("is sent to https://app.example.com/v/menu/1");
});

test("check() ends with 2 when --url is no URL", async () => {
  const { exitCode, err } = await run(valid, { url: "hooks.example.com/sms" });
  expect([exitCode, err]).toEqual([2, "error: expected --url to be an http or https URL"]);
});

test("check() prints one JSON object with --json", async () => {
  const { exitCode, out } = await run(`${valid}colour = 1\n`, {
    json: true,
    url: "https://hooks.example.com/other",
  });
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toEqual({
    problems: [
      {
        key: "ORIGINS.sms.colour",
        message: 'expected a key that Hookswitch knows, found "colour"',
        concerns: { kind: "origin", name: "sms" },
      },
    ],
    warnings: [],
    notes: [
      { key: "TWILIO_AUTH_TOKEN", message: expect.any(String) },
      { key: "LOG_TOKEN", message: expect.any(String) },
    ],
    origins: [],
    url: { kind: "nobody", message: "hooks.example.com/other meets no origin: answered 404" },
  });
});

test("check() prints origins with --json", async () => {
  expect(JSON.parse((await run(valid, { json: true })).out)).toMatchObject({
    origins: [
      {
        name: "sms",
        route: "/sms",
        url: "https://app.example.com/twilio/sms",
        budgetMs: 14_000,
        fallback: null,
        hasFallbackTwiml: false,
      },
    ],
  });
});

test("check() prints JSON even for a file that cannot be read", async () => {
  const { exitCode, out } = await run("name = 5\n", { json: true });
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ problems: [{ key: "wrangler.toml" }], origins: [] });
});

test("check() finds nothing wrong in the wrangler.toml of this repository", async () => {
  // In a folder of its own: beside the repository's a user has secrets.
  const shipped = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
  expect((await run(shipped, { json: true })).out).toContain('"problems": []');
});

test.each(["ORIGIN", "origins", "Origins"])(
  "check() refuses a variable %s: its origins would be missing without a word",
  async (name) => {
    const { exitCode, out } = await run(
      `${valid}\n[vars.${name}.voice]\npath = "/voice"\nurl = "https://app.example.com/voice"\n`,
    );
    expect(exitCode).toBe(1);
    expect(out).toContain(`vars.${name}: `);
    expect(out).toContain('did you mean "ORIGINS"');
  },
);

test("check() passes wrangler's warnings of an environment on, each on one line", async () => {
  const bucket = `\n[[r2_buckets]]\nbinding = "MINE"\nbucket_name = "mine"\n`;
  const { exitCode, out } = await inProduction({ more: bucket });
  expect(exitCode).toBe(0);
  expect(out.split("\n")[0]).toMatch(
    /^warning: wrangler\.toml: "r2_buckets" exists at the top level, but not on "env\.production"/,
  );
});

const secrets = { TWILIO_AUTH_TOKEN: authToken, LOG_TOKEN: logToken };

/** Checks an environment in which nothing is wrong but what is written at the top, in it, or further down. */
async function inProduction(parts: {
  readonly top?: string;
  readonly own?: string;
  readonly more?: string;
}): Promise<Awaited<ReturnType<typeof run>>> {
  const { top = "", own = "", more = "" } = parts;
  const toml = [
    `${top}\n`,
    ...production,
    `\n[env.production]\n${own}\n`,
    sms("env.production."),
    more,
  ].join("");
  return run(toml, { env: "production" }, secrets);
}

const oneRoute = `routes = [{ pattern = "hooks.example.com", custom_domain = true }]`;

test("check() with --env warns once of a host name that the environment would take away", async () => {
  const { exitCode, out } = await inProduction({ top: oneRoute });
  expect(exitCode).toBe(0);
  expect(out.match(/^warning: .*/gm)).toEqual([
    "warning: env.production.routes: inherited from the top level: deploying this environment takes hooks.example.com away from the Worker there; give it routes of its own, or routes = []",
  ]);
});

test.each([
  [oneRoute, "routes = []"],
  [oneRoute, 'routes = ["a.example.com/*"]'],
  ['route = "hooks.example.com/*"', 'route = "a.example.com/*"'],
])("check() with --env and %s at the top takes %s as its own address", async (top, own) => {
  expect((await inProduction({ top, own })).out).not.toContain("warning:");
});

test("check() with --env knows that wrangler takes routes of the top before a route of its own", async () => {
  const { out } = await inProduction({ top: oneRoute, own: 'route = "a.example.com/*"' });
  expect(out).toContain("takes hooks.example.com away from the Worker there");
});

test.each([
  ["compatibility_flags = []", /^env\.production\.compatibility_flags: .*"global_fetch_strictly/m],
  ["compatibility_flags = []", /^env\.production\.compatibility_flags: .*"enable_request_signal/m],
  ['compatibility_date = "2026-09-30"', /^env\.production\.compatibility_date: .*"2026-10-01" or/m],
  ["migrations = []", /^env\.production\.migrations: expected the class Ledger/m],
])("check() with --env finds %j, which takes the place of what is inherited", async (own, line) => {
  const { exitCode, out } = await inProduction({ own });
  expect(exitCode).toBe(1);
  expect(out).toMatch(line);
});

test("check() finds at the top what an environment inherits from there", async () => {
  const toml = [...production, sms("env.production.")].join("").replace(/^compat.*flags.*$/m, "");
  const { out } = await run(toml, { env: "production" }, secrets);
  expect(out.match(/^[\w.]+: expected "/gm)).toEqual([
    'compatibility_flags: expected "',
    'compatibility_flags: expected "',
  ]);
});

/** `[assets]` as it should be, but for one line. */
function assets(line: string): string {
  const lines = {
    directory: 'directory = "page"',
    binding: 'binding = "PAGE"',
    run_worker_first: "run_worker_first = true",
    html_handling: 'html_handling = "none"',
  };
  const name = line.split(" ")[0] ?? "";
  return `\n[assets]\n${Object.values({ ...lines, [name]: line }).join("\n")}\n`;
}

async function writePage(where: string): Promise<void> {
  await mkdir(join(folder, where), { recursive: true });
  await writeFile(join(folder, where, "index.html"), "");
}

test.each([
  [
    'binding = "ASSETS"',
    /^assets\.binding: expected "PAGE", found "ASSETS": the log has no page$/m,
  ],
  ["run_worker_first = false", /^assets\.run_worker_first: expected true, found false: /m],
  ['html_handling = "auto-trailing-slash"', /^assets\.html_handling: expected "none", found /m],
  ['directory = "nowhere"', /^assets\.directory: .*no index\.html in "nowhere": npm install$/m],
])("check() finds %s of the page's assets", async (line, message) => {
  await writePage("page");
  expect((await run(valid + assets(""), {}, secrets)).exitCode).toBe(0);
  const { exitCode, out } = await run(valid + assets(line), {}, secrets);
  expect(exitCode).toBe(1);
  expect(out).toMatch(message);
});

test("check() does not ask for a page that the build is to make", async () => {
  const build = `\n[build]\ncommand = "true"\n`;
  expect((await run(valid + assets("") + build, {}, secrets)).exitCode).toBe(0);
});

test("check() tells of a page that npm update does not renew, and where that one is", async () => {
  await writePage("page");
  await writePage("node_modules/hookswitch/dist/page");
  await writeFile(join(folder, "node_modules/hookswitch/package.json"), "{}");
  const { exitCode, out } = await run(valid + assets(""), {}, secrets);
  expect(exitCode).toBe(0);
  expect(out).toContain(
    'warning: assets.directory: not that of the installed package, so npm update does not renew it: write directory = "node_modules/hookswitch/dist/page"',
  );
});

test("check() with --env says how each missing secret is set there", async () => {
  const toml = [...production, sms("env.production.")].join("");
  const { out } = await run(toml, { env: "production" });
  expect(out).toContain(
    "no key at all: npx wrangler secret put TWILIO_AUTH_TOKEN --env production",
  );
  expect(out).toContain("npx wrangler secret put LOG_TOKEN --env production");
});

test("check() leaves variables of the user's own alone", async () => {
  const { exitCode } = await run(
    `${valid}\n[vars]\nAPP_LOGIN_NAME = "x"\n`.replace(sms(), "") + sms(),
  );
  expect(exitCode).toBe(0);
});
