import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import {
  accountSid,
  adminToken,
  authToken,
  logToken,
  sms,
  validEnv,
  withOrigin,
} from "./valid-env.ts";

const all = { kind: "all" };
const log = { kind: "log" };
const audience = "a1".repeat(32);
const example = "an example value";

test.each<[env: Record<string, unknown>, key: string, concerns: unknown, message: string]>([
  [{ ORIGINS: undefined }, "ORIGINS", all, "expected at least one origin, found none"],
  [{ ORIGINS: {} }, "ORIGINS", all, "expected at least one origin, found none"],
  [{ LEDGER_SHARDS: 0 }, "LEDGER_SHARDS", all, "expected a whole number from 1 to 1024, found 0"],
  [{ LEDGER_SHARDS: 1_025 }, "LEDGER_SHARDS", all, "found 1025"],
  [{ LEDGER_SHARDS: "1025" }, "LEDGER_SHARDS", all, 'found "1025"'],
  [{ LEDGER_SHARDS: "1.5" }, "LEDGER_SHARDS", all, 'found "1.5"'],
  [{ LEDGER_SHARDS: "" }, "LEDGER_SHARDS", all, 'found ""'],
  [{ LEDGER_LOCATION: "paris" }, "LEDGER_LOCATION", all, 'expected "wnam", "enam", "sam"'],
  [{ LEDGER_JURISDICTION: "de" }, "LEDGER_JURISDICTION", all, 'expected "eu", "us", "fedramp" or'],
  [
    { LEDGER_JURISDICTION: "eu", LEDGER_LOCATION: "weur" },
    "LEDGER_LOCATION",
    all,
    "expected either LEDGER_LOCATION or LEDGER_JURISDICTION, found both",
  ],
  [{ LOG_DAYS: 1 }, "LOG_DAYS", log, "expected a whole number from 2 to 400, found 1"],
  [{ LOG_DAYS: "401" }, "LOG_DAYS", log, 'found "401"'],
  [{ LOG_TOKEN: "" }, "LOG_TOKEN", log, "found an empty value"],
  [{ LOG_TOKEN: 5 }, "LOG_TOKEN", log, "found something that is no text"],
  [
    { LOG_TOKEN: logToken.slice(1) },
    "LOG_TOKEN",
    log,
    "expected 32 random characters or more, found 31",
  ],
  [{ LOG_TOKEN: `${logToken}\n` }, "LOG_TOKEN", log, "found spaces, line breaks"],
  [{ LOG_TOKEN: "x".repeat(32) }, "LOG_TOKEN", log, example],
  [{ LOG_TOKEN: "change-me-change-me-change-me-now" }, "LOG_TOKEN", log, example],
  [{ LOG_TOKEN: "0123456789abcdef".repeat(2) }, "LOG_TOKEN", log, example],
  [{ LOG_ADMIN_TOKEN: adminToken.slice(1) }, "LOG_ADMIN_TOKEN", log, "found 31"],
  [{ LOG_ADMIN_TOKEN: logToken }, "LOG_ADMIN_TOKEN", log, "expected another token than LOG_TOKEN"],
  [{ LEDGER: undefined }, "LEDGER", log, "nothing is logged"],
  [{ ACCESS: "team" }, "ACCESS", log, "expected a table with team and audience"],
  [{ ACCESS: { team: "example" } }, "ACCESS.audience", log, "64 hexadecimal digits"],
  [{ ACCESS: { team: "example", audience: "x" } }, "ACCESS.audience", log, "(AUD)"],
  [{ ACCESS: { audience } }, "ACCESS.team", log, "the name of your team"],
  [
    { ACCESS: { team: "http://example.com", audience } },
    "ACCESS.team",
    log,
    "the name of your team",
  ],
  [
    { ACCESS: { team: "https://evil.example/.cloudflareaccess.com", audience } },
    "ACCESS.team",
    log,
    "the name of your team",
  ],
  [
    { ACCESS: { team: "example", audience, admins: "ops@example.com" } },
    "ACCESS.admins",
    log,
    "a list of e-mail addresses",
  ],
  [{ ACCESS: { team: "example", audience, admins: ["ops"] } }, "ACCESS.admins", log, "a list of"],
  [{ ACCESS: { team: "example", audience, admin: [] } }, "ACCESS.admin", log, "admins"],
  [{ TWILIO_AUTH_TOKEN: undefined }, "TWILIO_AUTH_TOKEN", all, "found no key at all"],
  [{ TWILIO_AUTH_TOKEN: "" }, "TWILIO_AUTH_TOKEN", all, "found an empty value"],
  [{ TWILIO_AUTH_TOKEN: `${authToken},` }, "TWILIO_AUTH_TOKEN", all, "number 2 of the list"],
  [{ TWILIO_SIGNING_KEYS: "{" }, "TWILIO_SIGNING_KEYS", all, "expected JSON"],
])("parseConfig() refuses %o", (changes, key, concerns, message) => {
  const env = Object.fromEntries(
    Object.entries(validEnv(changes)).filter(([, value]) => value !== undefined),
  );
  expect(parseConfig(env).problems).toEqual([
    { key, concerns, message: expect.stringContaining(message) },
  ]);
});

