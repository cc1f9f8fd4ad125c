import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { after, answer, answerTwiml } from "../support/misbehaving-origin.ts";
import { exchange, requestBytes, type RawResponse } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import {
  forged,
  formWebhook,
  getWebhook,
  smsFields,
  type Fields,
  type SentWebhook,
} from "../support/sign.ts";
import twilio from "twilio";

const adminToken = "admin-token-of-the-black-box-tests-0123456789";

function origins(base: string): Record<string, unknown> {
  return {
    all: { path: "/all/*", url: `${base}/all/*` },
    observed: { path: "/observed/*", url: `${base}/observed/*`, verify: "observe" },
    bodiless: { path: "/bodiless/*", url: `${base}/bodiless/*`, log: { bodies: false } },
    queued: {
      path: "/queued/*",
      url: `${base}/queued/*`,
      mode: "queue",
      retry: { schedule: [3600], hours: 2 },
    },
  };
}

function webhook(under: string, fields: Fields = smsFields()): SentWebhook & { path: string } {
  const path = `/${under}/${randomUUID()}`;
  const url = `${publicBase}${path}`;
  return {
    ...formWebhook({ token: authToken, url, fields, idempotencyToken: randomUUID() }),
    path,
  };
}

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ origins, vars: () => ({ LOG_ADMIN_TOKEN: adminToken }) });
});
afterAll(() => rig.stop());

async function ask(
  method: string,
  path: string,
  token = adminToken,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await exchange(
    rig.worker.plain,
    requestBytes({
      method,
      target: `/_log${path}`,
      host: "hooks.example.net",
      headers: [["Authorization", `Bearer ${token}`]],
    }),
  );
  return { status: response.status, body: JSON.parse(response.body.toString()) };
}

/** The id of a delivery that is over. */
async function idOf(answered: RawResponse): Promise<string> {
  return (await rig.delivery(answered)).id;
}

