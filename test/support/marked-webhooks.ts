import { randomUUID } from "node:crypto";
import { KEYPAD_AND_CARD, PERSONAL, SECRETS } from "../../src/twilio/parameters.ts";
import type { MarkerKind, Markers, Shape } from "./markers.ts";
import { answer } from "./misbehaving-origin.ts";
import type { Reaction } from "./origin-server.ts";
import type { RawResponse } from "./raw-http.ts";
import { authToken, publicBase, type Rig } from "./rig.ts";
import {
  accountSid,
  encodeForm,
  forged,
  formWebhook,
  getWebhook,
  jsonWebhook,
  type Fields,
  type SentWebhook,
  type Unsigned,
} from "./sign.ts";

/** Webhooks with a marker in every field that is personal or secret, and applications that answer with some. */

/** Of the families with a number or a place in the name. */
const families = [
  "MediaUrl0",
  "MediaUrl9",
  "ReferralBody",
  "ReferralMediaUrl",
  "SipHeader_X-Caller",
  ...["From", "To", "Caller", "Called"].flatMap((party) =>
    ["City", "State", "Zip"].map((place) => party + place),
  ),
];
const personalNames = [...PERSONAL, ...families];
const numbers = new Set(
  `From To Caller Called ForwardedFrom WaId DialCallFrom DialCallTo Author Identity ReferTransferTarget
   MessagingBinding.Address MessagingBinding.ProxyAddress Address ProxyAddress`.split(/\s+/),
);

/** Every name that `src/twilio/parameters.ts` knows. */
export const fieldNames = [...KEYPAD_AND_CARD, ...SECRETS, ...personalNames];
export const withoutKeypad = fieldNames.filter((name) => !KEYPAD_AND_CARD.includes(name));

/** How a webhook ends; each has an origin of its name, but for what is unrouted. */
export type Ending =
  | "answered"
  | "fell_back"
  | "failed"
  | "refused"
  | "unrouted"
  | "observed"
  | "delivered"
  | "dead"
  | "waiting";
/** Those that are told by an id, and are kept whole. */
export const listed: readonly Ending[] = [
  "answered",
  "fell_back",
  "failed",
  "delivered",
  "dead",
  "waiting",
];
/** Of these the log keeps so many, and not all of each. */
export const bounded: readonly Ending[] = ["refused", "observed", "unrouted"];
export const queued: readonly Ending[] = ["delivered", "dead", "waiting"];

/** The `ORIGINS` for all of it. */
export function markedOrigins(base: string): Record<string, unknown> {
  const queue = { mode: "queue", retry: { schedule: [86_400], hours: 48 } };
  const to = (name: string): { path: string; url: string } => ({
    path: `/${name}/*`,
    url: `${base}/${name}/*#rc=0`,
  });
  return {
    answered: to("answered"),
    fell_back: { ...to("fell_back"), fallback: `${base}/fallback/*` },
    failed: to("failed"),
    refused: to("refused"),
    observed: { ...to("observed"), verify: "observe" },
    delivered: { ...to("delivered"), ...queue },
    dead: { ...to("dead"), ...queue },
    waiting: { ...to("waiting"), ...queue },
  };
}

/** A place for the fields of a webhook. */
export interface Placement {
  readonly where: string;
  readonly make: (unsigned: Unsigned, fields: Fields) => SentWebhook;
}