test.each([
  [{ LEDGER_SHARDS: 1 }, { shards: 1 }],
  [{ LEDGER_SHARDS: "1024" }, { shards: 1_024 }],
  [{ LEDGER_LOCATION: "apac-ne" }, { location: "apac-ne", jurisdiction: undefined }],
  [{ LEDGER_JURISDICTION: "fedramp-high" }, { location: undefined, jurisdiction: "fedramp-high" }],
  [{ LOG_DAYS: "2" }, { logDays: 2 }],
  [{ LOG_DAYS: 400 }, { logDays: 400 }],
  [{}, { shards: 1, location: "enam", jurisdiction: undefined, logDays: 30 }],
])("parseConfig() reads the ledger's %o", (env, ledger) => {
  const config = parseConfig(validEnv(env));
  expect(config.problems).toEqual([]);
  expect(config.ledger).toMatchObject(ledger);
});

test("parseConfig() reads the log's tokens", () => {
  expect(parseConfig(validEnv()).logAccess).toEqual({
    token: logToken,
    adminToken,
    access: undefined,
  });
});

test.each([
  ["example", "https://example.cloudflareaccess.com"],
  ["https://example.cloudflareaccess.com", "https://example.cloudflareaccess.com"],
  ["http://127.0.0.1:8790", "http://127.0.0.1:8790"],
])(
  "parseConfig() reads Access of the team %s, in place of tokens or beside them",
  (team, issuer) => {
    const ACCESS = { team, audience, admins: ["Ops@Example.com", "88bf.access"] };
    const { logAccess, problems, warnings } = parseConfig(
      validEnv({ ACCESS, LOG_TOKEN: undefined }),
    );
    expect([problems, warnings]).toEqual([[], []]);
    expect(logAccess.access).toEqual({
      issuer,
      audience,
      admins: ["ops@example.com", "88bf.access"],
    });
  },
);

test.each([[{ LOG_TOKEN: undefined }], [{ LOG_TOKEN: "short" }], [{ LOG_ADMIN_TOKEN: logToken }]])(
  "parseConfig() closes the log to everybody with %o",
  (changes) => {
    const { logAccess } = parseConfig(validEnv(changes));
    expect(logAccess).toEqual({ token: undefined, adminToken: undefined });
  },
);

test("parseConfig() warns that the log is closed without LOG_TOKEN", () => {
  const { problems, warnings } = parseConfig(validEnv({ LOG_TOKEN: undefined }));
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    { key: "LOG_TOKEN", message: "not set: the log is closed to everybody" },
  ]);
});

