import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { answer, answerTwiml } from "../support/misbehaving-origin.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { forged, formWebhook, type Fields, type SentWebhook } from "../support/sign.ts";

const oldKey = "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY";
const newKey = "c4Rk0WmZ8qYt2LxVn6BsHd1JpGf9TeUa";
/** What must stand nowhere in the clear: in the body, the query, a header, a cookie, as digits. */
const markers = {
  body: "marker-of-the-body",
  query: "marker-of-the-query",
  digits: "20070213171819",
  authorization: "Basic bWFya2VyLW9mLXRoZS1sb2dpbg==",
  cookie: "session=marker-of-the-cookie",
} as const;

function origins(base: string): Record<string, unknown> {
  const common = { mode: "queue", retry: { schedule: [1], hours: 1 } };
  return {
    sms: { path: "/sms/*", url: `${base}/sms/*` },
    status: { path: "/status/*", url: `${base}/status/*#rt=1000`, ...common },
  };
}

function webhook(under = "status"): SentWebhook & { path: string } {
  const path = `/${under}/${randomUUID()}`;
  const fields: Fields = [
    ["MessageSid", "SM00000000000000000000000000000001"],
    ["AccountSid", "AC00000000000000000000000000000001"],
    ["Body", markers.body],
    ["Digits", markers.digits],
  ];
  const url = `${publicBase}${path}?note=${markers.query}`;
  const signed = formWebhook({ token: authToken, url, fields, idempotencyToken: randomUUID() });
  const headers = [
    ...signed.headers,
    ["Authorization", markers.authorization],
    ["Cookie", markers.cookie],
  ] as const;
  return { ...signed, headers, path };
}

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ origins, vars: () => ({ LOG_KEY: oldKey }) });
});
afterAll(() => rig.stop());

async function logged(id: string): Promise<Record<string, unknown>> {
  const { body } = await rig.log(`/deliveries/${id}`);
  return JSON.parse(body.toString());
}

async function queue(): Promise<unknown> {
  const { body } = await rig.log("/health");
  return JSON.parse(body.toString()).queue;
}

async function foundInStorage(): Promise<readonly string[]> {
  const found = await Promise.all(
    Object.entries(markers).map(async ([name, marker]) =>
      (await rig.worker.storageHolds(marker)) ? [name] : [],
    ),
  );
  return found.flat();
}

describe("LOG_KEY", () => {
  test("seals all of what is queued, digits and credentials too, and the origin gets it whole", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, answer({ status: 503 }));
    const answered = await rig.deliver(sent);
    expect(answered.status).toBe(200);
    const id = answered.header("hookswitch-delivery") ?? "";
    await eventually("it was tried", () => rig.origin.seenAt(sent.path).length > 0);
    expect(await foundInStorage()).toEqual([]);
    // The log opens it for who may read it, without what is kept from them.
    const shown = JSON.stringify(await logged(id));
    for (const name of ["digits", "authorization", "cookie", "body"] as const) {
      expect(shown).not.toContain(markers[name]);
    }

    rig.origin.on(sent.path, answer());
    await eventually("it is delivered", async () => (await logged(id))["outcome"] === "delivered");
    const [seen] = rig.origin.seenAt(sent.path).slice(-1);
    expect(seen?.body.toString()).toBe(sent.body.toString());
    expect(seen?.header("authorization")).toBe(markers.authorization);
    expect(seen?.header("cookie")).toBe(markers.cookie);
    // Over: digits and credentials are gone, redacted, and the rest is sealed.
    expect(await logged(id)).toMatchObject({ request: { redacted: true } });
    expect(await foundInStorage()).toEqual([]);
  });

  test("seals what was answered at once, the stored answer and KV's, and refused webhooks", async () => {
    const sent = webhook("sms");
    const said = `<Response><Message>${markers.body}</Message></Response>`;
    rig.origin.on(sent.path, answerTwiml(said));
    const first = await rig.deliver(sent);
    expect(first.body.toString()).toBe(said);
    const { id } = await rig.delivery(first);
    expect((await rig.deliver(forged(webhook("sms")))).status).toBe(403);
    await eventually("the refusal is listed", async () => {
      const { body } = await rig.log("/deliveries?outcome=refused");
      return JSON.parse(body.toString()).deliveries.length === 1;
    });
    await eventually("its answer is in KV", () => rig.kv.entries.size === 1);
    expect(await foundInStorage()).toEqual([]);
    const [stored] = rig.kv.entries.values();
    expect(stored?.value.toString("latin1")).not.toContain("marker");

    const again = await rig.deliver(sent);
    expect(again.body.toString()).toBe(said);
    expect(again.header("content-type")).toBe(first.header("content-type"));
    expect(rig.origin.seenAt(sent.path).length).toBe(1);
    expect(await logged(id)).toMatchObject({
      answer: { status: 200, body: "<Response><Message>(18 characters)</Message></Response>" },
      request: { parameters: expect.arrayContaining([{ name: "Body", value: "(18 characters)" }]) },
    });
  });

  test("that is lost leaves queued what it sealed, and health says so; a rotation opens both", async () => {
    const sent = webhook();
    rig.origin.on(sent.path, answer({ status: 503 }));
    const id = (await rig.deliver(sent)).header("hookswitch-delivery") ?? "";
    await eventually("it waits", async () => (await logged(id))["next_attempt_at"] !== null);
    await rig.worker.kill();
    const tried = rig.origin.seenAt(sent.path).length;
    rig.origin.on(sent.path, answer());
    await rig.worker.start({ LOG_KEY: newKey });

    // What is over is listed, without what was said.
    const { body: listed } = await rig.log("/deliveries?outcome=answered");
    const [over] = JSON.parse(listed.toString()).deliveries;
    expect(await logged(over.id)).toMatchObject({
      answer: null,
      request: { withheld: "sealed", parameters: null },
    });

    const other = webhook();
    const otherId = (await rig.deliver(other)).header("hookswitch-delivery") ?? "";
    await eventually(
      "another is delivered",
      async () => (await logged(otherId))["outcome"] === "delivered",
    );
    expect(await queue()).toMatchObject([{ origin: "status", count: 1, held: "key_gone" }]);
    expect(await logged(id)).toMatchObject({ outcome: "queued", request: { withheld: "sealed" } });
    expect((await rig.log("/health")).status).toBe(503);
    expect(rig.origin.seenAt(sent.path).length).toBe(tried);

    await rig.worker.kill();
    await rig.worker.start({ LOG_KEY: `${newKey},${oldKey}` });
    await rig.log("/health"); // a request, as there always is one
    await eventually("it is delivered", async () => (await logged(id))["outcome"] === "delivered");
    expect(rig.origin.seenAt(sent.path).length).toBe(tried + 1);
  });
});