describe("POST /_log/deliveries/:id/replay", () => {
  test("sends a respond-mode delivery again: re-signed, with the same token, marked, as a further attempt", async () => {
    const sent = webhook("all");
    rig.origin.on(sent.path, answer({ status: 500 }), answerTwiml());
    const id = await idOf(await rig.deliver(sent));
    const replayed = await ask("POST", `/deliveries/${id}/replay`);
    expect(replayed).toMatchObject({
      status: 200,
      body: {
        id,
        outcome: "delivered",
        delivered: true,
        attempt: { number: 2, replay: "single", status: 200 },
      },
    });
    const [first, second] = rig.origin.seenAt(sent.path);
    expect(second?.body).toEqual(first?.body);
    for (const name of ["i-twilio-idempotency-token", "hookswitch-delivery"]) {
      expect(second?.header(name)).toBe(first?.header(name));
    }
    expect([first, second].map((each) => each?.header("hookswitch-replay"))).toEqual([
      undefined,
      "single",
    ]);
    const fields = Object.fromEntries(new URLSearchParams(second?.body.toString()));
    const signature = second?.header("x-twilio-signature") ?? "";
    expect(
      twilio.validateRequest(authToken, signature, `${rig.origin.base}${sent.path}`, fields),
    ).toBe(true);
    const { body } = await ask("GET", `/deliveries/${id}`);
    expect(body).toMatchObject({
      outcome: "delivered",
      replay: "single",
      attempts: [{ replay: null }, { replay: "single" }],
    });
  });

  test("gives it a new token where that is asked for", async () => {
    const sent = webhook("all");
    const id = await idOf(await rig.deliver(sent));
    expect((await ask("POST", `/deliveries/${id}/replay?new_token=1`)).body).toMatchObject({
      outcome: "answered",
      delivered: true,
    });
    const [first, second] = rig.origin
      .seenAt(sent.path)
      .map((each) => each.header("i-twilio-idempotency-token"));
    expect(second).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
  });

  test("sends a GET again with its query", async () => {
    const path = `/all/${randomUUID()}`;
    const url = `${publicBase}${path}?tenant=7`;
    const id = await idOf(
      await rig.deliver(
        getWebhook({ token: authToken, url, fields: smsFields(), idempotencyToken: randomUUID() }),
      ),
    );
    expect((await ask("POST", `/deliveries/${id}/replay`)).status).toBe(200);
    const [first, second] = rig.origin.seenAt(path);
    expect(second?.target).toBe(first?.target);
    expect(second?.method).toBe("GET");
  });

  test("leaves the outcome when it fails, and says why", async () => {
    const sent = webhook("all");
    rig.origin.on(sent.path, answer({ status: 500 }));
    const id = await idOf(await rig.deliver(sent));
    const replayed = await ask("POST", `/deliveries/${id}/replay`);
    expect(replayed.body).toMatchObject({
      outcome: "failed",
      delivered: false,
      attempt: { class: "status", twilio_code: 11_217 },
    });
  });

  test("sends a queued one now, and a dead one, which is delivered then", async () => {
    const sent = webhook("queued");
    rig.origin.on(sent.path, answer({ status: 503 }), answer());
    const answered = await rig.deliver(sent);
    const id = answered.header("hookswitch-delivery") ?? "";
    await eventually(
      "it waits",
      async () => (await ask("GET", `/deliveries/${id}`)).body["next_attempt_at"] !== null,
    );
    expect((await ask("POST", `/deliveries/${id}/replay`)).body).toMatchObject({
      outcome: "delivered",
      delivered: true,
    });

    const dead = webhook("queued");
    rig.origin.on(dead.path, answer({ status: 410 }), answer());
    const deadId = (await rig.deliver(dead)).header("hookswitch-delivery") ?? "";
    await eventually(
      "it is dead",
      async () => (await ask("GET", `/deliveries/${deadId}`)).body["outcome"] === "dead",
    );
    expect((await ask("POST", `/deliveries/${deadId}/replay`)).body).toMatchObject({
      outcome: "delivered",
    });
    expect(rig.origin.seenAt(dead.path)[1]?.body.toString()).toBe(dead.body.toString());
  });

  test("is 409 for what runs, was never proven, is redacted or was not kept", async () => {
    const slow = webhook("queued");
    rig.origin.on(slow.path, after(2_000, answer()));
    const slowId = (await rig.deliver(slow)).header("hookswitch-delivery") ?? "";
    const unverified = await idOf(await rig.deliver(forged(webhook("observed"))));
    const redacted = await idOf(
      await rig.deliver(webhook("all", [...smsFields(), ["Digits", "1234"]])),
    );
    const bodiless = await idOf(await rig.deliver(webhook("bodiless")));
    for (const [id, code] of [
      [slowId, "running"],
      [unverified, "unverified"],
      [redacted, "redacted"],
      [bodiless, "not_kept"],
    ]) {
      expect(await ask("POST", `/deliveries/${id}/replay`)).toMatchObject({
        status: 409,
        body: { error: { code } },
      });
    }
  });

  test("takes the administrator's token, POST, and the id of a delivery", async () => {
    const id = await idOf(await rig.deliver(webhook("all")));
    const reading = "log-token-of-the-black-box-tests-0123456789";
    expect((await ask("POST", `/deliveries/${id}/replay`, reading)).status).toBe(403);
    expect((await ask("POST", `/deliveries/${id}/replay`, "nobody")).status).toBe(401);
    expect((await ask("POST", `/deliveries/01XE4WR9G000NCBBGJ8KFX2QH0/replay`)).status).toBe(404);
    expect((await ask("POST", `/deliveries/nonsense/replay`)).status).toBe(404);
    expect(rig.origin.seen.filter((each) => each.header("hookswitch-delivery") === id).length).toBe(
      1,
    );
  });
});

