import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { accountSid, boundKv, withOrigin } from "./valid-env.ts";

const twiml = (bytes: number): string =>
  `<Response><Say>${"a".repeat(bytes - 32)}</Say></Response>`;

test.each<[change: Record<string, unknown>, key: string, message: string]>([
  [{ path: undefined }, "path", "expected a path such as /sms or /voice/*, found nothing"],
  [{ path: 5 }, "path", "found 5"],
  [{ path: "" }, "path", 'found ""'],
  [{ path: "sms" }, "path", 'found "sms"'],
  [{ path: "/sms?x=marker" }, "path", 'found "/sms"'],
  [{ path: "/sms#a" }, "path", "without query"],
  [{ path: "/s ms" }, "path", "expected a path"],
  [{ path: "/sms*" }, "path", "expected a path"],
  [{ path: "/*/sms" }, "path", "expected a path"],
  [{ path: "/a/../sms" }, "path", "dot segments"],
  [{ path: "/a/%2E/sms" }, "path", "dot segments"],
  [{ path: "/a\\sms" }, "path", "backslashes"],
  [{ path: "/_log" }, "path", "expected a path outside of Hookswitch's own /_log"],
  [{ path: "/_log/sms" }, "path", "own /_log"],
  [{ path: "/%5Flog/sms" }, "path", "own /_log"],
  [{ path: "/_health" }, "path", "own /_health"],
  [{ path: "/_log/*", url: "https://app.example.com/*" }, "path", "own /_log"],
  [{ host: "" }, "host", 'expected a text, found ""'],
  [{ host: "https://hooks.example.com" }, "host", "expected a host name without scheme"],
  [{ host: "hooks.example.com:443" }, "host", "expected a host name"],
  [{ host: "hooks.example.com/" }, "host", "expected a host name"],
  [{ host: "*.example.com:" }, "host", "expected a host name"],
  [{ url: undefined }, "url", "expected the https URL that webhooks are sent to, found nothing"],
  [{ url: ["https://app.example.com/sms"] }, "url", "found a list"],
  [
    { url: "http://app.example.com/sms" },
    "url",
    "expected an https URL (http only for this machine",
  ],
  [{ url: "https://app.example.com/*" }, "url", "expected no * at the end"],
  [{ path: "/sms/*" }, "url", "expected /* at the end"],
  [{ url: "https://app.example.com/sms#rc=6" }, "url", "expected rc to be"],
  [{ fallback: "" }, "fallback", 'expected a text, found ""'],
  [{ fallback: "http://backup.example.com/sms" }, "fallback", "expected an https URL"],
  [{ fallback: "https://backup.example.com/*" }, "fallback", "expected no * at the end"],
  [{ fallback: "https://backup.example.com/sms#rp=x" }, "fallback", "11243"],
  [
    { url: "https://app.example.com/sms#tt=4499", fallback: "https://backup.example.com/sms" },
    "fallback",
    "expected the fallback's tt to leave the origin 500 ms or more, found 4000 ms kept back from the origin's 4499 ms",
  ],
  [{ fallback: "https://backup.example.com/sms#tt=13501" }, "fallback", "500 ms or more"],
  [{ fallback_twiml: 5 }, "fallback_twiml", "expected a text, found 5"],
  [{ fallback_twiml: "<Response><Say>" }, "fallback_twiml", "expected TwiML, found something else"],
  [{ fallback_twiml: "<Reponse/>" }, "fallback_twiml", "root element is not Response"],
  [
    { mode: "reply" },
    "mode",
    'expected "respond", "queue", "debugger" or "twilio_fallback", found "reply"',
  ],
  [{ retry: { hours: 72 } }, "retry", 'expected no retry, found one: it belongs to mode = "queue"'],
  [{ limit: { concurrency: 4 } }, "limit", 'belongs to mode = "queue"'],
  [{ ack: "empty" }, "ack", 'belongs to mode = "queue"'],
  [{ answer: "xml" }, "answer", 'expected "auto", "twiml" or "any", found "xml"'],
  [{ verify: false }, "verify", 'expected "enforce" or "observe", found false'],
  [{ sign: "none" }, "sign", 'expected "twilio" or "keep", found "none"'],
  [{ breaker: "false" }, "breaker", 'expected true or false, found "false"'],
  [{ public_url: "hooks.example.com" }, "public_url", "expected scheme, host and port only"],
  [{ public_url: "https://hooks.example.com/a" }, "public_url", "scheme, host and port only"],
  [{ public_url: "https://hooks.example.com?a=1" }, "public_url", "scheme, host and port only"],
  [{ public_url: "https://u@hooks.example.com" }, "public_url", 'found "https://…"'],
  [{ public_url: "https://hooks.example.com:99999" }, "public_url", "scheme, host and port only"],
  [{ public_url: "wss://hooks.example.com" }, "public_url", "scheme, host and port only"],
  [{ accounts: accountSid }, "accounts", "expected a list of AccountSids, found"],
  [{ accounts: [] }, "accounts", "found an empty one"],
  [{ accounts: [accountSid, accountSid.slice(1)] }, "accounts.1", "expected AC and 32"],
  [{ accounts: [`${accountSid}0`] }, "accounts.0", "expected AC and 32"],
  [{ accounts: [accountSid.toUpperCase()] }, "accounts.0", "lower-case hexadecimal"],
  [{ dedupe: true }, "dedupe", "expected false or a table, found true"],
  [{ dedupe: { ttl: 59 } }, "dedupe.ttl", "from 60 to 86400 (seconds), found 59"],
  [{ dedupe: { ttl: 86_401 } }, "dedupe.ttl", "from 60 to 86400 (seconds), found 86401"],
  [{ dedupe: { ttl: 60.5 } }, "dedupe.ttl", "found 60.5"],
  [{ dedupe: { ttl: "600" } }, "dedupe.ttl", 'found "600"'],
  [{ dedupe: { store: "redis" } }, "dedupe.store", 'expected "ledger+kv", "ledger" or "kv"'],
  [{ dedupe: { store: "kv" } }, "dedupe.store", "no KV namespace is bound as ANSWERS"],
  [{ dedupe: { store: "ledger+kv" } }, "dedupe.store", "no KV namespace is bound as ANSWERS"],
  [{ dedupe: { params: "MessageSid" } }, "dedupe.params", "expected a list of names"],
  [{ dedupe: { params: [""] } }, "dedupe.params", "expected a list of names"],
  [{ dedupe: { params: ["MessageSid"] } }, "dedupe.params", "expected more than MessageSid"],
  [{ dedupe: { params: ["AccountSid", "CallSid"] } }, "dedupe.params", "AccountSid or CallSid"],
  [{ dedupe: { tll: 600 } }, "dedupe.tll", 'found "tll"; did you mean "ttl"?'],
  [{ log: false }, "log", "expected a table, found false"],
  [{ log: { keep: "some" } }, "log.keep", 'expected "all", "failures" or "none", found "some"'],
  [{ log: { bodies: "no" } }, "log.bodies", 'expected true or false, found "no"'],
  [{ log: { mask: "Body" } }, "log.mask", 'expected a list of names of parameters, found "Body"'],
  [{ log: { unmask: [1] } }, "log.unmask", "expected a list of names of parameters, found a list"],
  [{ log: { level: "all" } }, "log.level", "expected a key that Hookswitch knows"],
  [{ headers: "X-A: 1" }, "headers", "expected a table of headers"],
  [{ headers: { "X A": "1" } }, "headers.X A", "expected the name of a header"],
  [{ headers: { "X-A": "" } }, "headers.X-A", "found an empty text or something else"],
  [{ headers: { "X-A": 1 } }, "headers.X-A", "found an empty text or something else"],
  [{ headers: { "X-A": "a\nb" } }, "headers.X-A", "expected a value that a header can carry"],
  [{ headers: { "X-A": "€" } }, "headers.X-A", "expected a value that a header can carry"],
  [{ headers: { "X-A": "1", "x-a": "2" } }, "headers.x-a", "expected each header once"],
  [{ headers: { "X-A": "$NOT_SET" } }, "headers.X-A", "expected the secret NOT_SET, found none"],
  [{ headers: { "X-A": "$EMPTY" } }, "headers.X-A", "expected text in the secret EMPTY"],
  [{ headers: { "X-A": "$BROKEN" } }, "headers.X-A", "expected a value that a header can carry"],
  [{ headers: { "X-A": "$LOG_TOKEN" } }, "headers.X-A", "expected a secret of its own"],
  [{ headers: { "X-A": "$TWILIO_AUTH_TOKEN" } }, "headers.X-A", "of its own"],
  [{ colour: "red" }, "colour", 'expected a key that Hookswitch knows, found "colour"'],
  [{ fallbackTwiml: "<Response/>" }, "fallbackTwiml", 'did you mean "fallback_twiml"?'],
])("parseConfig() refuses an origin with %o", (change, key, message) => {
  const env = withOrigin(change, { EMPTY: "", BROKEN: "a\r\nb" });
  const { problems, origins, brokenOrigins } = parseConfig(env);
  expect(problems).toEqual([
    {
      key: `ORIGINS.sms.${key}`,
      message: expect.stringContaining(message),
      concerns: { kind: "origin", name: "sms" },
    },
  ]);
  expect(problems[0]?.message).toMatch(/^expected .*, found |^expected more than/);
  expect(JSON.stringify(problems)).not.toContain("marker");
  expect([origins.length, brokenOrigins.length]).toEqual([0, 1]);
});

