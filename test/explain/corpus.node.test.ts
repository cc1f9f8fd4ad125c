import * as fc from "fast-check";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { describe, expect, it } from "vitest";
import type { OriginConfig } from "../../src/config/types.ts";
import { explainRefusal, MAX_CHECKS } from "../../src/explain/explain.ts";
import { presentExplanation } from "../../src/explain/present.ts";
import { type Change, changes } from "../../src/explain/change.ts";
import { explanationWords } from "../../src/explain/words.ts";
import type { WebhookMethod } from "../../src/receive/webhook.ts";
import type { ConfiguredKeys } from "../../src/verify/keys.ts";
import { encodeForm, type Fields, smsFields, voiceFields } from "../support/sign.ts";
import {
  accountSid,
  authToken,
  hashOf,
  originConfig,
  otherToken,
  receivedWebhook,
  sign,
  signingKey,
  testKeys,
} from "../support/webhooks.ts";

/**
 * The mistakes that people report, each as it meets Hookswitch: something in front, or the code that signs, does to
 * the webhook what frameworks and proxies do to it in the report. All signatures are of npm's twilio 6.2.0.
 */
interface Mistake {
  readonly title: string;
  /** Of github.com, or what is told elsewhere; read 2026-10. */
  readonly report: string;
  /** What the sender signed. */
  readonly signedUrl: string;
  /** Of a form; a JSON body has its hash in the URL. */
  readonly signedFields?: Fields;
  /** What arrived: the same, but for what is said. */
  readonly url?: string;
  readonly fields?: Fields;
  readonly body?: string;
  readonly method?: WebhookMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isWebSocketHandshake?: boolean;
  readonly secret?: string;
  readonly origin?: Partial<OriginConfig>;
  readonly others?: readonly OriginConfig[];
  readonly keys?: Partial<ConfiguredKeys>;
  readonly given?: readonly string[];
  readonly expected: Change;
  /** What an engineer must find in the words. */
  readonly says: RegExp;
}

const url = "https://hooks.example.net/sms";
const subaccount = `AC${"5".repeat(32)}`;
const parentToken = otherToken("parent");
const event = JSON.stringify({ specversion: "1.0", data: { accountSid, text: "Grüße" } });
const hash = `bodySHA256=${hashOf(event)}`;
const getQuery = encodeForm(voiceFields());
const bindings: Fields = [
  ["AccountSid", accountSid],
  ["MessagingBinding.Address", "+15005550001"],
];

function replaced(fields: Fields, name: string, value: string): Fields {
  return fields.map(([each, was]) => [each, each === name ? value : was]);
}

function without(fields: Fields, ...names: readonly string[]): Fields {
  return fields.filter(([name]) => !names.includes(name));
}

