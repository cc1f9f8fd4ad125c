import { env, exports } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { isDeliveryId } from "../../src/ledger/delivery-id.ts";
import { smsFields } from "../support/sign.ts";
import { signedRequest } from "../support/worker-requests.ts";

afterEach(() => reset());

const reading = { Authorization: `Bearer ${env.LOG_TOKEN}` };
const administering = { Authorization: `Bearer ${env.LOG_ADMIN_TOKEN}` };

type Json = Record<string, any>; // oxlint-disable-line no-explicit-any -- the API's JSON, read freely

async function get(
  path: string,
  headers: Record<string, string> = reading,
): Promise<{ status: number; body: Json; text: string }> {
  const response = await exports.default.fetch(`https://hooks.example.net${path}`, { headers });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text), text };
}

async function send(...parts: Parameters<typeof signedRequest>): Promise<Response> {
  const response = await exports.default.fetch(signedRequest(...parts));
  await response.clone().arrayBuffer();
  return response;
}

function idOf(response: Response): string {
  return response.headers.get("Hookswitch-Delivery") ?? "";
}

/** Records travel after the answer; this is when one is in the log. */
async function logged(id: string, query = "", headers = reading): Promise<Json> {
  return vi.waitFor(async () => {
    const { status, body } = await get(`/_log/deliveries/${id}${query}`, headers);
    expect(status).toBe(200);
    expect(body["outcome"]).not.toBe("running");
    return body;
  });
}

describe("who may read the log", () => {
  test.each([
    "/_log/deliveries",
    "/_log/deliveries/01KB3Y00000000000000000000",
    "/_log/health",
    "/_log/nothing",
  ])("a stranger is answered 401 at %s, whatever the token", async (path) => {
    for (const headers of [
      {},
      { Authorization: "Bearer wrong" },
      { Authorization: `Bearer ${env.LOG_TOKEN}x` },
    ]) {
      expect((await get(path, headers as Record<string, string>)).status).toBe(401);
    }
  });

  test("nobody may write yet: 405", async () => {
    const response = await exports.default.fetch("https://hooks.example.net/_log/deliveries", {
      method: "POST",
      headers: reading,
    });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("GET");
  });

  test("an unknown route is 404, behind the token", async () => {
    expect((await get("/_log/nothing")).body["error"].code).toBe("not_found");
  });
});

describe("GET /_log/deliveries/:id", () => {
  test("tells the whole story of an answered webhook", async () => {
    const response = await send({ headers: { "I-Twilio-Idempotency-Token": "t-0" } });
    expect(isDeliveryId(idOf(response))).toBe(true);
    const delivery = await logged(idOf(response));
    expect(delivery).toMatchObject({
      outcome: "answered",
      origin: "sms",
      http_status: 200,
      verified: true,
      key: "TWILIO_AUTH_TOKEN#1",
      signed_url: "raw",
      dedupe: "first",
      masked: true,
      stages: {
        received_ms: expect.any(Number),
        verified_ms: expect.any(Number),
        claimed_ms: expect.any(Number),
      },
      attempts: [{ number: 1, to: "origin", result: "usable", status: 200 }],
    });
    expect(delivery["timeline"].map(({ event }: Json) => event)).toEqual([
      "received",
      "body read",
      "signature checked",
      "claim answered",
      "attempt 1 to the origin",
      "attempt 1: 200",
      "answered",
    ]);
  });

  test("masks what is personal, and nothing of the origin's answer is told either", async () => {
    const fields = smsFields().map(
      ([name, value]) => [name, name === "Body" ? "secret-marker" : value] as const,
    );
    const response = await send({ parameters: fields });
    const delivery = JSON.stringify(await logged(idOf(response)));
    expect(delivery).not.toContain("secret-marker");
    for (const name of ["From", "To"]) {
      const number = fields.find(([found]) => found === name)?.[1] ?? "";
      expect(delivery).not.toContain(number);
    }
    expect(delivery).toContain("<Message>(");
  });

  test("shows it to an administrator who asks, and to nobody else", async () => {
    const response = await send();
    await logged(idOf(response));
    expect((await get(`/_log/deliveries/${idOf(response)}?unmask=1`)).body["error"].code).toBe(
      "admin_only",
    );
    const delivery = await logged(idOf(response), "?unmask=1", administering);
    expect(delivery["masked"]).toBe(false);
    expect(delivery["request"].parameters).toContainEqual({
      name: "From",
      value: smsFields().find(([name]) => name === "From")?.[1],
    });
  });

  test("never has digits, credentials, cookies or signatures, not even for an administrator", async () => {
    const parameters = [...smsFields(), ["Digits", "4242424242424242"]] as const;
    const headers = { Authorization: "Basic c2VjcmV0", Cookie: "session=cookie-marker" };
    const response = await send({ parameters, headers });
    const delivery = await logged(idOf(response), "?unmask=1", administering);
    expect(delivery["request"].redacted).toBe(true);
    const text = JSON.stringify(delivery).toLowerCase();
    for (const secret of [
      "4242424242424242",
      "c2vjcmv0",
      "cookie-marker",
      "x-twilio-signature",
      "authorization",
    ]) {
      expect(text).not.toContain(secret);
    }
  });

  test("names the delivery whose answer a duplicate got", async () => {
    const headers = { "I-Twilio-Idempotency-Token": "t-1" };
    const first = await send({ headers });
    await logged(idOf(first));
    const second = await send({ headers });
    expect(await second.text()).toBe(await first.text());
    expect(await logged(idOf(second))).toMatchObject({
      outcome: "duplicate",
      first_delivery_id: idOf(first),
    });
  });

  test.each(["01KB3Y00000000000000000000", "nonsense", "..%2f"])("is 404 for %s", async (id) => {
    expect((await get(`/_log/deliveries/${id}`)).status).toBe(404);
  });
});

