import { env, exports } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { smsFields } from "../support/sign.ts";
import { signedRequest } from "../support/worker-requests.ts";

afterEach(() => reset());

const reading = { Authorization: `Bearer ${env.LOG_TOKEN}` };
const administering = { Authorization: `Bearer ${env.LOG_ADMIN_TOKEN}` };
const from = smsFields().find(([name]) => name === "From")?.[1] ?? "";
const sid = smsFields().find(([name]) => name === "MessageSid")?.[1] ?? "";

type Json = Record<string, any>; // oxlint-disable-line no-explicit-any -- the API's JSON, read freely

async function ask(
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly body: Json }> {
  const response = await exports.default.fetch(`https://hooks.example.net/_log${path}`, {
    headers: administering,
    ...init,
  });
  return { status: response.status, body: await response.json() };
}

function erase(
  body: unknown,
  headers: Record<string, string> = administering,
): ReturnType<typeof ask> {
  return ask("/erase", { method: "POST", headers, body: JSON.stringify(body) });
}

async function audits(): Promise<readonly Json[]> {
  return (await ask("/audits", { headers: reading })).body["audits"];
}

/** Sends a webhook and waits until it is in the log. */
async function sent(token: string): Promise<string> {
  const headers = { "I-Twilio-Idempotency-Token": token };
  const response = await exports.default.fetch(signedRequest({ headers }));
  await response.arrayBuffer();
  const id = response.headers.get("Hookswitch-Delivery") ?? "";
  await vi.waitFor(async () => {
    expect((await ask(`/deliveries/${id}`)).body["outcome"]).toMatch(/answered|duplicate/);
  });
  return id;
}

async function inKv(): Promise<number> {
  return (await env.ANSWERS.list()).keys.length;
}

describe("POST /_log/erase", () => {
  test.each([{ number: from }, { sid }])(
    "takes a person out of the log, the claims and KV: %j",
    async (wanted) => {
      // The isolate remembers what it answered in the test before.
      const token = Object.keys(wanted).join("");
      const ids = [await sent(token), await sent(token), await sent(`${token}-2`)];
      await vi.waitFor(async () => expect(await inKv()).toBeGreaterThan(0));
      const { status, body } = await erase(wanted);
      expect([status, body]).toEqual([
        200,
        { erased: 3, under_way: 0, complete: true, kv_left: 0 },
      ]);
      for (const id of ids) expect((await ask(`/deliveries/${id}`)).status).toBe(404);
      expect((await ask("/deliveries")).body["deliveries"]).toEqual([]);
      expect(await inKv()).toBe(0);
      // Nothing is left of the answer: the same webhook is a first one again.
      expect((await ask(`/deliveries/${await sent(token)}`)).body["dedupe"]).toBe("first");
    },
  );

  test("takes the administrator's token, and one thing to look for", async () => {
    expect((await erase({ sid }, reading)).body["error"].code).toBe("admin_only");
    for (const wanted of [{}, { sid: "" }, { origin: "sms" }, { sid, number: from }, []])
      expect((await erase(wanted)).status).toBe(400);
    expect(await audits()).toEqual([]);
  });
});

describe("GET /_log/audits", () => {
  test("has every unmasking, replay and erasing, with who, and no number", async () => {
    const id = await sent("t-1");
    await ask(`/deliveries/${id}?unmask=1`);
    const asked = { headers: { ...administering, "CF-Connecting-IP": "192.0.2.7" } };
    await (
      await exports.default.fetch(
        "https://hooks.example.net/_log/export?unmask=1&origin=sms",
        asked,
      )
    ).text();
    await ask(`/deliveries/${id}/replay`, { method: "POST" });
    const plan = (await ask("/replays?outcome=dead", { method: "POST" })).body["id"];
    await ask(`/replays/${plan}/run`, { method: "POST" });
    await erase({ number: from });
    const found = await audits();
    expect(found.map(({ action, about, address }) => [action, about, address])).toEqual([
      ["erase", expect.stringMatching(/^number=\+\d+…\d\d$/), null],
      ["replay", `plan ${plan}`, null],
      ["replay", id, null],
      ["unmask", "export origin=sms", "192.0.2.7"],
      ["unmask", id, null],
    ]);
    for (const { who, at } of found) {
      expect(who).toBe("LOG_ADMIN_TOKEN");
      expect(Date.parse(at)).not.toBeNaN();
    }
    expect(JSON.stringify(found)).not.toContain(from);
  });

  test("has nothing of what a reader does, nor of what was refused", async () => {
    const id = await sent("t-1");
    await ask(`/deliveries/${id}`);
    await ask(`/deliveries/${id}?unmask=1`, { headers: reading });
    await ask(`/deliveries/${id}/replay`, { method: "POST", headers: reading });
    expect(await audits()).toEqual([]);
  });

  test.each(["0", "1001", "x", "1.5"])("limit=%s is refused", async (limit) => {
    expect((await ask(`/audits?limit=${limit}`)).status).toBe(400);
  });
});