test("parseConfig() reads ORIGINS and every ORIGINS_<anything>, tables or JSON", () => {
  const { problems, origins } = parseConfig(
    validEnv({
      ORIGINS_VOICE: JSON.stringify({
        voice: { path: "/voice", url: "https://app.example.com/v" },
      }),
      ORIGINS_: { status: { path: "/status", url: "https://app.example.com/s" } },
      ORIGINSX: { other: {} },
    }),
  );
  expect(problems).toEqual([]);
  expect(origins.map(({ name }) => name)).toEqual(["sms", "status", "voice"]);
});

test.each([["{"], ["[]"], ["marker"], [[]], [5]])(
  "parseConfig() refuses %o as ORIGINS_B and uses the others",
  (value) => {
    const { problems, origins, brokenOrigins } = parseConfig(validEnv({ ORIGINS_B: value }));
    expect(problems).toEqual([
      {
        key: "ORIGINS_B",
        message: expect.stringMatching(
          /^expected a table of origins or its JSON, found (?!.*marker)/,
        ),
        concerns: { kind: "origin", name: "ORIGINS_B" },
      },
    ]);
    expect(origins.map(({ name }) => name)).toEqual(["sms"]);
    expect(brokenOrigins).toEqual([{ name: "ORIGINS_B", route: undefined }]);
  },
);

test.each(["", "-a", "a b", "a.b", "a".repeat(65), "__proto__"])(
  "parseConfig() refuses the origin name %o",
  (name) => {
    const origins = JSON.stringify(Object.fromEntries([[name, sms]]));
    expect(parseConfig(validEnv({ ORIGINS: origins })).problems).toEqual([
      expect.objectContaining({
        key: `ORIGINS.${name}`,
        message: expect.stringContaining("expected a name of at most 64"),
      }),
    ]);
  },
);

test.each(["a", "9", "sms-2_b", "a".repeat(64), "constructor"])(
  "parseConfig() takes the origin name %o",
  (name) => {
    expect(parseConfig(validEnv({ ORIGINS: { [name]: sms } })).problems).toEqual([]);
  },
);

test("parseConfig() refuses an origin that is no table", () => {
  expect(parseConfig(validEnv({ ORIGINS: { sms: "x", path: "/sms" } })).problems).toEqual([
    expect.objectContaining({
      key: "ORIGINS.sms",
      message: 'expected a table with path and url, found "x"',
    }),
    expect.objectContaining({ key: "ORIGINS.path" }),
  ]);
});

test("parseConfig() uses neither of two origins with one name", () => {
  const { problems, origins, brokenOrigins } = parseConfig(
    validEnv({ ORIGINS_B: { sms: { ...sms, path: "/other" } } }),
  );
  expect(problems.map(({ key, message }) => `${key}: ${message}`)).toEqual([
    'ORIGINS.sms: expected each name once, found "sms" again',
    'ORIGINS_B.sms: expected each name once, found "sms" again',
  ]);
  expect(origins).toEqual([]);
  expect(brokenOrigins.map(({ route }) => route?.typedPath)).toEqual(["/sms", "/other"]);
});

test.each([
  [{ path: "/a" }, { path: "/a" }],
  [{ path: "/a~b" }, { path: "/a%7Eb" }],
  [
    { path: "/a", host: "h.example" },
    { path: "/a", host: "H.Example" },
  ],
  [
    { path: "/a/*", url: "https://app.example.com/*" },
    { path: "/a/*", url: "https://app.example.com/*" },
  ],
])("parseConfig() uses neither of the equal routes %o and %o", (one, two) => {
  const origins = { one: { ...sms, ...one }, two: { ...sms, ...two } };
  const config = parseConfig(validEnv({ ORIGINS: origins }));
  expect(config.problems.map(({ key, message }) => `${key}: ${message}`)).toEqual([
    'ORIGINS.one.path: expected each route once, found that of "two" again',
    'ORIGINS.two.path: expected each route once, found that of "one" again',
  ]);
  expect(config.origins).toEqual([]);
});

