import type { Delivery, Parameter } from "./api-types.ts";

type Told = Pick<Delivery, "masked" | "request" | "sids">;

/** Set by whoever sends: the command does so itself. */
const OWN_HEADERS = /^(host|content-length|connection|accept-encoding|cf-|x-forwarded-|x-real-ip)/i;

/**
 * The request of a delivery as a curl command. It has no signature, which is not kept: Hookswitch
 * refuses it, an application's own URL is to be put in.
 */
export function curlCommand({ masked, request }: Told): string {
  const isForm = request.parameters !== null && request.method !== "GET";
  const lines = [
    `curl -X ${quoted(request.method)} ${quoted(urlOf(request))}`,
    ...request.headers
      .filter(([name]) => !OWN_HEADERS.test(name) && !(isForm && /^content-type$/i.test(name)))
      .map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(isForm
      ? (request.parameters ?? []).map(
          ({ name, value }) => `--data-urlencode ${quoted(`${encodeURIComponent(name)}=${value}`)}`,
        )
      : request.body === null || request.body === ""
        ? []
        : [`--data-raw ${quoted(request.body)}`]),
  ];
  return `${maskedNote(masked)}# Not signed: Hookswitch answers 403. Put your application's URL in.\n${lines.join(" \\\n  ")}\n`;
}

/** The same webhook, signed with the auth token of this machine, as `hookswitch send` makes it. */
export function sendCommand({ masked, request, sids }: Told): string {
  const isGet = request.method === "GET";
  const parameters = isGet ? request.query : (request.parameters ?? []);
  const account = parameters.find(
    ({ name, value }) => name === "AccountSid" && /^AC[\da-f]{32}$/i.test(value),
  )?.value;
  const product = productOf(parameters, sids, request.body !== null);
  const url = isGet ? request.url : urlOf(request);
  const lines = [
    `npx hookswitch send ${product} ${quoted(url)}`,
    ...(isGet ? ["--get"] : []),
    ...(account === undefined ? [] : [`--account ${quoted(account)}`]),
    ...(product === "json"
      ? [`--body ${quoted(request.body ?? "")}`]
      : parameters.map(({ name, value }) => `--param ${quoted(`${name}=${value}`)}`)),
  ];
  return `${maskedNote(masked)}${lines.join(" \\\n  ")}\n`;
}

/** A word that a shell takes as it is, whatever is in it. */
export function quoted(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function productOf(
  parameters: readonly Parameter[],
  sids: readonly string[],
  hasBody: boolean,
): "json" | "sms" | "status" | "voice" {
  const has = (name: string): boolean => parameters.some((each) => each.name === name);
  if (hasBody) return "json";
  if (has("MessageStatus") && !has("Body")) return "status";
  return has("CallSid") || sids.some((sid) => sid.startsWith("CA")) ? "voice" : "sms";
}

function urlOf({ url, query }: Told["request"]): string {
  if (query.length === 0) return url;
  const pairs = query.map(
    ({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return `${url}?${pairs.join("&")}`;
}

function maskedNote(isMasked: boolean): string {
  return isMasked ? "# Personal values are masked: unmask the delivery first.\n" : "";
}
