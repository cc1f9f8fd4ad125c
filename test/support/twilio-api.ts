import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { close, listen } from "./loopback.ts";

/** A resource as the API writes it, in snake case. */
export type ApiResource = Record<string, string | boolean | null>;

/** A request to the API. */
export interface AskedOfTwilio {
  readonly method: string;
  /** Begins with Twilio's host. */
  readonly path: string;
  /** The form of an update. */
  readonly form: Readonly<Record<string, string>>;
}

/** Answered in place of the API; `false` where it is for the API. */
export type InsteadOfTwilio = (asked: AskedOfTwilio, response: ServerResponse) => boolean;

/** Numbers, applications and Messaging Services of an account, over HTTP as Twilio's API has them. */
export interface TwilioApi {
  /** For `HOOKSWITCH_TWILIO_API`. */
  readonly base: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKey: { readonly sid: string; readonly secret: string };
  readonly asked: AskedOfTwilio[];
  /** By sid. */
  readonly numbers: Map<string, ApiResource>;
  readonly apps: Map<string, ApiResource>;
  readonly services: Map<string, ApiResource>;
  /** Sids of numbers, by the sid of their Messaging Service. */
  readonly members: Map<string, readonly string[]>;
  /** Asked before every answer. */
  instead: InsteadOfTwilio;
  readonly reset: () => void;
  readonly stop: () => Promise<void>;
}

/** The API gives no more on a page than this, whatever is asked for. */
const MOST_ON_A_PAGE = 50;

const lists = {
  IncomingPhoneNumbers: { key: "incoming_phone_numbers", of: "numbers" },
  Applications: { key: "applications", of: "apps" },
} as const;

/**
 * Answers as Twilio's API does, on loopback: pages, Basic authentication, updates of what is in the form
 * alone, errors in its form.
 * @see https://www.twilio.com/docs/usage/twilios-response read 2026-11.
 */
export async function startTwilioApi(): Promise<TwilioApi> {
  const server = createServer((request, response) => void answer(api, request, response));
  const api: TwilioApi = {
    base: `http://127.0.0.1:${await listen(server)}`,
    accountSid: `AC${"1a".repeat(16)}`,
    authToken: "5ba1f0c2e4d6978899aabbccddeeff00",
    apiKey: { sid: `SK${"2b".repeat(16)}`, secret: "secret-of-the-api-key" },
    asked: [],
    numbers: new Map(),
    apps: new Map(),
    services: new Map(),
    members: new Map(),
    instead: () => false,
    reset: () => {
      for (const kept of [api.numbers, api.apps, api.services, api.members]) kept.clear();
      api.asked.length = 0;
      api.instead = () => false;
    },
    stop: async () => {
      server.closeAllConnections();
      await close(server);
    },
  };
  return api;
}

async function answer(
  api: TwilioApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "", api.base);
  const form = Object.fromEntries(new URLSearchParams(await text(request)));
  const asked = {
    method: request.method ?? "",
    path: `${url.pathname.slice(1)}${url.search}`,
    form,
  };
  api.asked.push(asked);
  if (api.instead(asked, response)) return;
  const known = [
    `${api.accountSid}:${api.authToken}`,
    `${api.apiKey.sid}:${api.apiKey.secret}`,
  ].map((each) => `Basic ${Buffer.from(each).toString("base64")}`);
  if (!known.includes(request.headers.authorization ?? "")) {
    return refuse(response, 401, 20_003, "Authenticate");
  }
  const [host = "", ...path] = url.pathname.slice(1).split("/");
  if (host === "api.twilio.com") return answerAccount(api, { path, url, asked, response });
  if (host === "messaging.twilio.com") return answerServices(api, { path, url, asked, response });
  return refuse(response, 404, 20_404, "The requested resource was not found");
}

interface Asked {
  readonly path: readonly string[];
  readonly url: URL;
  readonly asked: AskedOfTwilio;
  readonly response: ServerResponse;
}

/** `/2010-04-01/Accounts/AC…/IncomingPhoneNumbers(/PN…).json` and the like. */
function answerAccount(api: TwilioApi, { path, url, asked, response }: Asked): void {
  const [, , accountSid, kind = "", sid] = path
    .join("/")
    .replace(/\.json$/, "")
    .split("/");
  const list = kind === "Applications" || kind === "IncomingPhoneNumbers" ? lists[kind] : undefined;
  if (list === undefined) return refuse(response, 404, 20_404, "not found");
  const all = [...api[list.of].values()].filter((each) => each["account_sid"] === accountSid);
  if (sid !== undefined) return answerOne(api[list.of].get(sid), asked, response);
  const { page, rest, number, size } = cutPage(all, url);
  const next = `/${path.join("/")}?PageSize=${size}&Page=${number + 1}&PageToken=PA${number + 1}`;
  json(response, 200, {
    [list.key]: page,
    page: number,
    page_size: size,
    first_page_uri: `/${path.join("/")}?PageSize=${size}&Page=0`,
    next_page_uri: rest ? next : null,
    previous_page_uri: null,
    uri: url.pathname,
  });
}

/** `/v1/Services(/MG…(/PhoneNumbers))`. */
function answerServices(api: TwilioApi, { path, url, asked, response }: Asked): void {
  const [, , sid, numbers] = path;
  if (sid !== undefined && numbers === undefined) {
    return answerOne(api.services.get(sid), asked, response);
  }
  const members = (api.members.get(sid ?? "") ?? []).map((member) => ({
    sid: member,
    account_sid: api.accountSid,
    service_sid: sid,
    phone_number: api.numbers.get(member)?.["phone_number"],
  }));
  const all: readonly object[] = sid === undefined ? [...api.services.values()] : members;
  const { page, rest, number, size } = cutPage(all, url);
  const at = `https://messaging.twilio.com/${path.join("/")}?PageSize=${size}&Page=`;
  json(response, 200, {
    [sid === undefined ? "services" : "phone_numbers"]: page,
    meta: {
      page: number,
      page_size: size,
      first_page_url: `${at}0`,
      next_page_url: rest ? `${at}${number + 1}&PageToken=PA${number + 1}` : null,
      previous_page_url: null,
      url: `${at}${number}`,
      key: sid === undefined ? "services" : "phone_numbers",
    },
  });
}

function answerOne(
  resource: ApiResource | undefined,
  { method, form }: AskedOfTwilio,
  response: ServerResponse,
): void {
  if (resource === undefined) return refuse(response, 404, 20_404, "not found");
  if (method === "POST") {
    for (const [name, value] of Object.entries(form)) {
      resource[name.replaceAll(/(?<!^)[A-Z]/g, "_$&").toLowerCase()] = value;
    }
  }
  json(response, 200, resource);
}

function cutPage<T>(
  all: readonly T[],
  { searchParams }: URL,
): {
  readonly page: readonly T[];
  readonly rest: boolean;
  readonly number: number;
  readonly size: number;
} {
  const size = Math.min(Number(searchParams.get("PageSize") ?? 50), MOST_ON_A_PAGE);
  const number = Number(searchParams.get("Page") ?? 0);
  const page = all.slice(number * size, (number + 1) * size);
  return { page, rest: (number + 1) * size < all.length, number, size };
}

/** An error in the API's form. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  json(response, status, { code, message, more_info, status }, headers);
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