describe("GET /_log/deliveries", () => {
  test("lists what was answered, refused, unrouted and duplicate within a second or so", async () => {
    const headers = { "I-Twilio-Idempotency-Token": "t-2" };
    await send({ headers });
    await send({ headers });
    await send({ headers: { "X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" } });
    await send({ url: "https://hooks.example.net/nowhere" });
    const outcomes = await vi.waitFor(async () => {
      const { body } = await get("/_log/deliveries");
      const found = body["deliveries"].map(({ outcome }: Json) => outcome).toSorted();
      expect(found.length).toBe(4);
      return found;
    }, 5_000);
    expect(outcomes).toEqual(["answered", "duplicate", "refused", "unrouted"]);
  });

  test("filters and goes on by cursor, also while new ones arrive", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++)
      ids.push(idOf(await send({ parameters: [...smsFields(), ["N", String(n)]] })));
    for (const id of ids) await logged(id);
    const first = (await get("/_log/deliveries?limit=3&origin=sms")).body;
    await logged(idOf(await send()));
    const second = (await get(`/_log/deliveries?limit=3&origin=sms&cursor=${first["cursor"]}`))
      .body;
    const seen = [...first["deliveries"], ...second["deliveries"]].map(({ id }: Json) => id);
    expect(seen).toEqual(ids.toReversed());
    expect(second["cursor"]).toBeNull();
  });

  test("finds by any sid of the delivery", async () => {
    const sid = smsFields().find(([name]) => name === "MessageSid")?.[1];
    const id = idOf(await send());
    await logged(id);
    expect(
      (await get(`/_log/deliveries?sid=${sid}`)).body["deliveries"].map(
        (found: Json) => found["id"],
      ),
    ).toEqual([id]);
    expect(
      (await get(`/_log/deliveries?sid=SM00000000000000000000000000000000`)).body["deliveries"],
    ).toEqual([]);
  });

  test.each([
    ["outcome=lost", "outcome: expected one of answered"],
    ["sid=", 'sid: expected a text, found ""'],
    ["sid=SM1&sid=SM2", "sid: expected once, found again"],
  ])("says what is wrong with the filter %s", async (query, message) => {
    const { status, body } = await get(`/_log/deliveries?${query}`);
    expect([status, body["error"].code]).toEqual([400, "bad_query"]);
    expect(body["error"].message).toContain(message);
  });
});

describe("POST /_log/search", () => {
  async function search(body: string, headers: Record<string, string> = reading) {
    const response = await exports.default.fetch("https://hooks.example.net/_log/search", {
      method: "POST",
      headers,
      body,
    });
    const found: Json = await response.json();
    return { status: response.status, body: found };
  }

  test("finds by the exact number, with the reading token, and shows it nowhere", async () => {
    const id = idOf(await send());
    await logged(id);
    const { From: from, To: to } = Object.fromEntries(smsFields());
    for (const filters of [{ from }, { to }, { from, to, origin: "sms", limit: 5 }]) {
      const { status, body } = await search(JSON.stringify(filters));
      expect(status).toBe(200);
      expect(body["deliveries"].map((found: Json) => found["id"])).toEqual([id]);
      expect(JSON.stringify(body)).not.toContain(from);
    }
    expect((await search(JSON.stringify({ from: to }))).body["deliveries"]).toEqual([]);
  });

  test.each([
    ["", "JSON object"],
    ["[]", "JSON object"],
    ['{"from": ["+1"]}', "from: expected a text or a number"],
    ['{"from": ""}', "from: expected a text"],
    ['{"colour": "red"}', "unknown filter"],
  ])("says what is wrong with the body %s", async (sent, message) => {
    const { status, body } = await search(sent);
    expect([status, body["error"].code]).toEqual([400, "bad_query"]);
    expect(body["error"].message).toContain(message);
  });

  test("takes no number in a URL, no stranger, and no more than it needs", async () => {
    const { status, body } = await get("/_log/deliveries?from=%2B14155551234");
    expect(status).toBe(400);
    expect(body["error"].message).toContain("POST /_log/search");
    expect((await search("{}", {})).status).toBe(401);
    expect((await search(JSON.stringify({ sid: "x".repeat(20_000) }))).status).toBe(413);
    expect((await get("/_log/search")).status).toBe(405);
  });
});

