import { eventually } from "./eventually.ts";
import { startKv, type KvServer } from "./kv-server.ts";
import { answerUnalike } from "./misbehaving-origin.ts";
import { startOrigin, type OriginServer, type Reaction } from "./origin-server.ts";
import { deliver, exchange, requestBytes, type Listener, type RawResponse } from "./raw-http.ts";
import type { SentWebhook } from "./sign.ts";
import { startWorkerd, type Workerd, type WorkerdOptions } from "./workerd.ts";

/** The auth token of a rig's Worker. */
export const authToken = "3a7f0c5e9b1d4826af03c7e5b9d1f264";
/** The log token of a rig's Worker. */
export const logToken = "log-token-of-the-black-box-tests-0123456789";
/** The token that changes things, for those who give it to a rig as `LOG_ADMIN_TOKEN`. */
export const adminToken = "admin-token-of-the-black-box-tests-0123456789";
/** What Twilio calls; its port is not the one that is connected to. */
export const publicBase = "http://hooks.example.net";

/** A delivery as `GET /_log/deliveries/:id` tells it, as far as the tests look. */
export interface LoggedDelivery {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly error_code: number | null;
  readonly verified: boolean;
  readonly dedupe: string | null;
  readonly first_delivery_id: string | null;
  readonly attempts: readonly {
    readonly number: number;
    readonly to: "origin" | "fallback";
    readonly duration_ms: number;
    readonly result: "usable" | "failed";
    readonly class: string | null;
    readonly twilio_code: number | null;
    readonly detail: string | null;
  }[];
}

/** The Worker, an origin and a KV, each over real sockets. */
export interface Rig {
  readonly worker: Workerd;
  readonly origin: OriginServer;
  readonly kv: KvServer;
  /** Sends a webhook to the listener that its URL's scheme names, or to another one. */
  readonly deliver: (webhook: SentWebhook, to?: Listener) => Promise<RawResponse>;
  /** Reads from the log's API, with the token. */
  readonly log: (path: string, from?: Listener) => Promise<RawResponse>;
  /** Posts to the log's API; with the admin token, where the rig was given one. */
  readonly post: (path: string, body?: unknown, to?: Listener) => Promise<RawResponse>;
  /** The delivery that an answer names, once it is in the log and over. */
  readonly delivery: (answer: RawResponse) => Promise<LoggedDelivery>;
  readonly stop: () => Promise<void>;
}

/** What differs from rig to rig. */
export interface RigOptions {
  /** The `ORIGINS` table, given the origin's base URL. */
  readonly origins: (base: string) => Readonly<Record<string, unknown>>;
  /** What the origin does where a test says nothing; by default no two answers are alike. */
  readonly otherwise?: Reaction;
  /** Vars and secrets beside the tokens, given the origin's base URL. */
  readonly vars?: (base: string) => Readonly<Record<string, unknown>>;
  /** `false` leaves KV unbound. */
  readonly hasKv?: boolean;
  /** A KV that another rig has as well. */
  readonly kv?: KvServer;
  readonly ledger?: WorkerdOptions["ledger"];
  readonly bundle?: WorkerdOptions["bundle"];
  readonly fill?: WorkerdOptions["fill"];
  readonly trusted?: WorkerdOptions["trusted"];
  readonly beside?: WorkerdOptions["beside"];
  readonly v8Flags?: WorkerdOptions["v8Flags"];
}

/** Starts one. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const origin = await startOrigin(options.otherwise ?? answerUnalike);
  const kv = options.kv ?? (await startKv());
  const worker = await startWorkerd({
    vars: {
      TWILIO_AUTH_TOKEN: authToken,
      LOG_TOKEN: logToken,
      ORIGINS: options.origins(origin.base),
      ...options.vars?.(origin.base),
    },
    kvPort: options.hasKv === false ? undefined : kv.port,
    ledger: options.ledger,
    bundle: options.bundle,
    fill: options.fill,
    trusted: options.trusted,
    beside: options.beside,
    v8Flags: options.v8Flags,
  });

  const log = (path: string, from = worker.plain): Promise<RawResponse> =>
    exchange(
      from,
      requestBytes({
        method: "GET",
        target: `/_log${path}`,
        host: "hooks.example.net",
        headers: [["Authorization", `Bearer ${logToken}`]],
      }),
    );

  return {
    worker,
    origin,
    kv,
    deliver: (webhook, to = listenerFor(webhook, worker)) => deliver(to, webhook),
    log,
    post: (path, body = "", to = worker.plain) =>
      exchange(
        to,
        requestBytes({
          method: "POST",
          target: `/_log${path}`,
          host: "hooks.example.net",
          headers: [["Authorization", `Bearer ${adminToken}`]],
          body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
        }),
      ),
    delivery: async (answer) => {
      const id = answer.header("hookswitch-delivery");
      return eventually(`delivery ${id} is in the log`, async () => {
        const found = await log(`/deliveries/${id}`);
        if (found.status !== 200) {
          return undefined;
        }
        const delivery: LoggedDelivery = JSON.parse(found.body.toString());
        return delivery.outcome === "running" ? undefined : delivery;
      });
    },
    stop: async () => {
      await worker.stop();
      await origin.stop();
      if (options.kv === undefined) {
        await kv.stop();
      }
    },
  };
}

/** The listener for the scheme of a webhook's URL: `https` and `wss` are TLS. */
export function listenerFor(webhook: Pick<SentWebhook, "url">, worker: Workerd): Listener {
  return /^(https|wss):/.test(webhook.url) ? worker.tls : worker.plain;
}
