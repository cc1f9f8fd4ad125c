import { env, exports } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { newDeliveryId } from "../../src/ledger/delivery-id.ts";
import { encodeForm, type Fields, signature, smsFields } from "../support/sign.ts";
import { signedRequest } from "../support/worker-requests.ts";

afterEach(() => reset());

const reading = { Authorization: `Bearer ${env.LOG_TOKEN}` };
const administering = { Authorization: `Bearer ${env.LOG_ADMIN_TOKEN}` };
const publicUrl = "https://calls.example.org/sms";

type Json = Record<string, any>; // oxlint-disable-line no-explicit-any -- the API's JSON, read freely

async function ask(path: string, init: RequestInit = { headers: reading }) {
  const response = await exports.default.fetch(`https://hooks.example.net/_log${path}`, init);
  const text = await response.text();
  const body: Json = text === "" ? {} : JSON.parse(text);
  return { status: response.status, text, body };
}

/** Sends one that is signed for another URL than the one it is sent to; tells its id once it is in the log. */
async function refused(
  parts: {
    readonly url?: string;
    readonly signedUrl?: string;
    readonly parameters?: Fields;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<string> {
  const { parameters = smsFields(), signedUrl = publicUrl, ...sent } = parts;
  const value = signature(env.TWILIO_AUTH_TOKEN, signedUrl, parameters);
  const headers = { "X-Twilio-Signature": value, ...parts.headers };
  return listed(signedRequest({ ...sent, parameters, headers }));
}

/** Sends one that is refused; its answer does not name it. */
async function listed(request: Request): Promise<string> {
  const ids = async (): Promise<string[]> => {
    const { body } = await ask("/deliveries?outcome=refused");
    return body["deliveries"].map(({ id }: Json) => id);
  };
  const before = await ids();
  expect((await exports.default.fetch(request)).status).toBeGreaterThanOrEqual(403);
  return vi.waitFor(async () => {
    const [id = ""] = (await ids()).filter((each) => !before.includes(each));
    expect(id).not.toBe("");
    return id;
  }, 5_000);
}

function explain(id: string, body?: unknown, headers: Record<string, string> = reading) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return ask(`/deliveries/${id}/explain`, { method: "POST", headers, ...sent });
}

describe("POST /_log/deliveries/:id/explain", () => {
  test("names the one change, to readers as well", async () => {
    const id = await refused({ headers: { "X-Forwarded-Host": "calls.example.org" } });
    expect(await explain(id)).toMatchObject({
      status: 200,
      body: {
        id,
        verdict: "one_change",
        change: "host",
        from: "hooks.example.net",
        to: "calls.example.org",
        public_url: "https://calls.example.org",
        setting: "ORIGINS.sms.public_url",
        key: "TWILIO_AUTH_TOKEN#1",
      },
    });
  });

  test("tries the URLs that it is given", async () => {
    const id = await refused();
    expect((await explain(id)).body).toMatchObject({
      verdict: "no_single_change",
      reason: "signature_mismatch",
      keys_tried: ["TWILIO_AUTH_TOKEN#1"],
    });
    const urls = ["https://elsewhere.example.org/sms", publicUrl];
    expect((await explain(id, { urls })).body).toMatchObject({
      change: "url_given",
      to: publicUrl,
    });
  });

  test.each([
    ["no JSON", "urls"],
    ["no URL", { urls: ["calls.example.org"] }],
    ["too many", { urls: Array.from({ length: 9 }, () => publicUrl) }],
    ["something else", { url: publicUrl }],
  ])("is 400 for %s", async (_, body) => {
    expect(await explain("01KB3Y00000000000000000000", body)).toMatchObject({
      status: 400,
      body: { error: { code: "bad_request" } },
    });
  });

  test("keeps the signature for it, and shows it to nobody", async () => {
    const id = await refused();
    const value = signature(env.TWILIO_AUTH_TOKEN, publicUrl, smsFields());
    const unmasked = await ask(`/deliveries/${id}?unmask=1`, { headers: administering });
    const exported = await ask(`/export?unmask=1&outcome=refused`, { headers: administering });
    const explained = await explain(id, undefined, administering);
    for (const { status, text } of [unmasked, exported, explained]) {
      expect(status).toBe(200);
      expect(text.toLowerCase()).not.toContain("x-twilio-signature");
      expect(text).not.toContain(value);
    }
  });

  test("explains when it is refused what is not kept whole, an incoming call above all", async () => {
    const headers = { "X-Forwarded-Host": "calls.example.org" };
    const then = { verdict: "one_change", change: "host", as_of: "refusal", not_kept: null };
    const secret = [...smsFields(), ["CallToken", "the-secret"]] as const;
    for (const [parts, hidden] of [
      [{ headers, parameters: secret }, "the-secret"],
      [{ headers, parameters: [...smsFields(), ["Digits", "98765"]] as const }, "98765"],
      [
        {
          headers,
          url: "https://hooks.example.net/bodiless",
          signedUrl: "https://calls.example.org/bodiless",
        },
        "X-Twilio-Signature",
      ],
    ] as const) {
      const id = await refused(parts);
      const { status, body } = await explain(id);
      expect([status, body]).toMatchObject([200, { ...then, id, to: "calls.example.org" }]);
      const unmasked = await ask(`/deliveries/${id}?unmask=1`, { headers: administering });
      for (const text of [JSON.stringify(body), unmasked.text])
        expect(text.toLowerCase()).not.toContain(hidden.toLowerCase());
    }
  }, 20_000);

  test("says so where what was signed is not kept, and was too large to look into", async () => {
    const large = await refused({ parameters: [...smsFields(), ["Note", "x".repeat(17_000)]] });
    expect((await explain(large)).body).toMatchObject({
      verdict: "not_kept",
      not_kept: "whole_body",
      reason: "signature_mismatch",
      as_of: "now",
    });
  }, 20_000);

  test("says no more than the reason of what came without a signature, or was no webhook", async () => {
    const unsigned = new Request("https://hooks.example.net/sms", {
      method: "POST",
      body: encodeForm(smsFields()),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    const put = new Request("https://hooks.example.net/sms", { method: "PUT" });
    for (const [request, reason] of [
      [unsigned, "signature_missing"],
      [put, "method_not_allowed"],
    ] as const) {
      const { body } = await explain(await listed(request));
      expect(body).toMatchObject({ verdict: "by_reason", reason });
    }
  }, 20_000);

  test("is 409 for one that was not refused, 404 for one that is not there", async () => {
    const response = await exports.default.fetch(signedRequest());
    const id = response.headers.get("Hookswitch-Delivery") ?? "";
    await vi.waitFor(
      async () => expect((await ask(`/deliveries/${id}`)).body["outcome"]).toBe("answered"),
      5_000,
    );
    expect(await explain(id)).toMatchObject({
      status: 409,
      body: { error: { code: "not_refused" } },
    });
    const unknown = newDeliveryId({ receivedAtMs: 1_764_000_000_000, shard: 0, random: () => 0.5 });
    for (const none of [unknown, "nonsense"]) expect((await explain(none)).status).toBe(404);
  });

  test("is 401 for strangers, and 405 by GET", async () => {
    expect((await explain("nonsense", undefined, {})).status).toBe(401);
    expect((await ask("/deliveries/nonsense/explain")).status).toBe(405);
  });
});
