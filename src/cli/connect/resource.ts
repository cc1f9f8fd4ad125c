import { isTable } from "../../shared/table.ts";
import { textOf } from "../read-table.ts";

/** What a webhook URL is set on: a phone number, a Messaging Service, a TwiML application. */
export type ResourceKind = "number" | "service" | "app";

/** One webhook URL of a resource. */
export interface Setting {
  /** For whoever reads. */
  readonly name: string;
  /** The URL's property in Twilio's package. */
  readonly url: string;
  /** Its method's; `undefined` where Twilio always takes POST. */
  readonly method: string | undefined;
  /** `answer`: TwiML is wanted. `fallback`: asked where that fails. `status`: told afterwards. */
  readonly use: "answer" | "fallback" | "status";
  /** What it is about, which pairs a fallback with what it is for. */
  readonly medium: "voice" | "message";
}

/** A webhook URL and its method as they stand at Twilio; `""` where there is none. */
export interface SetTo {
  /** As typed; may hold a password, and tokens in its query. */
  readonly url: string;
  readonly method: string;
}

/** A resource with what is set on it. */
export interface Resource {
  readonly kind: ResourceKind;
  readonly sid: string;
  /** The phone number, or the name that somebody gave it. */
  readonly name: string;
  /** All URLs and methods by their property in Twilio's package; `""` where there is none. */
  readonly values: Readonly<Record<string, string>>;
  /** Whose URLs Twilio takes in place of these, by medium: `TwiML app AP…`. */
  readonly instead: Readonly<Partial<Record<Setting["medium"], string>>>;
}

const voice: readonly Setting[] = [
  { name: "voice", url: "voiceUrl", method: "voiceMethod", use: "answer", medium: "voice" },
  {
    name: "voice fallback",
    url: "voiceFallbackUrl",
    method: "voiceFallbackMethod",
    use: "fallback",
    medium: "voice",
  },
  {
    name: "call status",
    url: "statusCallback",
    method: "statusCallbackMethod",
    use: "status",
    medium: "voice",
  },
];

const sms: readonly Setting[] = [
  { name: "sms", url: "smsUrl", method: "smsMethod", use: "answer", medium: "message" },
  {
    name: "sms fallback",
    url: "smsFallbackUrl",
    method: "smsFallbackMethod",
    use: "fallback",
    medium: "message",
  },
];

/**
 * The webhook URLs of each resource, as Twilio's package 6.2.0 has them. All that have a method keep it.
 * @see https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
 * @see https://www.twilio.com/docs/messaging/api/service-resource
 * @see https://www.twilio.com/docs/usage/api/applications read 2026-11.
 */
export const settings: Readonly<Record<ResourceKind, readonly Setting[]>> = {
  number: [...voice, ...sms],
  service: [
    {
      name: "incoming",
      url: "inboundRequestUrl",
      method: "inboundMethod",
      use: "answer",
      medium: "message",
    },
    {
      name: "fallback",
      url: "fallbackUrl",
      method: "fallbackMethod",
      use: "fallback",
      medium: "message",
    },
    {
      name: "message status",
      url: "statusCallback",
      method: undefined,
      use: "status",
      medium: "message",
    },
  ],
  app: [
    ...voice,
    ...sms,
    {
      name: "sms status",
      url: "smsStatusCallback",
      method: undefined,
      use: "status",
      medium: "message",
    },
    {
      name: "message status",
      url: "messageStatusCallback",
      method: undefined,
      use: "status",
      medium: "message",
    },
  ],
};

/**
 * Reads a resource out of what Twilio's package gives.
 *
 * @param given Its properties; one that is absent or `null` counts as not set.
 */
export function readResource(kind: ResourceKind, given: unknown): Resource {
  const table = isTable(given) ? given : {};
  const get = (property: string): string => textOf(table[property]) ?? "";
  const properties = settings[kind].flatMap(({ url, method }) =>
    method === undefined ? [url] : [url, method],
  );
  return {
    kind,
    sid: get("sid"),
    name: get(kind === "number" ? "phoneNumber" : "friendlyName"),
    values: Object.fromEntries(properties.map((property) => [property, get(property)])),
    instead: usedInstead(kind, get, table["useInboundWebhookOnNumber"] === true),
  };
}

/** A trunk goes before an application, an application before the number, as Twilio's reference says. */
function usedInstead(
  kind: ResourceKind,
  get: (property: string) => string,
  isOnNumber: boolean,
): Resource["instead"] {
  if (kind === "service" && isOnNumber) return { message: "the number that is written to" };
  if (kind !== "number") return {};
  const trunk = get("trunkSid");
  const [voiceApp, smsApp] = [get("voiceApplicationSid"), get("smsApplicationSid")];
  const calls = trunk ? `SIP trunk ${trunk}` : voiceApp && `TwiML app ${voiceApp}`;
  const messages = smsApp && `TwiML app ${smsApp}`;
  return { ...(calls ? { voice: calls } : {}), ...(messages ? { message: messages } : {}) };
}

/** A number in the sender pool of a Messaging Service whose own URLs count. */
export function withService(number: Resource, service: string): Resource {
  return { ...number, instead: { ...number.instead, message: `Messaging Service ${service}` } };
}

/** What a setting of a resource is set to. */
export function setTo({ values }: Pick<Resource, "values">, { url, method }: Setting): SetTo {
  return {
    url: values[url] ?? "",
    method: method === undefined ? "" : (values[method] ?? "").toUpperCase(),
  };
}

/** Whether two say the same: URLs as WHATWG reads them, methods where both have one. */
export function isSame(a: SetTo, b: SetTo): boolean {
  const isSameMethod = a.method === b.method || a.method === "" || b.method === "";
  // Where nothing is set, a method means nothing.
  return hrefOf(a.url) === hrefOf(b.url) && (a.url === "" || isSameMethod);
}

function hrefOf(url: string): string {
  return URL.parse(url)?.href ?? url;
}
