import { describe, expect, test } from "vitest";
import {
  connectUrl,
  directUrl,
  reconnectUrl,
  type Wiring,
} from "../../../src/cli/connect/match.ts";
import { cutWebhookUrl, type WebhookUrl } from "../../../src/cli/connect/webhook-url.ts";
import { accountSid, base, wiringOf } from "./wiring.ts";

const overrides = "#rc=2&rp=5xx,ct,rt";

function cut(typed: string): WebhookUrl {
  const found = cutWebhookUrl(typed);
  if (found === undefined) throw new Error(`no URL: ${typed}`);
  return found;
}

/** The URL of Hookswitch, or why there is none. */
function connected(typed: string, wiring: Wiring, use: "answer" | "status" = "answer"): string {
  const found = connectUrl(cut(typed), use, wiring, base);
  return found.ok ? found.value.url : found.error.reason;
}

function direct(typed: string, wiring: Wiring): string {
  const found = directUrl(cut(typed), wiring);
  if (found === undefined) return "not ours";
  return found.ok ? found.value.url : found.error.reason;
}

const usual = {
  sms: { path: "/sms", url: "https://app.example.net/twilio/sms" },
  voice: { path: "/voice/*", url: "https://app.example.net/twilio/voice/*#rt=4000" },
};

describe("connectUrl()", () => {
  test.each([
    ["https://app.example.net/twilio/sms", `${base}/sms${overrides}`],
    ["https://APP.example.net:443/twilio/sms", `${base}/sms${overrides}`],
    ["https://app.example.net/twilio/sms?x=%20+&y", `${base}/sms?x=%20+&y${overrides}`],
    ["https://app.example.net/twilio/sms?", `${base}/sms?${overrides}`],
    ["https://app.example.net/twilio/sms#rc=0", `${base}/sms#rc=0&rp=5xx,ct,rt`],
    ["https://u:p@app.example.net/twilio/sms", `https://u:p@hooks.example.com/sms${overrides}`],
    ["https://app.example.net/twilio/voice", `${base}/voice${overrides}`],
    ["https://app.example.net/twilio/voice/", `${base}/voice/${overrides}`],
    ["https://app.example.net/twilio/voice/a/b?c", `${base}/voice/a/b?c${overrides}`],
    ["https://app.example.net/twilio/voicemail", "no_origin"],
    ["https://app.example.net/twilio/sms/", "no_origin"],
    ["https://app.example.net:8443/twilio/sms", "no_origin"],
    ["http://app.example.net/twilio/sms", "no_origin"],
  ])("makes %s into %s", (typed, expected) => {
    expect(connected(typed, wiringOf(usual))).toBe(expected);
  });

  test("never leads to what takes Twilio's own fallback requests", () => {
    const fallback = "https://backup.example.net/voice";
    const last = { path: "/last", mode: "twilio_fallback", fallback };
    expect(connected(fallback, wiringOf({ ...usual, last }))).toBe("no_origin");
    const voice = { path: "/voice", url: fallback };
    expect(connected(fallback, wiringOf({ voice, last }))).toBe(`${base}/voice${overrides}`);
    const back = reconnectUrl(cut(`${base}/last`), "answer", wiringOf({ ...usual, last }), base);
    expect(back).toMatchObject({ ok: false, error: { reason: "unrouted" } });
  });

  test("takes the longest prefix, and an exact one before it", () => {
    const wiring = wiringOf({
      all: { path: "/all/*", url: "https://app.example.net/*" },
      deep: { path: "/deep/*", url: "https://app.example.net/deep/*" },
      exact: { path: "/exact", url: "https://app.example.net/deep/exact" },
    });
    expect(connected("https://app.example.net/x", wiring)).toBe(`${base}/all/x${overrides}`);
    expect(connected("https://app.example.net/deep/x", wiring)).toBe(`${base}/deep/x${overrides}`);
    expect(connected("https://app.example.net/deep/exact", wiring)).toBe(
      `${base}/exact${overrides}`,
    );
  });

  test("wants a target's own query, which Hookswitch adds, and takes it off", () => {
    const wiring = wiringOf({ sms: { path: "/sms", url: "https://app.example.net/sms?own=1" } });
    expect(connected("https://app.example.net/sms?own=1", wiring)).toBe(`${base}/sms${overrides}`);
    expect(connected("https://app.example.net/sms?own=1&x=2", wiring)).toBe(
      `${base}/sms?x=2${overrides}`,
    );
    expect(connected("https://app.example.net/sms?own=12", wiring)).toBe("no_origin");
    // Hookswitch would leave the & out.
    expect(connected("https://app.example.net/sms?own=1&", wiring)).toBe("rewritten");
    expect(connected("https://app.example.net/sms", wiring)).toBe("no_origin");
  });

  test("tells two origins of the same url apart by what is wanted, else by nothing", () => {
    const url = "https://app.example.net/twilio";
    const wiring = wiringOf({
      answers: { path: "/answers", url },
      queue: { path: "/queue", url, mode: "queue" },
    });
    expect(connected(url, wiring)).toBe(`${base}/answers${overrides}`);
    expect(connected(url, wiring, "status")).toBe(`${base}/queue${overrides}`);
    const twice = wiringOf({ one: { path: "/one", url }, two: { path: "/two", url } });
    expect(connected(url, twice)).toBe("ambiguous");
  });

  test("lets no queue answer where TwiML is wanted", () => {
    const wiring = wiringOf({
      all: { path: "/*", url: "https://app.example.net/*", mode: "queue" },
    });
    expect(connected("https://app.example.net/x", wiring)).toBe("queue_mode");
    expect(connected("https://app.example.net/x", wiring, "status")).toBe(`${base}/x${overrides}`);
  });

  test("takes an origin of this account only", () => {
    const url = "https://app.example.net/sms";
    const other = { path: "/sms", url, accounts: [`AC${"2b".repeat(16)}`] };
    const own = { path: "/own", url, accounts: [accountSid] };
    expect(connected(url, wiringOf({ other }))).toBe("other_account");
    expect(connected(url, wiringOf({ other, own }))).toBe(`${base}/own${overrides}`);
  });

  test("gives the host and the public URL of the origin, where it has one", () => {
    const url = "https://app.example.net/";
    const byHost = wiringOf({ a: { path: "/a", host: "voice.example.com", url } });
    expect(connected(url, byHost)).toBe(`https://voice.example.com/a${overrides}`);
    const behind = wiringOf({
      a: { path: "/a", public_url: "https://front.example.com:8443", url },
    });
    expect(connected(url, behind)).toBe(`https://front.example.com:8443/a${overrides}`);
  });

  test("leaves a URL whose path at Hookswitch another origin takes", () => {
    const wiring = wiringOf({
      all: { path: "/*", url: "https://app.example.net/*" },
      sms: { path: "/sms", url: "https://other.example.net/sms" },
    });
    expect(connected("https://app.example.net/sms", wiring)).toBe("shadowed");
  });

  test("notes that Twilio hangs up before the origin's budget has passed", () => {
    const notes = (fragment: string): unknown => {
      const typed = `https://app.example.net/twilio/sms${fragment}`;
      const found = connectUrl(cut(typed), "answer", wiringOf(usual), base);
      return found.ok && found.value.notes;
    };
    expect(notes("#tt=14001")).toEqual([]);
    expect(notes("#tt=14000")).toEqual([
      "Twilio waits 14000 ms by #tt=14000, sms takes 14000 ms: set a smaller #tt= there",
    ]);
    expect(notes("#rt=5000")).toHaveLength(1);
  });
});

