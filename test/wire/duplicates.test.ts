import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, mapLimited } from "../support/eventually.ts";
import {
  after,
  answer,
  answerTwiml,
  answerUnalike,
  silence,
} from "../support/misbehaving-origin.ts";
import { deliverAndReset, type RawResponse } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { forged, formWebhook, getWebhook, smsFields, type SentWebhook } from "../support/sign.ts";

/** Of the origin `short`: its budget, and how much longer than that a claim is held. */
const SHORT_BUDGET_MS = 1_000;
const LEASE_GRACE_MS = 2_000;
/** A claim is on disk 250 ms after it was given, which nothing outside can see: that, and patience. */
const CLAIM_ON_DISK_MS = 500;

function origins(base: string): Record<string, unknown> {
  return {
    all: { path: "/all/*", url: `${base}/all/*` },
    short: { path: "/short/*", url: `${base}/short/*#tt=${SHORT_BUDGET_MS}&rc=0` },
  };
}

/** A webhook for a path of its own, so that what the origin saw of it can be told apart. */
function webhook(under: "all" | "short" = "all", body = "hello"): SentWebhook & { path: string } {
  const path = `/${under}/${randomUUID()}`;
  return { ...again(path, body, randomUUID()), path };
}

function again(path: string, body: string, idempotencyToken: string): SentWebhook {
  const url = `${publicBase}${path}`;
  return formWebhook({ token: authToken, url, fields: smsFields(body), idempotencyToken });
}

/** All of an answer but what Hookswitch says of this very delivery. */
function content(response: RawResponse): unknown {
  const headers = response.headers.filter(
    ([name]) => !/^(?:hookswitch-|server-timing$)/i.test(name),
  );
  return { status: response.status, headers, body: response.body.toString("base64") };
}

const challenge = ["WWW-Authenticate", 'Basic realm="app"'] as const;
const failures = [
  { what: "a 500", does: answer({ status: 500 }), status: 502 },
  { what: "a 404", does: answer({ status: 404 }), status: 502 },
  { what: "a 401 challenge", does: answer({ status: 401, headers: [challenge] }), status: 401 },
  { what: "malformed TwiML", does: answerTwiml("<Response>"), status: 502 },
];

