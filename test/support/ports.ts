import { recentAnswers } from "../../src/claim/recent-answers.ts";
import type { AnswerStore, LedgerClient, Ports } from "../../src/shared/ports.ts";
import type { OriginReply, OriginRequest } from "../../src/forward/origin.ts";
import type {
  AttemptSettlement,
  ClaimReply,
  EnqueueReply,
  EnqueueRequest,
  Settlement,
  WaitReply,
  WebhookSettlement,
} from "../../src/ledger/protocol.ts";
import { sealer } from "../../src/shared/seal.ts";
import { ok } from "../../src/shared/result.ts";
import { fakeClock, type FakeClock } from "./fake-clock.ts";

/** What a scripted origin does with one request: answers, after a time, or never. */
export type Script =
  | OriginReply
  | { readonly afterMs: number; readonly reply: OriginReply }
  | "never";

/** Ports of a test: time that moves when told, an origin and a ledger that do as the script says. */
export interface FakePorts extends Ports {
  readonly clock: FakeClock;
  /** What the origin was asked, in order. */
  readonly asked: OriginRequest[];
  /** Signals of those requests, to see which were aborted. */
  readonly signals: AbortSignal[];
  readonly settled: WebhookSettlement[];
  readonly released: WebhookSettlement[];
  /** Attempts at queued webhooks that were settled. */
  readonly attempted: AttemptSettlement[];
  /** What the ledger was asked to keep. */
  readonly enqueued: EnqueueRequest[];
  readonly background: Promise<unknown>[];
}

/** A usable answer. */
export function answered(
  text = "<Response/>",
  more: { readonly status?: number; readonly headers?: Record<string, string> } = {},
): OriginReply {
  return {
    kind: "answered",
    status: more.status ?? 200,
    headers: new Headers(more.headers ?? { "content-type": "text/xml" }),
    setCookies: [],
    body: Uint8Array.from(new TextEncoder().encode(text)),
  };
}

/** A connection that broke. */
export const lost: OriginReply = {
  kind: "threw",
  name: "Error",
  message: "Network connection lost.",
  afterHeaders: false,
};

/** A refused connection, as Cloudflare tells it. */
export const unreached: OriginReply = {
  kind: "answered",
  status: 521,
  headers: new Headers({ server: "cloudflare" }),
  setCookies: [],
  body: new Uint8Array(),
};

/** Makes ports; what a test does not script must not be asked for. */
export function fakePorts(
  script: {
    readonly origin?: readonly Script[];
    readonly claim?: () => Promise<ClaimReply>;
    readonly wait?: () => Promise<WaitReply>;
    readonly enqueue?: () => Promise<EnqueueReply>;
    /** `LOG_KEY`. */
    readonly logKeys?: readonly string[];
    readonly answers?: Partial<AnswerStore>;
    readonly random?: () => number;
  } = {},
): FakePorts {
  const clock = fakeClock();
  const left = [...(script.origin ?? [])];
  const asked: OriginRequest[] = [];
  const signals: AbortSignal[] = [];
  const settled: WebhookSettlement[] = [];
  const released: WebhookSettlement[] = [];
  const attempted: AttemptSettlement[] = [];
  const enqueued: EnqueueRequest[] = [];
  const take = (settlement: Settlement, into: WebhookSettlement[]): void => {
    if ("lease" in settlement) attempted.push(settlement);
    else into.push(settlement);
  };
  const background: Promise<unknown>[] = [];

  const ledger: LedgerClient = {
    claim:
      script.claim ??
      (async () => ({ state: "first", fence: 1, breaker: "closed", takenOver: false })),
    wait: script.wait ?? (() => Promise.reject(new Error("no wait was scripted"))),
    enqueue: async (request) => {
      enqueued.push(request);
      return script.enqueue?.() ?? { state: "queued", lease: undefined };
    },
    settle: (settlement) => take(settlement, settled),
    afterwards: (work) => void background.push(clock.sleep(0).then(work)),
    release: async (settlement) => take(settlement, released),
    refuse: () => undefined,
  };
  return {
    clock,
    random: script.random ?? (() => 0),
    randomBytes: (count) => new Uint8Array(count),
    sealer: sealer(script.logKeys ?? []),
    explain: () => Promise.reject(new Error("Nobody asks here.")),
    originClient: {
      send: async (request, signal) => {
        asked.push(request);
        signals.push(signal);
        const step = left.shift();
        if (step === undefined) throw new Error(`no answer was scripted for ${request.url}`);
        if (step === "never") return new Promise<OriginReply>(() => undefined);
        if ("kind" in step) return step;
        await clock.sleep(step.afterMs);
        return step.reply;
      },
    },
    readBody: async (request) => ok(new Uint8Array(await request.arrayBuffer())),
    answers:
      script.answers === undefined
        ? undefined
        : {
            get: async () => undefined,
            put: async () => true,
            delete: async () => true,
            health: async () => ({ isReachable: true, isWritingPaused: false }),
            ...script.answers,
          },
    recentAnswers: recentAnswers(),
    ledger,
    reader: {
      find: async () => undefined,
      lease: async () => ({ state: "unknown" }),
      plan: async () => undefined,
      runPlan: async () => undefined,
      cancelPlan: async () => undefined,
      findPlan: async () => undefined,
      plans: async () => [],
      stats: async () => [],
      records: async () => [],
      search: async () => [],
      erase: async () => ({ erased: 0, underWay: 0, isComplete: true, claimKeys: [] }),
      audit: async () => undefined,
      audits: async () => [],
      watch: async () => {
        throw new Error("no watch was scripted");
      },
      health: async () => [],
    },
    alerts: { run: async () => [], settle: async () => undefined },
    verifyAccess: undefined,
    page: undefined,
    log: {
      write: () => undefined,
      misconfigured: () => undefined,
      bug: () => undefined,
      lost: () => undefined,
      unsent: () => undefined,
    },
    waitUntil: (work) => void background.push(work),
    asked,
    signals,
    settled,
    released,
    attempted,
    enqueued,
    background,
  };
}