const mistakes: readonly Mistake[] = [
  {
    title: "TLS ends in front, and the URL arrives as http",
    report: "twilio/twilio-node#321, #505; django-twilio#196",
    signedUrl: url,
    url: "http://hooks.example.net/sms",
    expected: "scheme",
    says: /public_url = "https:\/\/hooks\.example\.net" in \[vars\.ORIGINS\.sms\]/,
  },
  {
    title: "a tunnel or CDN in front has another host",
    report: "langwatch/scenario#983",
    signedUrl: "https://calls.example.org/sms",
    url,
    headers: { "x-forwarded-host": "calls.example.org" },
    expected: "host",
    says: /public_url = "https:\/\/calls\.example\.org"/,
  },
  {
    title: "a tunnel that ends TLS, and tells host and scheme",
    report: "langwatch/scenario#983; local tests",
    signedUrl: "https://calls.example.org/sms",
    url: "http://127.0.0.1:8787/sms",
    headers: { "x-forwarded-host": "calls.example.org", "x-forwarded-proto": "https" },
    expected: "host",
    says: /public_url = "https:\/\/calls\.example\.org(:8787)?"/,
  },
  {
    title: "a tunnel that tells nothing, and the URL of the console is given",
    report: "langwatch/scenario#983",
    signedUrl: "https://calls.example.org/twilio/sms",
    url,
    given: ["https://calls.example.org/twilio/sms#rc=2"],
    expected: "url_given",
    says: /calls\.example\.org\/twilio\/sms/,
  },
  {
    title: "capitals in the host that Twilio was given",
    report: "protocol, host case; twilio-csharp keeps it",
    signedUrl: "https://Hooks.example.net/sms",
    url,
    expected: "host",
    says: /in these very letters/,
  },
  {
    title: "a dot behind the host",
    report: "host spelling",
    signedUrl: "https://hooks.example.net./sms",
    url,
    expected: "host",
    says: /hooks\.example\.net\./,
  },
  {
    title: "www that a redirect has taken away",
    report: "host spelling",
    signedUrl: "https://www.hooks.example.net/sms",
    url,
    expected: "host",
    says: /www\.hooks\.example\.net/,
  },
  {
    title: "a port that a proxy listens on",
    report: "Twilio keeps ports of messaging webhooks",
    signedUrl: "https://hooks.example.net:8443/sms",
    url,
    expected: "port",
    says: /public_url = "https:\/\/hooks\.example\.net:8443"/,
  },
  {
    title: "public_url is set, and wrong",
    report: "the setting that the others ask for",
    signedUrl: url,
    url,
    origin: { publicUrl: { scheme: "https", host: "old.example.net", port: undefined } },
    expected: "public_url",
    says: /Take public_url out/,
  },
  {
    title: "a slash that a server adds",
    report: "Pipedream PR 1164",
    signedUrl: url,
    url: `${url}/`,
    origin: {
      route: { host: undefined, kind: "prefix", typedPath: "/sms/", normalisedPath: "/sms/" },
    },
    expected: "slash",
    says: /a slash at the end/,
  },
  {
    title: "a URL without a path",
    report: "protocol, no path at all",
    signedUrl: "https://hooks.example.net",
    url: "https://hooks.example.net/",
    expected: "slash",
    says: /no path/,
  },
  {
    title: "URL normalisation decodes the path",
    report: "developers.cloudflare.com/rules/normalization",
    signedUrl: "https://hooks.example.net/sms/%7Eteam",
    url: "https://hooks.example.net/sms/~team",
    expected: "path_spelling",
    says: /Normalize incoming URLs/,
  },
  {
    title: "URL normalisation writes escapes in capitals",
    report: "developers.cloudflare.com/rules/normalization",
    signedUrl: "https://hooks.example.net/sms/caf%c3%a9",
    url: "https://hooks.example.net/sms/caf%C3%A9",
    expected: "path_spelling",
    says: /Normalize incoming URLs/,
  },
  {
    title: "two slashes are merged",
    report: "developers.cloudflare.com/rules/normalization",
    signedUrl: "https://hooks.example.net//sms",
    url,
    expected: "path_spelling",
    says: /Normalize incoming URLs/,
  },
  {
    title: "spaces of a GET that are written anew as %20",
    report: "bmlt-enabled/yap PR 1629; twilio/twilio-csharp#27",
    method: "GET",
    signedUrl: `${url}?${getQuery}`,
    url: `${url}?${getQuery.replaceAll("+", "%20")}`,
    expected: "query_spelling",
    says: /spaces as \+ or %20/,
  },
  {
    title: "an apostrophe in a POST's query",
    report: "twilio/twilio-node#1059, #1061, #1183; twilio/twilio-ruby#528",
    signedUrl: `${url}?city=Forli'`,
    signedFields: smsFields(),
    url: `${url}?city=Forli%27`,
    expected: "query_spelling",
    says: /other escapes/,
  },
  {
    title: "a SIP address in a POST's query",
    report: "twilio/twilio-node PR 621, PR 642",
    signedUrl: `${url}?to=sip:ann@example.org`,
    url: `${url}?to=sip%3Aann%40example.org`,
    expected: "query_spelling",
    says: /other escapes/,
  },
  {
    title: "a query that a framework sorts",
    report: "twilio/twilio-node#145, #306; bmlt-enabled/yap#1573",
    signedUrl: `${url}?zone=2&app=1&mode=x`,
    url: `${url}?app=1&mode=x&zone=2`,
    expected: "query_order",
    says: /sorts the query/,
  },
  {
    title: "a URL signed without its query",
    report: "twilio/twilio-php#510; openclaw#8814",
    signedUrl: url,
    url: `${url}?app=1&mode=x`,
    expected: "query_missing",
    says: /without its query/,
  },
  {
    title: "a parameter that a proxy adds to the query",
    report: "tracking and cache parameters",
    signedUrl: `${url}?app=1`,
    url: `${url}?app=1&utm_source=proxy`,
    expected: "query_added",
    says: /adds utm_source/,
  },
  {
    title: "userinfo left in the URL by the code that signs",
    report: "Twilio leaves it out; no library does for you",
    signedUrl: "https://user:word@hooks.example.net/sms",
    url: "https://user:word@hooks.example.net/sms",
    expected: "userinfo",
    says: /user:password@/,
  },
  {
    title: "a fragment left in the URL by the code that signs",
    report: "Twilio leaves it out; no library does for you",
    signedUrl: `${url}#rc=2&rp=5xx`,
    url: `${url}#rc=2&rp=5xx`,
    expected: "fragment",
    says: /#fragment/,
  },
  {
    title: "signed for the application's own URL",
    report: "a proxy in front of the application, or a test",
    signedUrl: "https://app.example.com/sms",
    url,
    expected: "url_of_origin",
    says: /application's own URL of origin sms/,
  },
  {
    title: "signed for the URL of another origin",
    report: "a path that is rewritten in front",
    signedUrl: "https://hooks.example.net/voice",
    url,
    others: [
      originConfig({
        name: "voice",
        route: { host: undefined, kind: "exact", typedPath: "/voice", normalisedPath: "/voice" },
        target: { ...originConfig().target, path: "/calls" },
      }),
    ],
    expected: "url_of_other",
    says: /which origin voice takes/,
  },
  {
    title: "the token of another account",
    report: "twilio/twilio-php#436, #458; twilio/twilio-node#693",
    signedUrl: url,
    secret: parentToken.secret,
    keys: { accountTokens: new Map([[subaccount, [parentToken]]]) },
    expected: "key",
    says: /signed with parent.*TWILIO_AUTH_TOKEN_<AccountSid>/,
  },
  {
    title: "a subaccount's out-of-date token, signed with the default one",
    report: "codeforamerica/vita-min PR 5318",
    signedUrl: url,
    keys: { accountTokens: new Map([[accountSid, [otherToken("out-of-date")]]]) },
    expected: "key",
    says: /Take away what is out of date/,
  },
  {
    title: "a header that names a signing key, signed with the auth token",
    report: "Webhooks configuration API, a split of Settings",
    signedUrl: url,
    headers: { "x-twilio-signature-key-sid": "SK1" },
    keys: { signingKeys: new Map([["SK1", signingKey("SK1", "HMAC-SHA1")]]) },
    expected: "key",
    says: /leaves only the key that it names/,
  },
  {
    title: "JSON without the bodySHA256 that was signed",
    report: "twilio/twilio-node#924; agent-connect PR 85",
    signedUrl: `${url}?${hash}`,
    url,
    body: event,
    expected: "hash_dropped",
    says: /whole query/,
  },
  {
    title: "a form that was turned into JSON",
    report: "twilio/twilio-node#657; twilio/twilio-ruby PR 590",
    signedUrl: url,
    signedFields: smsFields(),
    body: JSON.stringify(Object.fromEntries(smsFields())),
    expected: "form_as_json",
    says: /without turning it into JSON/,
  },
  {
    title: "a form whose Content-Type was changed",
    report: "twilio error 57012, JSON as form",
    signedUrl: url,
    signedFields: smsFields(),
    body: encodeForm(smsFields()),
    headers: { "content-type": "text/plain" },
    expected: "form_type",
    says: /Content-Type/,
  },
  {
    title: "a form that is signed like JSON",
    report: "twilio error 57012, JSON as form",
    signedUrl: url,
    signedFields: [],
    fields: smsFields(),
    expected: "parameters_unsigned",
    says: /must add the parameters/,
  },
  {
    title: "JSON that was parsed and written anew",
    report: "twilio/twilio-node#657, raw body lost",
    signedUrl: `${url}?${hash}`,
    url: `${url}?${hash}`,
    body: JSON.stringify(JSON.parse(event), undefined, 2),
    expected: "body",
    says: /parsed and written anew/,
  },
  {
    title: "{} in place of an empty body",
    report: "agent-connect PR 85; twilio-node's Express middleware",
    signedUrl: `${url}?bodySHA256=${hashOf("")}`,
    url: `${url}?bodySHA256=${hashOf("")}`,
    body: "{}",
    expected: "body",
    says: /to the byte/,
  },
  {
    title: "a POST that a redirect has made a GET",
    report: "Twilio error 11216; 301 and 302 lose the POST",
    signedUrl: url,
    signedFields: smsFields(),
    method: "GET",
    url: `${url}?${encodeForm(smsFields())}`,
    expected: "method",
    says: /301 and 302/,
  },
  {
    title: "the same behind a query of its own",
    report: "Twilio error 11216; 301 and 302 lose the POST",
    signedUrl: `${url}?app=1`,
    signedFields: smsFields(),
    method: "GET",
    url: `${url}?app=1&${encodeForm(smsFields())}`,
    expected: "method",
    says: /301 and 302/,
  },
  {
    title: "a + that nothing escaped",
    report: "twilio/twilio-csharp#27, form rules",
    signedUrl: url,
    signedFields: smsFields(),
    fields: smsFields().map(([name, value]) => [name, value.replace(/^\+/, " ")]),
    expected: "values",
    says: /a \+ that became a space/,
  },
  {
    title: "HTML escapes in the values",
    report: "twilio/twilio-php#458, input filters",
    signedUrl: url,
    signedFields: voiceFields(),
    fields: replaced(voiceFields(), "CallerName", "O&#39;BRIEN &amp; SONS"),
    expected: "values",
    says: /HTML escapes/,
  },
  {
    title: "PHP's names, without their dots",
    report: "PHP: $_POST",
    signedUrl: url,
    signedFields: bindings,
    fields: bindings.map(([name, value]) => [name.replace(".", "_"), value]),
    expected: "values",
    says: /names that became a _/,
  },
  {
    title: "white space that a framework trims",
    report: "Laravel TrimStrings; Twilio error 57012",
    signedUrl: url,
    signedFields: smsFields("Yes "),
    fields: replaced(smsFields("Yes "), "Body", "Yes"),
    expected: "parameter_trimmed",
    says: /end of Body.*TrimStrings/,
  },
  {
    title: "an empty parameter that a framework drops",
    report: "Laravel ConvertEmptyStringsToNull",
    signedUrl: url,
    signedFields: smsFields(),
    fields: without(smsFields(), "ToCity"),
    expected: "parameter_missing",
    says: /signed with ToCity, empty/,
  },
  {
    title: "all empty parameters that a framework drops",
    report: "Laravel ConvertEmptyStringsToNull",
    signedUrl: url,
    signedFields: smsFields(),
    fields: smsFields().filter(([, value]) => value !== ""),
    expected: "parameter_missing",
    says: /signed with ToCity, ToZip, empty/,
  },
  {
    title: "a parameter that an application adds",
    report: "request.all() with route parameters",
    signedUrl: url,
    signedFields: smsFields(),
    fields: [...smsFields(), ["tenant", "7"]],
    expected: "parameter_added",
    says: /without tenant/,
  },
  {
    title: "an empty parameter that is filled in",
    report: "defaults of a framework",
    signedUrl: url,
    signedFields: smsFields(),
    fields: replaced(smsFields(), "ToCity", "unknown"),
    expected: "parameter_emptied",
    says: /ToCity empty/,
  },
  {
    title: "a WebSocket handshake whose Upgrade was dropped",
    report: "signed as wss",
    signedUrl: "wss://hooks.example.net/stream",
    method: "GET",
    url: "https://hooks.example.net/stream",
    expected: "websocket",
    says: /Upgrade/,
  },
  {
    title: "a WebSocket handshake with its query as parameters",
    report: "twilio-agent-connect's own servers",
    signedUrl: "wss://hooks.example.net/stream",
    signedFields: [["CallSid", "CA1"]],
    method: "GET",
    isWebSocketHandshake: true,
    url: "https://hooks.example.net/stream?CallSid=CA1",
    expected: "websocket",
    says: /handshake/,
  },
  {
    title: "a signature in quotes, its + escaped",
    report: "copied by hand or by a shell",
    signedUrl: url,
    signedFields: smsFields("Quotes"),
    headers: { "x-twilio-signature": "'{signature}'" },
    expected: "signature_text",
    says: /garbled/,
  },
];