describe("q", () => {
  const search = async (body: Json, headers: Record<string, string>) => {
    const response = await exports.default.fetch("https://hooks.example.net/_log/search", {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const found: Json = await response.json();
    return { status: response.status, body: found };
  };
  const withBody = (text: string) =>
    smsFields().map(([name, value]) => [name, name === "Body" ? text : value] as const);

  test("finds by what the caller may see, and says how far it looked", async () => {
    const id = idOf(await send({ parameters: withBody("I am out of credit since noon") }));
    await logged(id);
    await logged(idOf(await send()));
    // Masked, a text shows its length and nothing else.
    const shown = await get("/_log/deliveries?q=%2829%20characters%29");
    expect(shown.body["deliveries"].map((found: Json) => found["id"])).toEqual([id]);
    expect(shown.body).toMatchObject({ cursor: null, looked_at: { deliveries: 2, back_to: null } });
    expect((await get("/_log/deliveries?q=out+of+credit")).body["deliveries"]).toEqual([]);
    const limited = await get("/_log/deliveries?q=sms&limit=1");
    expect(limited.body["looked_at"]).toMatchObject({ deliveries: 1 });
    expect(limited.body["looked_at"].back_to).toBe(limited.body["deliveries"][0].received_at);
    expect(limited.body["cursor"]).not.toBeNull();
  });

  test("looks through what is masked for the administrator alone, and that is told", async () => {
    const id = idOf(await send({ parameters: withBody("I am out of credit since noon") }));
    await logged(id);
    const wanted = { q: "OUT of", unmask: 1 };
    expect((await search(wanted, reading)).body["error"].code).toBe("admin_only");
    const { body } = await search(wanted, administering);
    expect(body["deliveries"].map((found: Json) => found["id"])).toEqual([id]);
    expect(JSON.stringify(body)).not.toContain("out of");
    const { text } = await get("/_log/audits", administering);
    expect(text).toContain("search by text");
    expect(text).not.toContain("OUT of");
    expect((await get("/_log/export?q=out&unmask=1", administering)).status).toBe(400);
  });

  test("is not what a plan goes by", async () => {
    const response = await exports.default.fetch("https://hooks.example.net/_log/replays?q=x", {
      method: "POST",
      headers: administering,
    });
    expect(response.status).toBe(400);
  });
});

describe("log.keep and log.bodies", () => {
  test('keep = "failures" lists what failed and not what went well', async () => {
    const well = await send({ url: "https://hooks.example.net/failures-only" });
    const failed = await send({ url: "https://hooks.example.net/failures-only/broken" });
    expect([well.status, failed.status]).toEqual([200, 502]);
    await logged(idOf(failed));
    expect((await get(`/_log/deliveries/${idOf(well)}`)).status).toBe(404);
  });

  test('keep = "none" lists nothing, and counts', async () => {
    const sent = await send({ url: "https://hooks.example.net/silent" });
    const counts = await vi.waitFor(async () => {
      const { today } = (await get("/_log/health")).body["ledger"][0];
      expect(today).toContainEqual({ origin: "silent", outcome: "answered", reason: "", count: 1 });
      return today;
    });
    expect(counts.length).toBeGreaterThan(0);
    expect((await get(`/_log/deliveries/${idOf(sent)}`)).status).toBe(404);
  });

  test('keep = "none" still answers a duplicate', async () => {
    const parts = {
      url: "https://hooks.example.net/silent",
      headers: { "I-Twilio-Idempotency-Token": "t-3" },
    };
    const first = await (await send(parts)).text();
    expect(await (await send(parts)).text()).toBe(first);
  });

  test("bodies = false keeps neither request nor answer, and still answers a duplicate", async () => {
    const parts = {
      url: "https://hooks.example.net/bodiless",
      headers: { "I-Twilio-Idempotency-Token": "t-4" },
    };
    const response = await send(parts);
    const delivery = await logged(idOf(response), "?unmask=1", administering);
    expect(delivery["request"]).toMatchObject({ parameters: null, body: null });
    expect(delivery["answer"]).toBeNull();
    expect(await (await send(parts)).text()).toBe(await response.text());
  });
});

describe("health", () => {
  test("GET /_health says 200 to anybody, and no more", async () => {
    const response = await exports.default.fetch("https://hooks.example.net/_health");
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  test("GET /_log/health names version, ledger, KV and breakers", async () => {
    const { status, body } = await get("/_log/health");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "ok",
      kv: "ok",
      breakers: [],
      problems: [],
      ledger: [{ shard: 0, reachable: true }],
      keys: expect.arrayContaining(["TWILIO_AUTH_TOKEN#1"]),
      origins: expect.arrayContaining([{ name: "sms", host: null, path: "/sms", forwards: true }]),
    });
  });
});

describe("GET /_log/stats", () => {
  test("counts what came in, at once, with its times", async () => {
    await logged(idOf(await send()));
    await logged(idOf(await send({ url: "https://hooks.example.net/failures-only/broken" })));
    const { status, body } = await get("/_log/stats?since=1h");
    expect(status).toBe(200);
    // What the tests before this one have sent may be settled late.
    expect(body["totals"].outcomes).toMatchObject({ answered: 1, failed: 1 });
    expect(body["totals"].error_codes).toEqual([
      { code: 11217, error: "Error response code", count: 1 },
    ]);
    expect(body["totals"].keys["TWILIO_AUTH_TOKEN#1"]).toBeGreaterThanOrEqual(2);
    expect(body["totals"].origins.sms.total_ms.p50).toBeGreaterThanOrEqual(0);
    expect(body["points"].length).toBeGreaterThan(0);
    expect((await get("/_log/stats?by=week")).status).toBe(400);
  });
});

describe("GET /_log/export", () => {
  async function exported(
    query = "",
    headers: Record<string, string> = reading,
  ): Promise<readonly Json[]> {
    const response = await exports.default.fetch(`https://hooks.example.net/_log/export${query}`, {
      headers,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("application/x-ndjson; charset=utf-8");
    const text = await response.text();
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  test("gives every delivery that the filters find, whole and masked, newest first", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 120; n++) ids.push(idOf(await send()));
    await vi.waitFor(
      async () =>
        expect((await get("/_log/deliveries?origin=sms&limit=200")).body["deliveries"].length).toBe(
          120,
        ),
      { timeout: 5_000 },
    );
    const all = await exported("?origin=sms");
    expect(all.length).toBe(ids.length);
    expect(new Set(all.map((each) => each["id"]))).toEqual(new Set(ids));
    const times = all.map((each) => String(each["received_at"]));
    expect(times).toEqual(times.toSorted().toReversed());
    // What Twilio saw itself is looked for when one is shown alone.
    const { body } = await get(`/_log/deliveries/${all[0]?.["id"]}`);
    expect({ ...all[0], report: null, twilio_reports: [] }).toEqual(body);
    expect(JSON.stringify(all)).not.toContain("+14155551234");
    expect(await exported("?outcome=failed")).toEqual([]);
    // More than a page in which nothing is shown does not end it.
    expect((await exported(`?q=${ids[0]}`)).map(({ id }) => id)).toEqual([ids[0]]);
  });

  test("shows what is personal to the administrator alone", async () => {
    const id = idOf(await send());
    await logged(id);
    expect((await get("/_log/export?unmask=1")).status).toBe(403);
    const [whole] = await exported("?unmask=1", administering);
    expect(whole).toMatchObject({ id, masked: false });
    expect((await get("/_log/export?limit=5")).status).toBe(400);
    expect((await get("/_log/export?colour=red")).status).toBe(400);
  });
});

describe("GET /_log/metrics", () => {
  test("counts every webhook once, in OpenMetrics", async () => {
    await logged(idOf(await send({ headers: { "I-Twilio-Idempotency-Token": "t-m" } })));
    await logged(idOf(await send({ headers: { "I-Twilio-Idempotency-Token": "t-m" } })));
    const response = await exports.default.fetch("https://hooks.example.net/_log/metrics", {
      headers: reading,
    });
    expect(response.headers.get("Content-Type")).toBe(
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    const text = await response.text();
    for (const outcome of ["answered", "duplicate"])
      expect(text).toContain(
        `hookswitch_webhooks_total{shard="0",origin="sms",outcome="${outcome}",reason=""} 1\n`,
      );
    expect(text).toMatch(/# EOF\n$/);
  });
});