describe("POST /_log/replays", () => {
  async function failed(count: number): Promise<{
    readonly since: number;
    readonly webhooks: readonly (SentWebhook & { path: string })[];
  }> {
    const since = Date.now();
    const webhooks = Array.from({ length: count }, () => webhook("all"));
    for (const each of webhooks) {
      rig.origin.on(each.path, answer({ status: 500 }), answerTwiml());
      await idOf(await rig.deliver(each));
    }
    return { since, webhooks };
  }

  async function done(id: unknown): Promise<Record<string, unknown>> {
    return eventually("the plan is done", async () => {
      const { body } = await ask("GET", `/replays/${String(id)}`);
      return body["state"] === "done" && body;
    });
  }

  test("plans, runs and tells its progress; each is sent once however often it is run", async () => {
    const { since, webhooks } = await failed(8);
    const plan = await ask("POST", `/replays?outcome=failed&since=${since}`);
    expect(plan).toMatchObject({
      status: 201,
      body: { state: "planned", deliveries: 8, origins: { all: 8 }, rate: null },
    });
    const { id } = plan.body;
    expect(rig.origin.seenAt(webhooks[0]?.path ?? "").length).toBe(1);
    expect((await ask("POST", `/replays/${String(id)}/run?rate=100`)).status).toBe(202);
    expect(await done(id)).toMatchObject({ sent: 8, delivered: 8, failed: 0, skipped: 0 });
    await ask("POST", `/replays/${String(id)}/run`);
    for (const each of webhooks) {
      const seen = rig.origin.seenAt(each.path);
      expect(seen.map((request) => request.header("hookswitch-replay"))).toEqual([undefined, id]);
    }
    const { body } = await ask("GET", "/replays");
    expect(body["replays"]).toContainEqual(expect.objectContaining({ id, state: "done" }));
  });

  test("goes on after kill -9, and loses none", async () => {
    const { since, webhooks } = await failed(12);
    const { body } = await ask("POST", `/replays?outcome=failed&since=${since}`);
    await ask("POST", `/replays/${String(body["id"])}/run?rate=5`);
    await eventually(
      "some are sent",
      () => webhooks.filter(({ path }) => rig.origin.seenAt(path).length > 1).length >= 3,
    );
    await rig.worker.kill();
    await rig.worker.start();
    await eventually(
      "all are sent",
      () => webhooks.every(({ path }) => rig.origin.seenAt(path).length > 1),
      40_000,
    );
  }, 60_000);

  test("can be cancelled", async () => {
    const { since, webhooks } = await failed(5);
    const { body } = await ask("POST", `/replays?outcome=failed&since=${since}`);
    const id = String(body["id"]);
    await ask("POST", `/replays/${id}/run?rate=1`);
    expect((await ask("POST", `/replays/${id}/cancel`)).body).toMatchObject({ state: "cancelled" });
    const sent = webhooks.filter(({ path }) => rig.origin.seenAt(path).length > 1).length;
    expect(sent).toBeLessThan(5);
  });

  test("refuses what it cannot do", async () => {
    expect((await ask("POST", "/replays?limit=5")).status).toBe(400);
    expect((await ask("POST", "/replays?outcom=dead")).status).toBe(400);
    const { body } = await ask("POST", "/replays?outcome=dead");
    expect((await ask("POST", `/replays/${String(body["id"])}/run?rate=0`)).status).toBe(400);
    expect((await ask("POST", `/replays/${String(body["id"])}/run?rate=101`)).status).toBe(400);
    expect((await ask("POST", "/replays/nonsense/run")).status).toBe(404);
    expect((await ask("GET", "/replays/01XE4WR9G000NCBBGJ8KFX2QH0")).status).toBe(404);
    expect(
      (await ask("POST", "/replays?outcome=dead", "log-token-of-the-black-box-tests-0123456789"))
        .status,
    ).toBe(403);
  });
});
