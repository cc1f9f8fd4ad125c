import { refusalReasons } from "./reasons.ts";
import type { NotKept, ShownExplanation } from "./shown.ts";
import type { Change } from "./change.ts";

/**
 * What each change says, and how it is mended. `{from}` as it arrived, `{to}` as it was signed, `{public}` scheme,
 * host and port that were signed, `{origin}` the origin's table, `{key}` the name of the key.
 */
export const changeWords: Readonly<Record<Change, readonly [what: string, mend: string]>> = {
  signature_text: [
    "The signature is genuine, and its header was garbled on the way: quotes, white space, other letters or the header twice.",
    "Have what is in front pass X-Twilio-Signature on to the letter; in a script check how it is quoted.",
  ],
  public_url: [
    "It is signed for the host it arrived at, {to}, and not for the {from} of public_url.",
    "Take public_url out of {origin}, or set it to {public}.",
  ],
  key: [
    "It is signed with {key}, which is no key that a webhook of {from} is checked with.",
    "Put that token under the name of its account, TWILIO_AUTH_TOKEN_<AccountSid>, or add it there behind a comma. Take away what is out of date: an account with tokens of its own is checked with these alone, and X-Twilio-Signature-Key-Sid leaves only the key that it names.",
  ],
  key_algorithm: [
    "It is signed with the signing key {key}, by the other HMAC than the one configured.",
    'Change the "algorithm" of {key} in TWILIO_SIGNING_KEYS.',
  ],
  scheme: [
    "It is signed for {to} and arrived as {from}: TLS ends, or begins, in front of Hookswitch.",
    'Set public_url = "{public}" in {origin}, or give Twilio the {from} URL.',
  ],
  port: [
    "It is signed for port {to} and arrived with port {from}: a proxy in front listens on another port.",
    'Set public_url = "{public}" in {origin}.',
  ],
  host: [
    "It is signed for the host {to} and arrived for {from}.",
    'Set public_url = "{public}" in {origin}, or give Twilio the URL with {from}, in these very letters.',
  ],
  url_given: [
    "It is signed for {to}, a URL that you gave, and arrived as {from}.",
    'Where they differ before the path: set public_url = "{public}" in {origin}. In the path or the query: have what is in front pass them on as they come, or give Twilio the URL that arrives here.',
  ],
  url_of_origin: [
    "It is signed for {to}, the application's own URL of origin {from}, and not for the public one.",
    "Twilio signs what it calls: give it the URL of Hookswitch, and look for what passes calls of the application's URL on to here. In a test, sign for the URL that is called.",
  ],
  url_of_other: [
    "It is signed for {to}, which origin {from} takes, and arrived somewhere else.",
    'If only the host differs: set public_url = "{public}" in {origin} too. Else have what is in front pass the path on as it comes.',
  ],
  websocket: [
    "It is signed as a WebSocket handshake where it arrived as none, or the other way round.",
    "Have what is in front pass on Upgrade and Connection, or give Twilio wss:// for streams and https:// for webhooks.",
  ],
  slash: [
    "It is signed for {to} and arrived as {from}: a slash at the end was added or taken away.",
    "Give Twilio the URL that arrives here, slash included, or switch off the redirect or rewriting in front.",
  ],
  path_spelling: [
    "It is signed for {to} and arrived as {from}: the path was written anew in front of Hookswitch.",
    "Switch off URL normalisation (Rules > Settings > Normalize incoming URLs) for this host, or give Twilio the URL in the spelling that arrives, and keep escapes, double slashes and dots out of it.",
  ],
  userinfo: [
    "It is signed with user:password@ left in the URL.",
    "Twilio leaves userinfo out: so should the code that signed this, which is not Twilio's.",
  ],
  fragment: [
    "It is signed with the #fragment left in the URL.",
    "Twilio leaves the fragment out: so should the code that signed this, which is not Twilio's.",
  ],
  query_missing: [
    "It is signed for the URL without its query.",
    "Look for what adds a query in front. Code that signs must sign the whole URL.",
  ],
  query_spelling: [
    "It is signed for the same query in another spelling: spaces as + or %20, other escapes, a bare ? or =.",
    "Have what is in front pass the query on as it comes: no parsing and writing it anew, no URL normalisation. Code that signs must sign the query as it is sent.",
  ],
  query_added: [
    "It is signed for the query without {from}.",
    "Look for what adds {from} to the URL in front.",
  ],
  query_order: [
    "It is signed for the query in another order.",
    "Switch off what sorts the query in front.",
  ],
  parameters_unsigned: [
    "It is signed for the URL alone, without the parameters of the form.",
    "Twilio signs so what is no form: look for what turns the body, or its Content-Type, into a form. Code that signs must add the parameters.",
  ],
  form_as_json: [
    "It is signed as a form and arrived as JSON with the same fields.",
    "Have what is in front pass the body on as it comes, without turning it into JSON.",
  ],
  form_type: [
    "It is signed as a form, and its Content-Type or a bodySHA256 in its URL says that it is none.",
    "Have what is in front pass on Content-Type (application/x-www-form-urlencoded) and the query as they come.",
  ],
  hash_dropped: [
    "It is signed for the URL with bodySHA256, which is not in it any more.",
    "Have what is in front pass the whole query on. Code that signs: bodySHA256 is sent too.",
  ],
  method: [
    "It is signed as the other method: the parameters stand in the query in place of the body, or the other way round.",
    "Look for a redirect in front: 301 and 302 turn a POST into a GET. Give Twilio the URL that it ends at.",
  ],
  values: [
    "The signed parameters differ in one thing: {from}.",
    "Have what is in front pass the body on as it comes. If this was copied from an application: its framework changed the values, verify by the raw body.",
  ],
  parameter_added: [
    "It is signed without {from}: something was added to the form.",
    "Look for what adds {from} to the body in front, or take it out of the code that sends.",
  ],
  parameter_emptied: [
    "It is signed with {from} empty.",
    "Look for what fills {from} in on the way.",
  ],
  parameter_trimmed: [
    "It is signed with white space at an end of {from}, which was trimmed.",
    "Have what is in front, or the framework this was copied from, leave values as they come (Laravel: TrimStrings).",
  ],
  parameter_missing: [
    "It is signed with {from}, empty, which did not arrive.",
    "Have what is in front, or the framework this was copied from, keep empty parameters (Laravel: ConvertEmptyStringsToNull).",
  ],
  body: [
    "The URL is genuine; of the body one thing was changed: {from}.",
    "Have what is in front pass the body on to the byte.",
  ],
};

