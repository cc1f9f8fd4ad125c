import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { flood } from "../support/flood.ts";
import { requestBytes, cutUrl } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { forged, formWebhook, jsonWebhook, smsFields, type SentWebhook } from "../support/sign.ts";

/** The flood, and the tenth of it that must leave as much behind. */
const WHOLE = 100_000;
const TENTH = WHOLE / 10;
/** Where a tenth takes so long that the whole would take longer than this, it is that much smaller, s. */
const PATIENCE_S = 45;

const sms = formWebhook({ token: authToken, url: `${publicBase}/sms`, fields: smsFields() });
const json = jsonWebhook({ token: authToken, url: `${publicBase}/json`, body: "{}" });

/** Each a refusal of its own: by origin and by reason. */
const kinds: readonly {
  readonly origin: string | null;
  readonly reason: string;
  readonly status: number;
  readonly sent: SentWebhook;
}[] = [
  { origin: "sms", reason: "signature_mismatch", status: 403, sent: forged(sms) },
  { origin: "sms", reason: "signature_missing", status: 403, sent: { ...sms, headers: [] } },
  { origin: "json", reason: "signature_mismatch", status: 403, sent: forged(json) },
  {
    origin: "json",
    reason: "body_hash_mismatch",
    status: 403,
    sent: { ...json, body: Buffer.from("[]") },
  },
  {
    origin: null,
    reason: "signature_mismatch",
    status: 404,
    sent: forged(
      formWebhook({ token: authToken, url: `${publicBase}/nowhere`, fields: smsFields() }),
    ),
  },
];

function origins(base: string): Record<string, unknown> {
  return {
    sms: { path: "/sms", url: `${base}/sms` },
    json: { path: "/json", url: `${base}/json` },
  };
}

describe("a flood of forged webhooks", () => {
  let tenth: Rig;
  let whole: Rig;
  let tenthSeconds: number;
  beforeAll(async () => {
    tenth = await startRig({ origins, ledger: "counting" });
    whole = await startRig({ origins, ledger: "counting" });
  });
  afterAll(async () => {
    await tenth.stop();
    await whole.stop();
  });

  /** Sends it, sees it refused and counted, and that it cost the ledger a call a second. Gives how long it took, s. */
  async function refuseAll(rig: Rig, count: number): Promise<number> {
    const startedAt = performance.now();
    const statuses = await flood(rig.worker.plain, kinds.map(bytes), count);
    await eventually("all are counted", async () => (await refusals(rig)) === count);
    const seconds = (performance.now() - startedAt) / 1_000;
    const ofEach = count / kinds.length;
    expect(Object.fromEntries(statuses)).toEqual({ 403: 4 * ofEach, 404: ofEach });
    const calls = rig.worker.logLines().flatMap(({ ledgerCall }) => ledgerCall ?? []);
    expect(new Set(calls)).toEqual(new Set(["refuse"]));
    expect(calls.length).toBeLessThanOrEqual(seconds + 1); // One isolate.
    expect(rig.origin.seen).toEqual([]);
    return seconds;
  }

  test(`of ${TENTH} is refused, and costs the ledger a call a second`, async () => {
    tenthSeconds = await refuseAll(tenth, TENTH);
  });

  test(`of ${WHOLE} is refused at the same cost, and leaves storage no larger`, async () => {
    const tenths = Math.min(WHOLE / TENTH, Math.max(2, Math.floor(PATIENCE_S / tenthSeconds)));
    await refuseAll(whole, TENTH * tenths);
    const left = await ledgerOf(tenth);
    expect(left.storage_bytes).toBeGreaterThan(0);
    expect((await ledgerOf(whole)).storage_bytes).toBeLessThanOrEqual(left.storage_bytes);
  }, 120_000);

  test.each(kinds)(
    "is in the log with a sample of $origin, $reason",
    async ({ origin, reason }) => {
      const filter = origin === null ? "" : `&origin=${origin}`;
      const list = await whole.log(`/deliveries?outcome=refused&limit=200${filter}`);
      const { deliveries }: { deliveries: { origin: string | null; reason: string }[] } =
        JSON.parse(String(list.body));
      const own = deliveries.filter((each) => each.origin === origin && each.reason === reason);
      expect(own.length).toBeGreaterThanOrEqual(1);
    },
  );

  test("does not keep a genuine webhook from its origin", async () => {
    expect((await whole.deliver(sms)).status).toBe(200);
  });
});

function bytes({ sent }: { readonly sent: SentWebhook }): Buffer {
  const headers = [...sent.headers, ["Connection", "keep-alive"]] as const;
  return requestBytes({ ...sent, ...cutUrl(sent.url), headers });
}

/** The only shard, as `GET /_log/health` tells it. */
interface Shard {
  readonly storage_bytes: number;
  readonly today: readonly { readonly outcome: string; readonly count: number }[];
}

async function ledgerOf(rig: Rig): Promise<Shard> {
  const { ledger }: { ledger: [Shard] } = JSON.parse(String((await rig.log("/health")).body));
  return ledger[0];
}

async function refusals(rig: Rig): Promise<number> {
  return (await ledgerOf(rig)).today
    .filter(({ outcome }) => outcome === "refused")
    .reduce((sum, { count }) => sum + count, 0);
}