export const placements: readonly Placement[] = [
  { where: "form", make: (unsigned, fields) => formWebhook({ ...unsigned, fields }) },
  { where: "query of a GET", make: (unsigned, fields) => getWebhook({ ...unsigned, fields }) },
  {
    where: "query of a form",
    make: (unsigned, fields) =>
      formWebhook({ ...unsigned, url: `${unsigned.url}?${encodeForm(fields)}`, fields: [] }),
  },
  {
    where: "JSON",
    make: (unsigned, fields) =>
      jsonWebhook({ ...unsigned, body: JSON.stringify(Object.fromEntries(fields)) }),
  },
  {
    where: "JSON, digits as numbers",
    make: (unsigned, fields) => {
      const values = fields.map(
        ([name, value]) => [name, /^\d{1,15}$/.test(value) ? Number(value) : value] as const,
      );
      return jsonWebhook({ ...unsigned, body: JSON.stringify(Object.fromEntries(values)) });
    },
  },
  {
    where: "CloudEvents",
    make: (unsigned, fields) =>
      jsonWebhook({
        ...unsigned,
        contentType: "application/cloudevents-batch+json",
        body: JSON.stringify([
          { specversion: "1.0", type: "com.twilio.messaging.message.received" },
          { data: Object.fromEntries(fields) },
          { data: { list: fields.map(([name, value]) => ({ [name]: [value, { x: [value] }] })) } },
          { data: JSON.stringify(Object.fromEntries(fields)) },
        ]),
      }),
  },
  {
    where: "Debugger's payload",
    make: (unsigned, fields) =>
      formWebhook({
        ...unsigned,
        fields: [
          ["Level", "ERROR"],
          ["Payload", debuggerPayload(fields)],
        ],
      }),
  },
  {
    where: "URL in a value",
    make: (unsigned, fields) =>
      formWebhook({
        ...unsigned,
        fields: [
          ["ErrorUrl", `https://app.example.com/voice?${encodeForm(fields)}`],
          ["StatusCallback", `https://app.example.com/voice?${encodeForm(fields)}`],
          ["Next", `/voice?${encodeForm(fields)}`],
        ],
      }),
  },
  {
    where: "form in a value",
    make: (unsigned, fields) => {
      const typed = fields.map((field) => field.join("=").replaceAll(/[&%]/g, "")).join("&");
      return formWebhook({
        ...unsigned,
        fields: [
          ["request_variables", encodeForm(fields)],
          ["Typed", typed],
        ],
      });
    },
  },
  {
    where: "form without its type",
    make: (unsigned, fields) =>
      jsonWebhook({ ...unsigned, contentType: "text/plain", body: encodeForm(fields) }),
  },
];

function debuggerPayload(fields: Fields): string {
  const url = `https://app.example.com/voice?${encodeForm(fields)}`;
  const response = `<Response><Redirect>/voice?${inXml(encodeForm(fields))}</Redirect></Response>`;
  const request = { url, method: "POST", parameters: Object.fromEntries(fields) };
  return JSON.stringify({
    error_code: "11200",
    more_info: { Msg: `Got HTTP 502 response to ${url} in 2 s`, url },
    webhook: { type: "application/json", request, response_body: response },
    request_variables: encodeForm(fields),
  });
}

/** A way to spell a name. */
export interface Spelling {
  readonly how: string;
  readonly spell: (name: string) => string;
}

export const asIs: Spelling = { how: "as is", spell: (name) => name };
export const spellings: readonly Spelling[] = [
  asIs,
  { how: "lower", spell: (name) => name.toLowerCase() },
  { how: "camel", spell: (name) => name.charAt(0).toLowerCase() + name.slice(1) },
  {
    how: "snake",
    spell: (name) => name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase(),
  },
];

/** What an application says, with a marker wherever it says something. */
export interface Saying {
  readonly what: string;
  /** @param say Makes a marker that the log keeps. @param unkept Makes one that it does not. */
  readonly does: (say: (shape: Shape) => string, unkept: () => string) => Reaction;
}

export const sayings: readonly Saying[] = [
  {
    what: "TwiML",
    does: (say, unkept) =>
      saying(
        "text/xml",
        `<Response><!-- ${say("digits")} --><Say voice="${inXml(say("text"))}">${inXml(say("text"))}</Say>` +
          `<Dial callerId="${say("number")}"><Number>${say("number")}</Number></Dial>` +
          `<Message><Body><![CDATA[${say("text")}]]></Body></Message>` +
          `<Redirect>/next?From=${say("digits")}&amp;Digits=${unkept()}</Redirect></Response>`,
        unkept,
      ),
  },
  {
    what: "a redirect",
    does: (say, unkept) => {
      const query = encodeForm([
        ...personalNames.map((name) => [name, say("text")] as const),
        ["Note", `https://a.example/${say("number")}`],
        ["Digits", unkept()],
      ]);
      return answer({
        status: 302,
        headers: [["Location", `/answered/${say("number")}?${query}`]],
      });
    },
  },
  {
    what: "JSON",
    does: (say, unkept) =>
      saying(
        "application/json",
        JSON.stringify({
          list: [Object.fromEntries(fieldNames.map((name) => [name, say(shapeOf(name))]))],
          AddOns: { deep: { list: [say("text")] } },
        }),
        unkept,
      ),
  },
  {
    what: "a sentence",
    does: (say, unkept) => saying("text/plain", `Your code is ${say("digits")}`, unkept),
  },
  { what: "a number", does: (say, unkept) => saying("text/plain", say("digits"), unkept) },
  {
    what: "a list as text",
    does: (say, unkept) => saying("text/plain", JSON.stringify([say("text")]), unkept),
  },
  {
    what: "a number as JSON",
    does: (say, unkept) => saying("application/json", say("digits"), unkept),
  },
  {
    what: "a text as JSON",
    does: (say, unkept) => saying("application/json", JSON.stringify(say("text")), unkept),
  },
];

