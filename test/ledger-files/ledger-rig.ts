import { randomUUID } from "node:crypto";
import { eventually } from "../support/eventually.ts";
import { answerUnalike } from "../support/misbehaving-origin.ts";
import { exchange, requestBytes } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { formWebhook, sidOf, smsFields, type Fields, type SentWebhook } from "../support/sign.ts";
import {
  adminToken,
  clockAt,
  logKey,
  origins,
  putLedger,
  type Release,
  type Told,
} from "./ledger-file.ts";

/** The number that every webhook here comes from. */
const number = "+15005550001";

/** A form whose path, sid and token are its own. */
export type OwnWebhook = SentWebhook & {
  readonly path: string;
  readonly fields: Fields;
  readonly sid: string;
};

/** A Worker whose clock and release change from start to start, on one ledger's file. */
export interface LedgerRig extends Rig {
  readonly authToken: string;
  /** By its own clock, epoch ms. */
  readonly nowMs: () => number;
  /** Starts a release, or with `undefined` the present one, at an instant (epoch ms). */
  readonly start: (release: Release | undefined, atMs: number) => Promise<void>;
  /** The whole list, over its pages. */
  readonly list: (query?: string) => Promise<readonly Told[]>;
  /** Ids that a search by the sender's number finds. */
  readonly byNumber: () => Promise<readonly string[]>;
  /** Unmasked; `undefined` when it is not there. */
  readonly find: (id: string) => Promise<Told | undefined>;
  readonly detail: (id: string) => Promise<Told>;
  /** What was counted today. */
  readonly today: () => Promise<readonly unknown[]>;
  /** A delivery that is not running any more. */
  readonly over: (id: string) => Promise<Told>;
  /** A delivery that has come to an outcome. */
  readonly ended: (id: string, outcome: string) => Promise<Told>;
  /** A delivery that was tried and waits. */
  readonly waits: (id: string) => Promise<Told>;
  readonly replay: (id: string) => Promise<void>;
  readonly erase: (sid: string) => Promise<number>;
}

/** What a rig is started with. */
export interface LedgerRigOptions {
  /** The present one where none is named. */
  readonly release?: Release;
  readonly isSealed: boolean;
  /** Epoch ms. */
  readonly atMs: number;
  /** A ledger's file that is put in place. */
  readonly file?: string;
}

/** Starts one. */
export async function startLedger(options: LedgerRigOptions): Promise<LedgerRig> {
  const { release, file } = options;
  let startedAtMs = options.atMs;
  let machineAtMs = Date.now();
  const rig = await startRig({
    origins: (base) => origins(base, release ?? { hasQueue: true }),
    otherwise: answerUnalike,
    hasKv: false,
    ledger: "another-time",
    bundle: release?.bundle,
    fill: file === undefined ? undefined : (objects) => putLedger(file, objects),
    vars: () => ({
      LOG_ADMIN_TOKEN: adminToken,
      LOG_KEY: options.isSealed ? logKey : undefined,
      ...clockAt(options.atMs),
    }),
  });

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const { status, body: said } = await exchange(
      rig.worker.plain,
      requestBytes({
        method,
        target: `/_log${path}`,
        host: "hooks.example.net",
        headers: [["Authorization", `Bearer ${adminToken}`]],
        body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
      }),
    );
    if (status === 404) return undefined;
    if (status !== 200)
      throw new Error(`Cannot ${method} ${path}: got ${status}, ${said.toString()}`);
    return JSON.parse(said.toString());
  }

  async function list(query = ""): Promise<readonly Told[]> {
    const found: Told[] = [];
    for (let cursor = ""; ;) {
      // oxlint-disable-next-line no-unsafe-type-assertion -- the API's own form
      const page = (await ask("GET", `/deliveries?limit=10&${query}${cursor}`)) as Page;
      found.push(...page.deliveries);
      if (page.cursor === null) return found;
      cursor = `&cursor=${page.cursor}`;
    }
  }

  async function find(id: string): Promise<Told | undefined> {
    // oxlint-disable-next-line no-unsafe-type-assertion -- the API's own form
    return (await ask("GET", `/deliveries/${id}?unmask=1`)) as Told | undefined;
  }

  function until(id: string, what: string, isSo: (told: Told) => boolean): Promise<Told> {
    return eventually(`delivery ${id} ${what}`, async () => {
      const told = await find(id);
      return told !== undefined && isSo(told) && told;
    });
  }

  return {
    ...rig,
    authToken,
    nowMs: () => startedAtMs + Date.now() - machineAtMs,
    start: async (of, atMs) => {
      [startedAtMs, machineAtMs] = [atMs, Date.now()];
      const table = origins(rig.origin.base, of ?? { hasQueue: true });
      await rig.worker.start({ ...clockAt(atMs), ORIGINS: table }, of?.bundle);
    },
    list,
    byNumber: async () => {
      // oxlint-disable-next-line no-unsafe-type-assertion -- the API's own form
      const page = (await ask("POST", "/search", { from: number, limit: 200 })) as Page;
      return page.deliveries.map(({ id }) => id);
    },
    find,
    detail: (id) => until(id, "is there", () => true),
    today: async () => {
      // oxlint-disable-next-line no-unsafe-type-assertion -- the API's own form
      const { ledger } = (await ask("GET", "/health")) as { ledger: { today: unknown[] }[] };
      return ledger.flatMap(({ today }) => today);
    },
    over: (id) => until(id, "is over", ({ outcome }) => outcome !== "running"),
    ended: (id, wanted) => until(id, `is ${wanted}`, ({ outcome }) => outcome === wanted),
    waits: (id) =>
      until(id, "waits", (told) => told["attempts"] !== 0 && told["next_attempt_at"] !== null),
    replay: async (id) => {
      await ask("POST", `/deliveries/${id}/replay`);
    },
    erase: async (sid) => {
      // oxlint-disable-next-line no-unsafe-type-assertion -- the API's own form
      const { erased } = (await ask("POST", "/erase", { sid })) as { erased: number };
      return erased;
    },
  };
}

interface Page {
  readonly deliveries: readonly Told[];
  readonly cursor: string | null;
}

/** A webhook that nothing else is like. */
export function webhook(
  under: "all" | "safe" | "observed" | "queued",
  more: Fields = [],
): OwnWebhook {
  const path = `/${under}/${randomUUID()}`;
  const sid = sidOf("SM", path);
  const fields = [...smsFields("hello", sid), ...more];
  const url = `${publicBase}${path}`;
  return {
    ...formWebhook({ token: authToken, url, fields, idempotencyToken: randomUUID() }),
    path,
    fields,
    sid,
  };
}
