import { describe, expect, test } from "vitest";
import { whoBlocked } from "../../../src/cli/doctor/who-answered.ts";

interface Parts {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly deliveryId?: string;
}

function blocked({ status = 403, headers = {}, text = "<html>", deliveryId }: Parts) {
  return whoBlocked({
    status,
    contentType: headers["content-type"],
    deliveryId,
    location: headers["location"],
    headers,
    body: Buffer.from(text),
  });
}

const html = { "content-type": "text/html" };
const cloudflare = { ...html, server: "cloudflare", "cf-ray": "8f0c-FRA" };
const plain = { ...cloudflare, "content-type": "text/plain; charset=utf-8" };

describe("whoBlocked()", () => {
  test.each<readonly [string, Parts]>([
    ["a delivery", { status: 404, headers: plain, text: "", deliveryId: "01M8" }],
    ["a refusal", { status: 404, headers: plain, text: "Not Found\n" }],
    ["a refusal of an origin's path", { headers: plain, text: "Forbidden\n" }],
    ["a misconfigured one", { status: 500, headers: plain, text: "Internal Server Error\n" }],
  ])("takes %s for Hookswitch's own, by way of Cloudflare too", (_, parts) => {
    expect(blocked(parts)).toBeUndefined();
  });

  test.each<readonly [string, Parts, string, string]>([
    [
      "a challenge",
      { headers: { ...cloudflare, "cf-mitigated": "challenge" } },
      "challenge (403, cf-ray 8f0c-FRA",
      "Bot Fight Mode",
    ],
    ["a managed rule", { headers: cloudflare }, "Cloudflare blocked it (403", "Events"],
    ["a rate limit", { status: 429, headers: cloudflare }, "rate limiting rule", "Events"],
    [
      "Access",
      { status: 302, headers: { ...html, location: "https://x.cloudflareaccess.com/cdn-cgi/a" } },
      "Access asks to sign in",
      "/_log alone",
    ],
    [
      "an error of Cloudflare's in text",
      { status: 429, headers: plain, text: "error code: 1027" },
      "error 1027, the plan's requests of the day are used up",
      "page of that error",
    ],
    [
      "an error page of Cloudflare's",
      { status: 500, headers: cloudflare, text: "<h1>Error 1101</h1>" },
      "error 1101, the Worker threw",
      "page of that error",
    ],
    [
      "a redirect",
      { status: 301, headers: { location: "https://www.example.com/" } },
      "redirected (301) to https://www.example.com/",
      "answers itself",
    ],
    [
      "another server",
      { status: 404, headers: { ...html, server: "nginx" } },
      "404, text/html, nginx",
      "before the Worker",
    ],
    ["nothing much", { status: 200, headers: {} }, "200, without a content type", "custom domain"],
  ])("tells %s", (_, parts, who, mend) => {
    const found = blocked(parts);
    expect(found?.who).toContain(who);
    expect(found?.mend).toContain(mend);
  });
});
