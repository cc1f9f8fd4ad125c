import { describe, expect, test } from "vitest";
import {
  type Deployment,
  fallsWithCloudflare,
  findDeployment,
  isOurs,
  type WrittenRoutes,
} from "../../../src/cli/connect/deployment.ts";

const none: WrittenRoutes = { name: "hookswitch", hasWorkersDev: false, patterns: [] };

function deploymentOf(said: string | undefined, routes: Partial<WrittenRoutes>): Deployment {
  const found = findDeployment(said, { ...none, ...routes }, []);
  if (!found.ok) throw new Error(found.error);
  return found.value;
}

const custom = (pattern: string): WrittenRoutes["patterns"][number] => ({
  pattern,
  isCustomDomain: true,
});
const route = (pattern: string): WrittenRoutes["patterns"][number] => ({
  pattern,
  isCustomDomain: false,
});

describe("findDeployment()", () => {
  test.each([
    ["what was said", "https://a.example.com", [custom("b.example.com")], "https://a.example.com"],
    ["the one custom domain", undefined, [custom("b.example.com")], "https://b.example.com"],
    ["nothing of two", undefined, [custom("b.example.com"), custom("c.example.com")], undefined],
    ["nothing of a route", undefined, [route("b.example.com/*")], undefined],
  ])("takes %s", (_what, said, patterns, expected) => {
    expect(deploymentOf(said, { patterns }).base).toBe(expected);
  });

  test.each([
    "http://hooks.example.com",
    "https://localhost",
    "https://a.example.com/x",
    "nothing",
  ])("refuses %s", (said) => {
    expect(findDeployment(said, none, []).ok).toBe(false);
  });
});

describe("isOurs()", () => {
  const deployment = deploymentOf("https://hooks.example.com", {
    hasWorkersDev: true,
    patterns: [
      route("shop.example.com/twilio/*"),
      route("exact.example.com/x"),
      route("*.example.org/*"),
    ],
  });
  test.each([
    ["https://hooks.example.com/any", true],
    ["https://hooks.example.com:8443/any", false],
    ["https://hookswitch.acme.workers.dev/", true],
    ["https://hookswitch-staging.acme.workers.dev/", false],
    ["https://hookswitch.workers.dev/", false],
    ["https://hookswitch.acme.workers.dev.evil.example/", false],
    ["https://shop.example.com/twilio/sms", true],
    ["https://shop.example.com/other", false],
    ["https://exact.example.com/x", true],
    ["https://exact.example.com/x/y", false],
    ["https://app.example.org/x", false],
  ])("of %s is %s", (url, expected) => {
    expect(isOurs(new URL(url), deployment)).toBe(expected);
  });
});

test.each([
  ["https://hooks.example.com/", true],
  ["https://shop.example.com/other", true],
  ["https://else.acme.workers.dev/", true],
  ["https://page.pages.dev/", true],
  ["https://handler.twilio.com/twiml/EH1", false],
  ["https://workers.dev.example.com/", false],
])("fallsWithCloudflare() of %s is %s", (url, expected) => {
  const patterns = [route("shop.example.com/twilio/*")];
  const deployment = deploymentOf("https://hooks.example.com", { patterns });
  expect(fallsWithCloudflare(new URL(url), deployment)).toBe(expected);
});