describe("reconnectUrl()", () => {
  const wiring = wiringOf(usual);
  const again = (typed: string): string | undefined => {
    const found = reconnectUrl(cut(typed), "answer", wiring, base);
    if (found === undefined) return undefined;
    return found.ok ? found.value.url : found.error.reason;
  };

  test.each([
    [`${base}/sms${overrides}`, `${base}/sms${overrides}`],
    [`${base}/sms?x=1`, `${base}/sms?x=1${overrides}`],
    ["https://hookswitch.acme.workers.dev/voice/x", `${base}/voice/x${overrides}`],
    [`${base}/nowhere`, "unrouted"],
    ["https://hookswitch-staging.acme.workers.dev/sms", undefined],
    ["https://app.example.net/twilio/sms", undefined],
  ])("makes %s into %s", (typed, expected) => {
    expect(again(typed)).toBe(expected);
  });
});

describe("directUrl()", () => {
  test.each([
    [`${base}/sms?x=1${overrides}`, "https://app.example.net/twilio/sms?x=1"],
    [`https://u:p@hooks.example.com/voice/a`, "https://u:p@app.example.net/twilio/voice/a#rt=4000"],
    [`${base}/voice`, "https://app.example.net/twilio/voice#rt=4000"],
    [`${base}/nowhere`, "unrouted"],
    ["https://app.example.net/twilio/sms", "not ours"],
  ])("makes %s into %s", (typed, expected) => {
    expect(direct(typed, wiringOf(usual))).toBe(expected);
  });

  test("does not give Twilio this machine", () => {
    const wiring = wiringOf({ sms: { path: "/sms", url: "http://127.0.0.1:8788/sms" } });
    expect(direct(`${base}/sms`, wiring)).toBe("this_machine");
  });

  test("tells a misconfigured origin", () => {
    const wiring = wiringOf({ sms: { path: "/sms", url: "ftp://app.example.net/sms" } });
    expect(direct(`${base}/sms`, wiring)).toBe("misconfigured");
  });

  test("notes which headers Twilio will not send", () => {
    const { written, ...rest } = wiringOf(usual);
    const known = new Map([
      ...written,
      ["sms", { fragment: "", headers: ["Authorization"] }],
    ] as const);
    const found = directUrl(cut(`${base}/sms`), { ...rest, written: known });
    expect(found?.ok && found.value.notes).toEqual([
      "Twilio does not send what Hookswitch sends sms: Authorization",
    ]);
  });

  test("undoes connectUrl()", () => {
    const wiring = wiringOf(usual);
    for (const typed of [
      "https://app.example.net/twilio/sms?a=1",
      "https://app.example.net/twilio/voice/x/",
    ]) {
      expect(direct(connected(typed, wiring), wiring).split("#")[0]).toBe(typed);
    }
  });
});