function fieldsOf(mistake: Mistake): Fields {
  if (mistake.method === "GET" || mistake.body !== undefined) return mistake.signedFields ?? [];
  return mistake.signedFields ?? mistake.fields ?? smsFields();
}

/** As the twilio package signs it, with a token that is not necessarily a right one. */
function arrived(mistake: Mistake, secret = mistake.secret ?? authToken.secret) {
  const { signedUrl, method = "POST", body, isWebSocketHandshake = false } = mistake;
  const parameters: Record<string, string> = Object.fromEntries(fieldsOf(mistake));
  const signature = getExpectedTwilioSignature(secret, signedUrl, parameters);
  const template = mistake.headers?.["x-twilio-signature"] ?? "{signature}";
  const webhook = receivedWebhook({
    method,
    url: mistake.url ?? signedUrl,
    isWebSocketHandshake,
    ...(body === undefined ? {} : { body }),
    ...(method === "GET" ? {} : { parameters: mistake.fields ?? fieldsOf(mistake) }),
    headers: {
      ...mistake.headers,
      "x-twilio-signature": template
        .replace("{signature}", encodeURIComponent(signature))
        .replace(/^[^']*$/, decodeURIComponent),
    },
  });
  const origin = originConfig(mistake.origin);
  const config = {
    origins: [origin, ...(mistake.others ?? [])],
    reportOrigins: [],
    keys: testKeys(mistake.keys),
  };
  return { signature, refused: { webhook, origin, config, givenUrls: mistake.given ?? [] } };
}

/** All that anybody is told of it. */
function toldOf(...explained: Parameters<typeof presentExplanation>): string {
  const shown = presentExplanation(...explained);
  return JSON.stringify([shown, explanationWords(shown)]);
}

describe("explainRefusal() names", () => {
  it.each(mistakes)("$title ($report)", async (mistake) => {
    const { refused } = arrived(mistake);
    const explanation = await explainRefusal(refused);
    expect(explanation).toMatchObject({ verdict: "one_change", change: mistake.expected });
    const { what, mend } = explanationWords(presentExplanation(explanation, refused.origin));
    expect(`${what} ${mend}`).toMatch(mistake.says);
    expect(`${what} ${mend}`).not.toMatch(/\{\w+\}/);
  });

  it("every change that there is", () => {
    const named = new Set(mistakes.map(({ expected }) => expected));
    // By HMAC-SHA256, which the package does not make.
    expect(changes.filter((change) => !named.has(change))).toEqual(["key_algorithm"]);
  });

  it("a signing key that is configured with the other HMAC", async () => {
    const webhook = receivedWebhook({
      headers: {
        "x-twilio-signature-key-sid": "SK1",
        "x-twilio-signature": sign(signingKey("SK1", "HMAC-SHA256"), url, smsFields()),
      },
    });
    const origin = originConfig();
    const keys = testKeys({ signingKeys: new Map([["SK1", signingKey("SK1", "HMAC-SHA1")]]) });
    const config = { origins: [origin], reportOrigins: [], keys };
    expect(await explainRefusal({ webhook, origin, config, givenUrls: [] })).toMatchObject({
      verdict: "one_change",
      change: "key_algorithm",
      keyName: "SK1",
    });
  });
});

describe("explainRefusal() names nothing", () => {
  it.each(mistakes)("for the same with a stranger's token: $title", async (mistake) => {
    const { refused } = arrived(mistake, otherToken("stranger").secret);
    const explanation = await explainRefusal(refused);
    expect(explanation.verdict).toBe("no_single_change");
    const { what, next } = explanationWords(presentExplanation(explanation, refused.origin));
    expect(what).toMatch(/No single change/);
    expect(next.join(" ")).toMatch(/auth token.*URL.*More than one change.*Forged/s);
  });
});

describe("explainRefusal() says all that can be said", () => {
  it("of an API key's secret in place of the auth token (twilio/twilio-csharp#628)", async () => {
    const secret = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY";
    const { refused } = arrived({
      title: "",
      report: "",
      signedUrl: url,
      keys: { defaultTokens: [{ ...authToken, secret }] },
      expected: "key",
      says: /./,
    });
    const shown = presentExplanation(await explainRefusal(refused), refused.origin);
    expect(shown).toMatchObject({ verdict: "no_single_change", odd_keys: ["TWILIO_AUTH_TOKEN#1"] });
    expect(explanationWords(shown).next[0]).toMatch(/TWILIO_AUTH_TOKEN#1: .*API key does not sign/);
  });

  it("of a regulatory bundle's GET with the hash of no body twice (twilio/twilio-php#861)", async () => {
    const signedUrl = `${url}?${hash}&${hash}&AccountSid=${accountSid}`;
    const { refused } = arrived({
      title: "",
      report: "",
      method: "GET",
      signedUrl,
      expected: "key",
      says: /./,
    });
    const explanation = await explainRefusal(refused);
    expect(explanation).toMatchObject({ verdict: "by_reason", reason: "body_hash_mismatch" });
  });

  it("of two accounts in one webhook: which key it is genuine by", async () => {
    const { refused } = arrived({
      title: "",
      report: "",
      signedUrl: `${url}?AccountSid=${subaccount}`,
      expected: "key",
      says: /./,
    });
    expect(await explainRefusal(refused)).toEqual({
      verdict: "by_reason",
      reason: "account_ambiguous",
      keyName: authToken.name,
    });
  });
});

describe("explainRefusal()", () => {
  it("says of a genuine webhook that it would be accepted", async () => {
    const { refused } = arrived({
      title: "",
      report: "",
      signedUrl: url,
      expected: "key",
      says: /./,
    });
    const explanation = await explainRefusal(refused);
    expect(explanation).toEqual({ verdict: "accepted", keyName: authToken.name });
    expect(explanationWords(presentExplanation(explanation, undefined)).what).toMatch(
      /accepted now/,
    );
  });

  it("tells no key, no signature and no parameter's value, whatever it finds", async () => {
    const value = fc.string({ minLength: 6, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...mistakes),
        fc.boolean(),
        value,
        async (mistake, isGenuine, text) => {
          const marked = `marker${text}`;
          const mark = (fields: Fields): Fields => [...fields, ["Note", marked]];
          const changed = {
            ...mistake,
            signedFields: mark(fieldsOf(mistake)),
            ...(mistake.body === undefined
              ? { fields: mark(mistake.fields ?? fieldsOf(mistake)) }
              : {}),
          };
          const { refused, signature } = arrived(
            changed,
            isGenuine ? undefined : otherToken("stranger").secret,
          );
          const explanation = await explainRefusal(refused);
          const told = toldOf(explanation, refused.origin);
          const { keys } = refused.config;
          const all = [
            ...keys.defaultTokens,
            ...[...keys.accountTokens.values()].flat(),
            ...keys.signingKeys.values(),
          ];
          for (const { secret } of all) {
            expect(told).not.toContain(secret);
            // Nor the signature that the refused request would have needed.
            const { webhook } = refused;
            const wanted = getExpectedTwilioSignature(
              secret,
              webhook.url,
              Object.fromEntries(changed.fields ?? []),
            );
            expect(told).not.toContain(wanted);
          }
          expect(told).not.toContain(signature);
          expect(told).not.toContain("marker");
          expect(told).not.toContain("15005550001");
        },
      ),
      { numRuns: 300 },
    );
  });

  it("checks no more signatures than it says, and says so where there was more to try", async () => {
    const many: Fields = Array.from({ length: 200 }, (_, at) => [`Name${at}`, ` ${at} `]);
    const tokens = Array.from({ length: 20 }, (_, at) => otherToken(`token ${at}`));
    const { refused } = arrived({
      title: "",
      report: "",
      signedUrl: url,
      signedFields: many,
      secret: otherToken("stranger").secret,
      keys: { defaultTokens: tokens },
      expected: "key",
      says: /./,
    });
    expect(await explainRefusal(refused)).toMatchObject({
      verdict: "no_single_change",
      checks: MAX_CHECKS,
      isCutShort: true,
    });
  });
});
