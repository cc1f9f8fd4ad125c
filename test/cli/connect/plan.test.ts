import { describe, expect, test } from "vitest";
import { planConnect } from "../../../src/cli/connect/plan.ts";
import { readResource } from "../../../src/cli/connect/resource.ts";
import { base, wiringOf } from "./wiring.ts";

const app = "https://app.example.net/voice";
const hooks = `${base}/voice#rc=2&rp=5xx,ct,rt`;
const wiring = wiringOf({ voice: { path: "/voice", url: app } });

/** What becomes of the fallback of a number whose calls go to `voiceUrl`. */
function fallbackOf(
  set: Readonly<Record<string, string>>,
  voice?: string,
  within = wiring,
): string | undefined {
  const number = readResource("number", { sid: "PN1", phoneNumber: "+15550001111", ...set });
  const fallbacks = { voice, message: undefined };
  const steps = planConnect([number], within, { base, fallbacks });
  const intent = steps.find(({ setting }) => setting.name === "voice fallback")?.intent;
  if (intent?.kind === "change") return `${intent.to.method} ${intent.to.url}`;
  return intent?.kind === "left" ? intent.reason : intent?.kind;
}

describe("planConnect() makes the fallback", () => {
  test.each([
    [
      "the URL that is replaced, by its method",
      { voiceUrl: app, voiceMethod: "GET" },
      `GET ${app}`,
    ],
    ["what Hookswitch would ask", { voiceUrl: hooks, voiceMethod: "POST" }, `POST ${app}`],
    [
      "the application, in place of Hookswitch",
      { voiceUrl: app, voiceFallbackUrl: hooks },
      ` ${app}`,
    ],
    [
      "the application, in place of a Worker",
      { voiceUrl: app, voiceFallbackUrl: "https://x.y.workers.dev/" },
      ` ${app}`,
    ],
    [
      "nothing else where it is right",
      { voiceUrl: hooks, voiceFallbackUrl: `${app}#rc=0` },
      "right",
    ],
    [
      "nothing else where it is somebody's",
      { voiceUrl: app, voiceFallbackUrl: "https://b.example.org/" },
      "fallback_kept",
    ],
    ["nothing where calls go elsewhere", { voiceUrl: "https://b.example.org/" }, "empty"],
    [
      "nothing else where calls go elsewhere",
      { voiceUrl: "https://b.example.org/", voiceFallbackUrl: hooks },
      "not_connected",
    ],
    ["nothing where no calls come", {}, "empty"],
    [
      "nothing where it is not used",
      { voiceUrl: app, voiceFallbackUrl: hooks, voiceApplicationSid: "AP1" },
      "unused",
    ],
  ])("%s", (_what, set, expected) => {
    expect(fallbackOf(set)).toBe(expected);
  });

  test("what was said, whatever there is", () => {
    const bin = "https://handler.twilio.com/twiml/EH1";
    expect(fallbackOf({ voiceUrl: app }, bin)).toBe(` ${bin}`);
    expect(fallbackOf({ voiceUrl: app, voiceFallbackUrl: "https://b.example.org/" }, bin)).toBe(
      ` ${bin}`,
    );
    expect(fallbackOf({ voiceUrl: app, voiceFallbackUrl: bin }, bin)).toBe("right");
  });

  test("nothing where the origin's host is Hookswitch's too", () => {
    const url = "https://shop.example.com/app";
    const patterns = [{ pattern: "shop.example.com/hooks/*", isCustomDomain: false }];
    const within = wiringOf({ voice: { path: "/hooks/voice", url } }, { patterns });
    expect(fallbackOf({ voiceUrl: url }, undefined, within)).toBe("no_way_around");
  });
});