describe("duplicates of a webhook", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ origins });
  });
  afterAll(() => rig.stop());

  test("200 at once of each of 50 webhooks reach the origin 50 times, and all 10,000 answers are the origin's", async () => {
    const webhooks = Array.from({ length: 50 }, () => webhook());
    for (const { path } of webhooks) {
      rig.origin.on(path, after(300, answerUnalike));
    }
    const answered = await mapLimited(webhooks, 5, (each) =>
      Promise.all(Array.from({ length: 200 }, () => rig.deliver(each))),
    );
    const bodies = new Set<string>();
    for (const [index, responses] of answered.entries()) {
      expect(rig.origin.seenAt(webhooks[index]?.path ?? "").length).toBe(1);
      expect(new Set(responses.map((each) => JSON.stringify(content(each)))).size).toBe(1);
      expect(responses[0]?.status).toBe(200);
      bodies.add(String(responses[0]?.body));
    }
    expect(answered.flat().length).toBe(10_000);
    expect(bodies.size).toBe(50);
  }, 120_000);

  test("that come later are answered by the isolate that had the first one, also by GET", async () => {
    const { path } = webhook();
    const url = `${publicBase}${path}?tenant=7`;
    const unsigned = { token: authToken, url, idempotencyToken: randomUUID() };
    const get = getWebhook({ ...unsigned, fields: smsFields() });
    const first = await rig.deliver(get);
    await rig.delivery(first); // In the log: so it is settled.
    const second = await rig.deliver(get);
    expect(first.status).toBe(200);
    expect(content(second)).toEqual(content(first));
    expect(rig.origin.seenAt(path).length).toBe(1);
    const logged = await rig.delivery(second);
    expect(logged).toMatchObject({
      outcome: "duplicate",
      dedupe: "isolate",
      first_delivery_id: first.header("hookswitch-delivery"),
    });
  });

  test("larger than what travels with a claim are answered to the byte", async () => {
    const sent = webhook();
    const body = Buffer.alloc(200_000, "0123456789");
    rig.origin.on(
      sent.path,
      answer({ headers: [["Content-Type", "application/octet-stream"]], body }),
    );
    const answers = [await rig.deliver(sent), await rig.deliver(sent)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.every((each) => each.body.equals(body))).toBe(true);
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
  });

  test("are none where the token differs, or the account's webhook under one token", async () => {
    const { path } = webhook();
    const [one, other] = [randomUUID(), randomUUID()];
    const answers = [
      await rig.deliver(again(path, "hello", one)),
      await rig.deliver(again(path, "hello", other)),
      await rig.deliver(again(path, "good bye", one)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ body }) => String(body))).size).toBe(3);
    expect(rig.origin.seenAt(path).length).toBe(3);
  });

  test.each(failures)(
    "of one that ended with $what are forwarded: it was not stored",
    async (failure) => {
      const sent = webhook();
      rig.origin.on(sent.path, failure.does, answerTwiml());
      const first = await rig.deliver(sent);
      expect(first.status).toBe(failure.status);
      await rig.delivery(first); // In the log: so it is settled.
      expect((await rig.deliver(sent)).status).toBe(200);
      expect(rig.origin.seenAt(sent.path).length).toBe(2);
    },
  );

  // Twilio retries at once (`rp=5xx`), on the connection that it has: a millisecond after the answer.
  test.each(failures)(
    "on the heels of an answer to $what are forwarded as well",
    async (failure) => {
      const sent = webhook();
      rig.origin.on(sent.path, failure.does, answerTwiml());
      expect((await rig.deliver(sent)).status).toBe(failure.status);
      expect((await rig.deliver(sent)).status).toBe(200);
      expect(rig.origin.seenAt(sent.path).length).toBe(2);
    },
  );

  test("of a refused forgery are none: who is genuine under its token is forwarded", async () => {
    const sent = webhook();
    expect((await rig.deliver(forged(sent))).status).toBe(403);
    expect((await rig.deliver(sent)).status).toBe(200);
    expect((await rig.deliver(forged(sent))).status).toBe(403);
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
  });

  test("that wait get the holder's failure, and the origin is asked once", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, after(300, answer({ status: 500 })));
    const answers = await Promise.all(Array.from({ length: 20 }, () => rig.deliver(sent)));
    expect(new Set(answers.map((each) => JSON.stringify(content(each)))).size).toBe(1);
    expect(answers[0]?.status).toBe(502);
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
  });

  test("get the first attempt's late answer when the first requester is gone by RST", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, after(500, answerUnalike));
    await deliverAndReset(rig.worker.plain, sent, () =>
      eventually("the origin was asked", () => rig.origin.seenAt(sent.path).length === 1),
    );
    const retried = await rig.deliver(sent);
    expect(retried.status).toBe(200);
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
    const logged = await rig.delivery(retried);
    expect(logged.outcome).toBe("duplicate");
    expect(retried.body.toString()).toContain(logged.first_delivery_id ?? "nobody");
  });
});

describe("kill -9 and a restart on the same storage", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ origins });
  });
  afterAll(() => rig.stop());

  async function killAndStart(): Promise<void> {
    await rig.worker.kill();
    await rig.worker.start();
  }

  test("leave a finished webhook answered from the store", async () => {
    const sent = webhook();
    const first = await rig.deliver(sent);
    await rig.delivery(first); // In the log: so its settle is on disk.
    await killAndStart();
    const second = await rig.deliver(sent);
    expect(first.status).toBe(200);
    expect(content(second)).toEqual(content(first));
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
    expect((await rig.delivery(second)).dedupe).toBe("ledger");
  });

  test("leave one that ran to its lease: nobody forwards it before, exactly one does after", async () => {
    const sent = webhook("short");
    rig.origin.on(sent.path, silence, after(200, answerUnalike));
    const cutOff = rig.deliver(sent).catch(() => "cut off");
    await eventually("the origin was asked", () => rig.origin.seenAt(sent.path).length === 1);
    await sleep(CLAIM_ON_DISK_MS);
    await rig.worker.kill();
    expect(await cutOff).toBe("cut off");
    await rig.worker.start();

    const early = await rig.deliver(sent);
    expect(early.status).toBe(502);
    expect(early.durationMs).toBeLessThan(SHORT_BUDGET_MS + 500);
    expect(rig.origin.seenAt(sent.path).length).toBe(1);

    const answers = await eventually("somebody takes it over", async () => {
      const group = await Promise.all([rig.deliver(sent), rig.deliver(sent), rig.deliver(sent)]);
      return rig.origin.seenAt(sent.path).length > 1 && group;
    });
    const [first, second, ...more] = rig.origin.seenAt(sent.path);
    expect(more).toEqual([]);
    const gapMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
    expect(gapMs).toBeGreaterThan(SHORT_BUDGET_MS + LEASE_GRACE_MS - 100);
    const served = answers.filter(({ status }) => status === 200);
    expect(served.length).toBeGreaterThanOrEqual(1);
    const logged = await Promise.all(served.map((each) => rig.delivery(each)));
    expect(logged.filter(({ dedupe }) => dedupe === "taken_over").length).toBe(1);
    expect((await rig.deliver(sent)).body).toEqual(served[0]?.body);
  });
});