test.each([
  ["Connection", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer"],
  ["Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Forwarded", "X-Forwarded-For"],
  ["x-forwarded-host", "X-Twilio-Signature", "I-Twilio-Idempotency-Token", "Hookswitch-Url"],
])("parseConfig() refuses the headers %s and so on", (...names) => {
  for (const name of names) {
    expect(parseConfig(withOrigin({ headers: { [name]: "x" } })).problems).toEqual([
      expect.objectContaining({
        key: `ORIGINS.sms.headers.${name}`,
        message: expect.stringContaining("Hookswitch's to set"),
      }),
    ]);
  }
});

test("parseConfig() refuses 65537 bytes of fallback TwiML", () => {
  const { problems } = parseConfig(withOrigin({ fallback_twiml: twiml(65_537) }));
  expect(problems.map(({ message }) => message)).toContain(
    "expected at most 65536 bytes of TwiML, found 65537",
  );
});

test("parseConfig() takes 65536 bytes of fallback TwiML, were it not for the variable", () => {
  const { problems } = parseConfig(withOrigin({ fallback_twiml: twiml(65_536) }));
  expect(problems.map(({ key }) => key)).toEqual(["ORIGINS"]);
});

test("parseConfig() refuses a store with KV where a jurisdiction rules it out", () => {
  const env = withOrigin(
    { dedupe: { store: "kv" } },
    { ANSWERS: boundKv, LEDGER_JURISDICTION: "eu" },
  );
  expect(parseConfig(env).problems).toEqual([
    expect.objectContaining({
      key: "ORIGINS.sms.dedupe.store",
      message: expect.stringContaining("LEDGER_JURISDICTION rules KV out"),
    }),
  ]);
});

test("parseConfig() refuses an account that no key could have signed for", () => {
  const env = withOrigin(
    { accounts: [accountSid] },
    { TWILIO_AUTH_TOKEN: undefined, [`TWILIO_AUTH_TOKEN_AC${"f".repeat(32)}`]: "c0ffee".repeat(5) },
  );
  delete env["TWILIO_AUTH_TOKEN"];
  expect(parseConfig(env).problems).toEqual([
    expect.objectContaining({
      key: "ORIGINS.sms.accounts.0",
      message: expect.stringContaining(`found neither TWILIO_AUTH_TOKEN_${accountSid} nor`),
    }),
  ]);
});

test("parseConfig() tells every problem of an origin at once", () => {
  const { problems } = parseConfig(
    withOrigin({ path: "sms", url: "sms", answer: 1, dedupe: { ttl: 1, x: 1 }, log: { keep: 1 } }),
  );
  expect(problems.map(({ key }) => key.replace("ORIGINS.sms.", ""))).toEqual([
    "path",
    "log.keep",
    "url",
    "answer",
    "dedupe.x",
    "dedupe.ttl",
  ]);
});
