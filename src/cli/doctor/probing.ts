import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Key } from "../../verify/keys.ts";
import { exchange, type Reply } from "../exchange.ts";
import { askLog } from "../log/client.ts";
import { readDelivery, type ShownDelivery } from "../log/delivery.ts";
import { type LogRow, readPage } from "../log/row.ts";
import type { LogServer } from "../log/server.ts";
import { cutTypedUrl } from "../typed-url.ts";
import { webhookRequest } from "../webhook-request.ts";
import { type Probe, probes } from "./probes.ts";
import { whoBlocked } from "./who-answered.ts";

/** A probe, what was answered and what the log has of it. */
export interface Probed {
  readonly probe: Probe;
  /** As sent and signed. */
  readonly url: string;
  readonly reply: Reply;
  /** Whether Hookswitch itself says that it was proven, and reached no origin. */
  readonly isUnrouted: boolean;
  /** What the log has of it; `undefined` when that has nothing, or need not be asked. */
  readonly row: LogRow | undefined;
}

/** What probes are sent with. */
export interface ProbingInput {
  /** Below which no origin takes anything. */
  readonly path: string;
  readonly key: Key;
  /** The account to sign for, where keys are an account's own. */
  readonly accountSid: string | undefined;
}

/** What is refused reaches the log within a second, of a busy isolate or a far ledger some later. */
const LOG_PATIENCE_MS = 8_000;
const LOOK_EVERY_MS = 500;

/** Sends every probe, one after the other, and looks up in the log what has not come through as it should. */
export async function sendProbes(
  { path, key, accountSid }: ProbingInput,
  server: LogServer,
): Promise<readonly Probed[]> {
  // All of them have this one, by which the log finds them.
  const runSid = newSid();
  const sent: (Omit<Probed, "row"> & { readonly sid: string })[] = [];
  for (const probe of probes) {
    const sid = newSid();
    const text = `${server.baseUrl}${path}${probe.rest}`;
    const url = cutTypedUrl(text);
    if (url === undefined) continue;
    const request = await webhookRequest({
      url,
      signUrl: url,
      content: {
        kind: "form",
        method: probe.method,
        parameters: [
          ["MessageSid", sid],
          ["SmsSid", runSid],
          ...(accountSid === undefined ? [] : [["AccountSid", accountSid] as const]),
          ...probe.parameters,
        ],
      },
      key,
      keySid: undefined,
      idempotencyToken: randomUUID(),
      isTampered: false,
      extraHeaders: [],
    });
    const reply = await exchange(request);
    const isUnrouted =
      reply.kind === "answered" && reply.headers["hookswitch-outcome"] === "unrouted";
    sent.push({ probe, url: text, reply, isUnrouted, sid });
    // When not even that one is proven, the others tell nothing, and would only fill the log.
    if (probe.kind === "plain" && isRefused(reply)) break;
  }
  const sids = sent.filter(isUnclear).map(({ sid }) => sid);
  const rows = sids.length === 0 ? [] : await findRows(runSid, sids, server);
  return sent.map(({ sid, ...each }) => ({
    ...each,
    row: rows.find((row) => row.sids.includes(sid)),
  }));
}

/** One that the log has, whole. */
export async function lookUp(id: string, server: LogServer): Promise<ShownDelivery | undefined> {
  const path = `/deliveries/${encodeURIComponent(id)}`;
  const shown = await askLog(server, { method: "GET", path, read: readDelivery });
  return shown.ok ? shown.value : undefined;
}

/** Whether it reached Hookswitch, and only the log tells how. */
function isUnclear({ isUnrouted, reply }: Pick<Probed, "isUnrouted" | "reply">): boolean {
  return !isUnrouted && reply.kind === "answered" && whoBlocked(reply) === undefined;
}

/** Whether Hookswitch itself has turned it away. */
function isRefused(reply: Reply): boolean {
  if (reply.kind === "failed" || whoBlocked(reply) !== undefined) return false;
  return (reply.headers["hookswitch-outcome"] ?? "refused") === "refused";
}

/** Rows of a run, until each of these is among them or that has taken too long. */
async function findRows(
  runSid: string,
  sids: readonly string[],
  server: LogServer,
): Promise<readonly LogRow[]> {
  const until = performance.now() + LOG_PATIENCE_MS;
  for (;;) {
    const body = { sid: runSid, limit: 200 };
    const request = { method: "POST", path: "/search", body, isReading: true } as const;
    const page = await askLog(server, { ...request, read: readPage });
    const rows = page.ok ? page.value.rows : [];
    const isThere = (sid: string): boolean => rows.some((row) => row.sids.includes(sid));
    if (sids.every(isThere) || performance.now() > until) return rows;
    await sleep(LOOK_EVERY_MS);
  }
}

function newSid(): string {
  return `SM${randomBytes(16).toString("hex")}`;
}