const notKeptWords: Readonly<Record<NotKept, string>> = {
  digits: "keypad digits or card data",
  secret: "CallToken, or another secret",
  body: "the body (log.bodies is false)",
  whole_body: "all of the body",
  signature: "its signature, or all of its URL",
};

/** What to look at where no single change explains it, the likeliest first. */
export const nextSteps: readonly string[] = [
  "The auth token: compare the one under {keys} with the primary one in the Twilio console (it, and not an API key's secret, signs). After a rotation the new primary one signs.",
  "The URL: ask again with the one that Twilio was given (npx hookswitch explain … --given <url>), which nothing here can guess when a proxy changes host and path.",
  "More than one change at once: what is in front may rewrite both URL and body. Take it out of the way, or send a webhook past it with npx hookswitch send.",
  "Forged: then the refusal is right. Twilio's webhooks say User-Agent: TwilioProxy/1.1, and stand in its console's request log.",
];

/** What is said of an auth token that cannot be one. */
export const oddKey =
  "it has not the form of an auth token, 32 hexadecimal digits in small letters. The secret of an API key does not sign webhooks.";

const instead: readonly string[] = [
  "Explain another refusal of this host, one that is kept whole: a message or a status callback holds neither digits nor CallToken.",
  "Or paste the whole request: npx hookswitch explain --file <file>.",
];

/** An explanation in words. */
export interface ExplanationWords {
  readonly what: string;
  /** What to do; for some reasons there is nothing. */
  readonly mend: string;
  /** What else to look at; empty where a change was found. */
  readonly next: readonly string[];
}

/** Puts an explanation into words: the only place, for the command and the page. */
export function explanationWords(shown: ShownExplanation): ExplanationWords {
  const words = wordsNow(shown);
  return shown.as_of === "now" ? words : { ...words, next: [...words.next, asOfRefusal] };
}

const asOfRefusal =
  "This was worked out when it was refused, by the configuration of then: it is not kept whole, so it cannot be tried again.";

function wordsNow(shown: ShownExplanation): ExplanationWords {
  const { key, signatures_checked: checks, cut_short: isCutShort } = shown;
  const [cause, advice] = reasonWords(shown.reason ?? "");
  switch (shown.verdict) {
    case "accepted":
      return {
        what: `It would be accepted now, by ${key}.`,
        mend: "Nothing, where the Worker has the same keys and configuration: what was wrong is mended.",
        next: [],
      };
    case "one_change": {
      const [what, mend] = shown.change === null ? ["", ""] : changeWords[shown.change];
      return { what: filled(what, shown), mend: filled(mend, shown), next: [] };
    }
    case "by_reason": {
      const genuine = key === null ? "" : ` It is genuine, signed with ${key}.`;
      return { what: `${cause}${genuine}`, mend: advice, next: [] };
    }
    case "no_single_change": {
      const most = isCutShort ? ", which is the most" : "";
      const keys = shown.keys_tried.join(", ") || "TWILIO_AUTH_TOKEN";
      return {
        what: `No single change makes it valid (signatures checked: ${checks}${most}). ${cause}`,
        mend: advice,
        next: [
          ...shown.odd_keys.map((odd) => `${odd}: ${oddKey}`),
          ...nextSteps.map((step) => step.replace("{keys}", () => keys)),
        ],
      };
    }
    case "not_kept": {
      const what = notKeptWords[shown.not_kept ?? "signature"];
      return {
        what: `${cause} The log has not kept ${what}, without which nothing can be tried.`,
        mend: advice,
        next: instead,
      };
    }
  }
}

function filled(text: string, shown: ShownExplanation): string {
  const { from, to, key, public_url: publicUrl, origin } = shown;
  const words: Readonly<Record<string, string | null>> = {
    from,
    to,
    key,
    public: publicUrl,
    origin: origin === null ? "the origin's table" : `[vars.ORIGINS.${origin}]`,
  };
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => words[name] ?? "");
}

function reasonWords(reason: string): readonly [cause: string, advice: string] {
  return (Object.hasOwn(refusalReasons, reason) && refusalReasons[reason]) || [reason, ""];
}
