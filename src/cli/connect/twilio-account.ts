import { setTimeout as sleep } from "node:timers/promises";
import twilio from "twilio";
import { err, ok, type Result } from "../../shared/result.ts";
import { isTable } from "../../shared/table.ts";
import type { Credentials } from "./credentials.ts";
import { readResource, type Resource, type ResourceKind } from "./resource.ts";
import { retryDelayMs } from "./retry.ts";

/** Why Twilio's API did not do what was asked. */
export interface ApiFailure {
  /** HTTP status; `undefined` when there was no answer. */
  readonly status: number | undefined;
  /** What Twilio said, or what went wrong on the way; on one line. */
  readonly message: string;
}

/** The webhook URLs of an account at Twilio. */
export interface TwilioAccount {
  /** All of a kind, however many pages they are on. */
  readonly list: (kind: ResourceKind) => Promise<Result<readonly Resource[], ApiFailure>>;
  /** Which numbers belong to which of these Messaging Services: the number's sid, then the service's. */
  readonly members: (
    services: readonly Resource[],
  ) => Promise<Result<ReadonlyMap<string, string>, ApiFailure>>;
  readonly fetch: (kind: ResourceKind, sid: string) => Promise<Result<Resource, ApiFailure>>;
  /** Sets values by their property in Twilio's package, all at once; `""` takes one away. */
  readonly update: (
    kind: ResourceKind,
    sid: string,
    values: Readonly<Record<string, string>>,
  ) => Promise<Result<Resource, ApiFailure>>;
}

/** How the API is reached. */
export interface ApiAccess {
  /** Stands in for Twilio's hosts, for tests: `https://api.twilio.com/x` becomes `<it>/api.twilio.com/x`. */
  readonly standIn: string | undefined;
  /** Is told what is waited for. */
  readonly tell: (line: string) => void;
}

const TIMEOUT_MS = 20_000;

/**
 * The largest pages that the API gives. Anew for each list: the package writes into it (6.2.0), and two
 * lists would share their callbacks.
 */
function wholePages(): { pageSize: number } {
  return { pageSize: 1_000 };
}

/** What the package has of a kind. */
interface Resources {
  readonly list: () => Promise<readonly Readable[]>;
  readonly at: (sid: string) => {
    fetch(): Promise<Readable>;
    update(values: Readonly<Record<string, string>>): Promise<Readable>;
  };
}

interface Readable {
  toJSON(): unknown;
}

/** Asks Twilio's API by Twilio's own package, which reads `TWILIO_EDGE` and `TWILIO_REGION` as always. */
export function openAccount(credentials: Credentials, access: ApiAccess): TwilioAccount {
  const { accountSid, username, password } = credentials;
  const client = twilio(username, password, { accountSid, httpClient: patientClient(access) });
  const { incomingPhoneNumbers: numbers, applications: apps } = client;
  const { services } = client.messaging.v1;
  const resources: Readonly<Record<ResourceKind, Resources>> = {
    number: { list: () => numbers.list(wholePages()), at: (sid) => numbers(sid) },
    service: { list: () => services.list(wholePages()), at: (sid) => services(sid) },
    app: { list: () => apps.list(wholePages()), at: (sid) => apps(sid) },
  };
  return {
    list: (kind) =>
      attempt(async () => {
        const found = await resources[kind].list();
        return found.map((each) => readResource(kind, each.toJSON()));
      }),
    members: (given) =>
      attempt(async () => {
        const members = new Map<string, string>();
        for (const { sid } of given) {
          for (const number of await services(sid).phoneNumbers.list(wholePages())) {
            members.set(number.sid, sid);
          }
        }
        return members;
      }),
    fetch: (kind, sid) =>
      attempt(async () => readResource(kind, (await resources[kind].at(sid).fetch()).toJSON())),
    update: (kind, sid, values) =>
      attempt(async () =>
        readResource(kind, (await resources[kind].at(sid).update(values)).toJSON()),
      ),
  };
}

/**
 * The package's own client, which asks again what may go better in a moment. By itself it can do so for
 * 429 alone, and never where nobody answers (6.2.0).
 */
function patientClient({ standIn, tell }: ApiAccess): twilio.RequestClient {
  const client = new twilio.RequestClient({ timeout: TIMEOUT_MS });
  const send = client.request.bind(client);
  client.request = async (options) => {
    const uri = standIn === undefined ? options.uri : options.uri.replace("https:/", standIn);
    for (let made = 1; ; made += 1) {
      const answer = await attempt(() => send({ ...options, uri }));
      const status = answer.ok ? answer.value.statusCode : undefined;
      const retryAfter = answer.ok ? headerOf(answer.value.headers, "retry-after") : undefined;
      const delayMs = retryDelayMs({ status, retryAfter }, made, Math.random());
      if (delayMs === undefined) {
        if (answer.ok) return answer.value;
        throw new Error(answer.error.message);
      }
      const what = answer.ok ? `answered ${status}` : `did not answer (${answer.error.message})`;
      tell(`Twilio ${what}, asking again in ${(delayMs / 1_000).toFixed(1)} s`);
      await sleep(delayMs);
    }
  };
  return client;
}

function headerOf(headers: unknown, name: string): string | undefined {
  const value = isTable(headers) ? headers[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** The package throws what the API refuses. */
async function attempt<T>(work: () => Promise<T>): Promise<Result<T, ApiFailure>> {
  try {
    return ok(await work());
  } catch (error) {
    return err(failureOf(error));
  }
}

function failureOf(error: unknown): ApiFailure {
  const table = typeof error === "object" && error !== null ? { ...error } : {};
  const status = "status" in table && typeof table.status === "number" ? table.status : undefined;
  const code = "code" in table && typeof table.code === "number" ? ` (${table.code})` : "";
  const text = error instanceof Error ? error.message : String(error);
  const named = "code" in table && typeof table.code === "string" ? table.code : "no answer";
  return { status, message: `${text || named}${code}`.replaceAll(/\s+/g, " ") };
}
