import { describe, expect, it } from "vitest";
import type { Explanation } from "../../src/explain/explain.ts";
import { presentExplanation, presentReason } from "../../src/explain/present.ts";
import { explanationWords } from "../../src/explain/words.ts";

const origin = { name: "sms" };
const account = `AC${"1".repeat(32)}`;

function found(more: Partial<Extract<Explanation, { verdict: "one_change" }>>): Explanation {
  return {
    verdict: "one_change",
    change: "scheme",
    keyName: "TWILIO_AUTH_TOKEN#1",
    signedUrl: "https://hooks.example.net:8443/sms?From=%2B15005550001",
    from: "http",
    to: "https",
    checks: 7,
    ...more,
  };
}

describe("presentExplanation()", () => {
  it("names the public URL without path and query, as the setting takes it", () => {
    expect(presentExplanation(found({}), origin)).toMatchObject({
      public_url: "https://hooks.example.net:8443",
      setting: "ORIGINS.sms.public_url",
      signatures_checked: 7,
    });
    const webSocket = found({ signedUrl: "wss://hooks.example.net/stream" });
    expect(presentExplanation(webSocket, origin).public_url).toBe("https://hooks.example.net");
  });

  it("names public_url for a URL that differs before its path, and none for another path", () => {
    const [from, to] = ["https://a.example/sms", "https://b.example/sms"];
    const given = (signed: string) => found({ change: "url_given", from, to: signed });
    expect(presentExplanation(given(to), undefined).setting).toBe("ORIGINS.<name>.public_url");
    expect(presentExplanation(given(`${to}/x`), origin).setting).toBeNull();
  });

  it("names the variable of the webhook's own account for a key of another one", () => {
    const key = (from: string) => presentExplanation(found({ change: "key", from }), origin);
    expect(key(account).setting).toBe(`TWILIO_AUTH_TOKEN_${account}`);
    expect(key("no account").setting).toBe("TWILIO_AUTH_TOKEN");
  });

  it("masks long numbers in what a stranger chose, and cuts it", () => {
    const { from, to } = presentExplanation(
      found({ from: "https://h/+15005550001", to: "x".repeat(1_000) }),
      origin,
    );
    expect(from).toBe("https://h/+…01");
    expect(to).toHaveLength(200);
  });
});

describe("explanationWords()", () => {
  it("says with which key a webhook is genuine that names two accounts", () => {
    const reason = "account_ambiguous";
    const shown = presentExplanation({ verdict: "by_reason", reason, keyName: "SK1" }, origin);
    expect(explanationWords(shown).what).toMatch(/different accounts.*genuine, signed with SK1/);
  });

  it("says what is not kept, and what else can be done", () => {
    const { what, next } = explanationWords(presentReason("signature_mismatch", "digits"));
    expect(what).toMatch(/has not kept keypad digits/);
    expect(next.join(" ")).toMatch(/explain --file/);
  });

  it("says a reason of a later version as it is", () => {
    expect(explanationWords(presentReason("new_reason", undefined)).what).toBe("new_reason");
  });
});