function saying(type: string, body: string, unkept: () => string): Reaction {
  const headers = [
    ["Content-Type", type],
    ["Set-Cookie", `s=${unkept()}`],
  ] as const;
  return answer({ headers, body });
}

/** TwiML that Twilio could not read: the log says where, and not what stands there. */
function sayMalformed(name: string): Reaction {
  const body = `<Response><Say>${name}</Say><Say voice=${name}>${name}</Say></Response>`;
  return answer({ headers: [["Content-Type", "text/xml"]], body });
}

/** How a field looks by default. */
export function shapeOf(name: string): Shape {
  if (KEYPAD_AND_CARD.includes(name)) return "digits";
  return numbers.has(name) ? "number" : "text";
}

/** A webhook that was sent. */
export interface Marked {
  readonly ending: Ending;
  readonly webhook: SentWebhook;
  readonly answered: RawResponse;
  /** The markers in it that an administrator may see: of personal fields, and of what the application said. */
  readonly shown: readonly string[];
}

/** Sends one, its fields, path, credentials and answer marked. */
export async function sendMarked(
  input: {
    readonly ending: Ending;
    readonly placement: Placement;
    readonly saying: Saying;
    readonly fields: readonly (readonly [name: string, spelling: Spelling, shape: Shape])[];
  },
  rig: Rig,
  markers: Markers,
): Promise<Marked> {
  const { ending } = input;
  const shown: string[] = [];
  const secret = queued.includes(ending) ? "queuedSecret" : "secret";
  const fields = input.fields.map(([name, { spell }, shape]): [string, string] => {
    const kind = kindOf(name, secret);
    const { value, mark } = markers.make(kind, shape);
    if (kind === "personal") shown.push(mark);
    return [spell(name), value];
  });
  const path = `/${ending}/${markers.make("path", "number").value}/${randomUUID()}`;
  const made = input.placement.make(
    { token: authToken, url: `${publicBase}${path}`, idempotencyToken: randomUUID() },
    [["AccountSid", accountSid], ...fields],
  );
  const isForged = ending === "refused" || ending === "observed";
  const webhook = withCredentials(
    isForged ? forged(made) : made,
    () => markers.make(secret, "text").value,
  );

  const isSaid = ending === "answered" || ending === "fell_back" || ending === "observed";
  const says = input.saying.does(
    (shape) => {
      const { value, mark } = markers.make("answer", shape);
      if (isSaid) shown.push(mark);
      return value;
    },
    () => markers.make("answer", "digits").value,
  );
  const isUp = ending === "answered" || ending === "observed" || ending === "delivered";
  const fails = answer({ status: ending === "dead" ? 410 : 503 });
  const malformed = sayMalformed(markers.make("answer", "sid").mark);
  rig.origin.on(path, isUp ? says : ending === "failed" ? malformed : fails);
  if (ending === "fell_back") rig.origin.on(path.replace("/fell_back/", "/fallback/"), says);
  return { ending, webhook, answered: await rig.deliver(webhook), shown };
}

function kindOf(name: string, secret: MarkerKind): MarkerKind {
  if (KEYPAD_AND_CARD.includes(name)) return "keypad";
  return SECRETS.includes(name) ? secret : "personal";
}

function withCredentials(webhook: SentWebhook, secret: () => string): SentWebhook {
  const login = Buffer.from(`user:${secret()}`).toString("base64");
  return {
    ...webhook,
    headers: [
      ...webhook.headers,
      ["Authorization", `Basic ${login}`],
      ["Cookie", `session=${encodeURIComponent(secret())}`],
      ["Referer", `https://example.com/?x=${encodeURIComponent(secret())}`],
    ],
  };
}

function inXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
