import { describe, expect, test } from "vitest";
import {
  cutWebhookUrl,
  shownUrl,
  webhookUrl,
  withOverrides,
} from "../../../src/cli/connect/webhook-url.ts";

describe("withOverrides()", () => {
  test.each([
    ["", "rc=2&rp=5xx,ct,rt"],
    ["rc=0", "rc=0&rp=5xx,ct,rt"],
    ["rp=ct", "rp=ct&rc=2"],
    ["e=dublin", "e=dublin&rc=2&rp=5xx,ct,rt"],
    ["rc=2&rp=5xx,ct,rt", "rc=2&rp=5xx,ct,rt"],
  ])("makes %j into %j", (chosen, made) => {
    expect(withOverrides(chosen)).toBe(made);
  });
});

describe("cutWebhookUrl()", () => {
  test("keeps userinfo, query and fragment as typed", () => {
    expect(cutWebhookUrl("HTTPS://u:p%40@APP.example.com:443/a?x='1'#e=dublin")).toMatchObject({
      userinfo: "u:p%40@",
      query: "x='1'",
      fragment: "e=dublin",
    });
  });

  test("takes a URL without a path", () => {
    expect(cutWebhookUrl("https://app.example.com")?.url.href).toBe("https://app.example.com/");
  });

  test.each(["", "app.example.com/x", "ftp://app.example.com/", "https://", "https://a b/"])(
    "refuses %j",
    (typed) => {
      expect(cutWebhookUrl(typed)).toBeUndefined();
    },
  );
});

test("webhookUrl() puts together what cutWebhookUrl() has cut", () => {
  const typed = "https://u:p@app.example.com:8443/a/b?x=1&x=2#rc=1";
  const { userinfo = "", url, query, fragment = "" } = cutWebhookUrl(typed) ?? {};
  const path = url?.pathname ?? "";
  expect(webhookUrl(url?.origin ?? "", { userinfo, path, query, fragment })).toBe(typed);
});

describe("shownUrl()", () => {
  test.each([
    ["https://u:p@a.example.com/x?token=t&y=#rc=1", "https://…@a.example.com/x?token=…&y=#rc=1"],
    ["https://a.example.com/x?bare", "https://a.example.com/x?bare"],
    ["not a url?token=t", "not a url…"],
    ["user:password@host", "user:password…"],
  ])("shows %j as %j", (typed, shown) => {
    expect(shownUrl(typed)).toBe(shown);
  });
});
