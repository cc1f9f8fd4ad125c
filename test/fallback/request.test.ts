import { expect, test } from "vitest";
import { fallbackRequest, type FallbackRequest } from "../../src/fallback/request.ts";
import type { PublicUrl } from "../../src/config/types.ts";
import { parseForm, parseQuery } from "../../src/receive/parameters.ts";
import { signedText } from "../../src/verify/signature.ts";
import { routed } from "../support/routes.ts";
import {
  hashOf,
  originConfig,
  smsFields,
  verifiedWebhook,
  type WebhookParts,
} from "../support/webhooks.ts";

const backup = routed("/sms", "https://backup.example.com/twilio/sms?key=1");

async function ask(parts: WebhookParts = {}, publicUrl?: PublicUrl): Promise<FallbackRequest> {
  const webhook = await verifiedWebhook(parts, { ...originConfig(), publicUrl });
  const request = fallbackRequest({ webhook, ...backup, publicUrl, errorCode: 11200 });
  if (request === undefined) throw new TypeError("Cannot make the fallback's request");
  return request;
}

function text(body: Uint8Array | undefined): string {
  return new TextDecoder().decode(body);
}

test("fallbackRequest() appends ErrorCode and ErrorUrl to a form, whose bytes stay as they were", async () => {
  const webhook = await verifiedWebhook({ url: "https://hooks.example.net/sms?a=1&b" });
  const request = await ask({ url: "https://hooks.example.net/sms?a=1&b" });
  expect(request.method).toBe("POST");
  expect(request.url).toBe("https://backup.example.com/twilio/sms?key=1&a=1&b");
  expect(text(request.body)).toBe(
    `${text(webhook.body)}&ErrorCode=11200&ErrorUrl=https%3A%2F%2Fhooks.example.net%2Fsms%3Fa%3D1%26b`,
  );
});

test("fallbackRequest() signs what the fallback will read", async () => {
  const request = await ask();
  const added = [
    ["ErrorCode", "11200"],
    ["ErrorUrl", "https://hooks.example.net/sms"],
  ];
  expect(request.parameters).toEqual([...smsFields(), ...added]);
  const read = parseForm(request.body ?? new Uint8Array());
  expect(signedText(request.url, request.parameters)).toBe(signedText(request.url, read));
});

test("fallbackRequest() begins an empty form with them", async () => {
  const request = await ask({ parameters: [] });
  expect(text(request.body)).toBe("ErrorCode=11200&ErrorUrl=https%3A%2F%2Fhooks.example.net%2Fsms");
});

test("fallbackRequest() puts them into the query of a GET", async () => {
  const request = await ask({ method: "GET", url: "https://hooks.example.net/sms?From=%2B1555" });
  expect(request).toEqual({
    url: "https://backup.example.com/twilio/sms?key=1&From=%2B1555&ErrorCode=11200&ErrorUrl=https%3A%2F%2Fhooks.example.net%2Fsms%3FFrom%3D%252B1555",
    method: "GET",
    body: undefined,
    parameters: [],
  });
});

test.each([
  [
    "https://hooks.example.net/sms",
    "ErrorCode=11200&ErrorUrl=https%3A%2F%2Fhooks.example.net%2Fsms",
  ],
  [
    "https://hooks.example.net/sms?",
    "ErrorCode=11200&ErrorUrl=https%3A%2F%2Fhooks.example.net%2Fsms%3F",
  ],
])("fallbackRequest() needs no delimiter after the nothing of %j", async (url, query) => {
  expect((await ask({ method: "GET", url })).url).toBe(
    `https://backup.example.com/twilio/sms?key=1&${query}`,
  );
});

test("fallbackRequest() leaves a JSON body and its hash as they are", async () => {
  const body = '{"a":"ü"}';
  const request = await ask({ body });
  const query = parseQuery(new URL(request.url).search.slice(1));
  expect(text(request.body)).toBe(body);
  expect(request.parameters).toEqual([]);
  expect(query.map(([name]) => name)).toEqual(["key", "bodySHA256", "ErrorCode", "ErrorUrl"]);
  expect(query[1]?.[1]).toBe(hashOf(body));
});

test("fallbackRequest() leaves a form alone whose bytes are what was signed", async () => {
  const body = "a=1";
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const webhook = await verifiedWebhook({ body, headers: { "content-type": "application/json" } });
  const form = { ...webhook, headers: new Headers(headers) };
  const request = fallbackRequest({
    webhook: form,
    ...backup,
    publicUrl: undefined,
    errorCode: 12100,
  });
  expect(text(request?.body)).toBe(body);
  expect(request?.url).toContain("&ErrorCode=12100&ErrorUrl=");
});

test("fallbackRequest() names the URL that Twilio called, by public_url where there is one", async () => {
  const publicUrl = { scheme: "https", host: "hooks.example.com", port: "8443" } as const;
  const parts = {
    url: "http://127.0.0.1/sms?a=1",
    signedUrl: "https://hooks.example.com:8443/sms?a=1",
  };
  const request = await ask(parts, publicUrl);
  expect(request.parameters.at(-1)).toEqual(["ErrorUrl", "https://hooks.example.com:8443/sms?a=1"]);
});

test("fallbackRequest() asks nobody outside of the fallback's own path", async () => {
  const webhook = await verifiedWebhook();
  const { target, route } = routed("/voice/*", "https://backup.example.com/*");
  expect(
    fallbackRequest({ webhook, target, route, publicUrl: undefined, errorCode: 11200 }),
  ).toBeUndefined();
});