test.each([
  [{ path: "/a" }, { path: "/A" }],
  [{ path: "/a/" }, { path: "/a/*", url: "https://app.example.com/*" }],
  [{ path: "/a" }, { path: "/a", host: "h.example" }],
  [{ path: "/a" }, { path: "/a/" }],
])("parseConfig() takes the different routes %o and %o", (one, two) => {
  const origins = { one: { ...sms, ...one }, two: { ...sms, ...two } };
  expect(parseConfig(validEnv({ ORIGINS: origins })).problems).toEqual([]);
});

test("parseConfig() uses the valid origins beside a broken one, which keeps its route", () => {
  const { origins, brokenOrigins } = parseConfig(
    validEnv({ ORIGINS: { sms, voice: { path: "/voice", url: "nowhere" } } }),
  );
  expect(origins.map(({ name }) => name)).toEqual(["sms"]);
  expect(brokenOrigins).toEqual([
    { name: "voice", route: expect.objectContaining({ typedPath: "/voice" }) },
  ]);
});

test("parseConfig() tells problems of origins, keys, ledger and log at once", () => {
  const { problems } = parseConfig({
    ORIGINS: { sms: { path: "/sms" }, voice: { url: "https://app.example.com" } },
    LEDGER_SHARDS: 0,
    LOG_TOKEN: "short",
    LEDGER: {},
  });
  expect(problems.map(({ key }) => key).toSorted()).toEqual([
    "LEDGER_SHARDS",
    "LOG_TOKEN",
    "ORIGINS.sms.url",
    "ORIGINS.voice.path",
    "TWILIO_AUTH_TOKEN",
  ]);
});

const commented = (comment: string): string => `<Response><!--${comment}--></Response>`;

/** An environment whose `ORIGINS` is so many bytes of JSON. */
function fill(bytes: number): Record<string, unknown> {
  const empty = JSON.stringify(withOrigin({ fallback_twiml: commented("é") })["ORIGINS"]);
  const missing = bytes - new TextEncoder().encode(empty).length;
  return withOrigin({ fallback_twiml: commented(`é${"a".repeat(missing)}`) });
}

test("parseConfig() takes a variable of 5000 bytes and refuses one of 5001, counted as UTF-8", () => {
  expect(parseConfig(fill(5_000)).problems).toEqual([]);
  expect(parseConfig(fill(5_001)).problems).toEqual([
    {
      key: "ORIGINS",
      message: expect.stringMatching(/^expected at most 5000 bytes, .* found 5001; spread origins/),
      concerns: all,
    },
  ]);
  expect(parseConfig(validEnv({ TWILIO_AUTH_TOKEN: "ab".repeat(2_501) })).problems).toEqual([
    expect.objectContaining({ key: "TWILIO_AUTH_TOKEN" }),
  ]);
});

test("parseConfig() makes absent secrets notes where they may be kept elsewhere", () => {
  const env = {
    ORIGINS: { sms: { ...sms, headers: { Authorization: "$LOGIN" }, accounts: [accountSid] } },
  };
  const config = parseConfig(env, { absentSecrets: "note" });
  expect(config.problems).toEqual([]);
  expect(config.warnings).toEqual([]);
  expect(config.notes.map(({ key }) => key)).toEqual([
    "TWILIO_AUTH_TOKEN",
    "LOG_TOKEN",
    "ORIGINS.sms.accounts.0",
    "ORIGINS.sms.headers.Authorization",
  ]);
  expect(config.origins).toHaveLength(1);
});

test("parseConfig() still refuses a secret that is there and wrong", () => {
  const config = parseConfig(validEnv({ TWILIO_AUTH_TOKEN: "", LOG_TOKEN: "short" }), {
    absentSecrets: "note",
  });
  expect(config.problems.map(({ key }) => key)).toEqual(["TWILIO_AUTH_TOKEN", "LOG_TOKEN"]);
});