describe.each(["fail", "quota", "stall"] as const)("with a KV that does %s", (mode) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ origins });
    rig.kv.mode = mode;
  });
  afterAll(() => rig.stop());

  test("the ledger alone answers duplicates, inside of the budget", async () => {
    const sent = webhook("short");
    const answers = [await rig.deliver(sent), await rig.deliver(sent)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
    for (const { durationMs } of answers) {
      expect(durationMs).toBeLessThan(SHORT_BUDGET_MS);
    }
  });
});

test("after a quota error KV is written to no more, so that a day's writes are not asked for again and again", async () => {
  const rig = await startRig({ origins });
  rig.kv.mode = "quota";
  await rig.deliver(webhook());
  await eventually("KV was asked", () => rig.kv.counts.puts === 1);
  for (let n = 0; n < 5; n++) {
    await rig.delivery(await rig.deliver(webhook()));
  }
  expect(rig.kv.counts.puts).toBe(1);
  await rig.stop();
});

describe.each(["failing", "stalling", "slow"] as const)("with a %s ledger", (ledger) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ origins, ledger });
  });
  afterAll(() => rig.stop());

  test("a webhook is forwarded unclaimed, and its duplicate is answered from KV", async () => {
    const sent = webhook();
    const first = await rig.deliver(sent);
    expect(first.status).toBe(200);
    expect(first.durationMs).toBeLessThan(2_000);
    expect(await dedupeOf(first)).toBe("unavailable");
    await eventually("its answer is in KV", () => rig.kv.entries.size > 0);
    const [entry] = rig.kv.entries.values();
    expect(entry?.expirationTtl).toBe(600);

    const second = await rig.deliver(sent);
    expect(content(second)).toEqual(content(first));
    expect(await dedupeOf(second)).toBe("kv");
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
  });

  test("and a stalling KV, it is still forwarded and answered inside of the budget", async () => {
    rig.kv.mode = "stall";
    const sent = webhook();
    const answered = await rig.deliver(sent);
    expect(answered.status).toBe(200);
    expect(answered.durationMs).toBeLessThan(3_000);
    expect(await dedupeOf(answered)).toBe("unavailable");
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
    rig.kv.mode = "ok";
  });

  test("and a failing origin, there is an answer inside of the budget", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, answer({ status: 500 }));
    const answered = await rig.deliver(sent);
    expect(answered.status).toBe(502);
    expect(answered.durationMs).toBeLessThan(3_000);
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
  });

  /** The console's line comes after the answer. */
  function dedupeOf(response: RawResponse): Promise<unknown> {
    const id = response.header("hookswitch-delivery");
    return eventually(
      "its line",
      () => rig.worker.logLines().find(({ deliveryId }) => deliveryId === id)?.["dedupe"],
    );
  }
});

test("with store = ledger nothing is written to KV", async () => {
  const rig = await startRig({
    origins: (base) => ({
      all: { path: "/all/*", url: `${base}/all/*`, dedupe: { store: "ledger" } },
    }),
  });
  const sent = webhook();
  await rig.delivery(await rig.deliver(sent));
  expect((await rig.deliver(sent)).status).toBe(200);
  expect(rig.origin.seenAt(sent.path).length).toBe(1);
  expect(rig.kv.counts).toEqual({ gets: 0, puts: 0 });
  await rig.stop();
});
