import { expect, test } from "vitest";
import { judgeReply, type JudgeOptions } from "../../src/forward/classify.ts";
import type { FailureClass, OriginReply } from "../../src/forward/origin.ts";
import { answered, tooLarge, type ReplyParts } from "../support/replies.ts";

const options: JudgeOptions = { policy: "auto", hadAuthorization: false, wants: "answer" };
/** How the runtime begins its messages for DNS and TLS. */
const internal = "internal error; reference = 0123456789abcdefghijklmn";

function threw(name: string, message: string, afterHeaders = false): OriginReply {
  return { kind: "threw", name, message, afterHeaders };
}

test.each<[what: string, reply: OriginReply, FailureClass, twilioCode: number]>([
  ["a refused or reset connection", threw("Error", "Network connection lost."), "lost", 11200],
  [
    "DNS and TLS, before or after the origin has read the request",
    threw("Error", internal),
    "lost",
    11200,
  ],
  ["DNS and TLS, which is no longer possible", threw("Error", internal, true), "lost", 11200],
  ["a body that broke off", threw("Error", "Network connection lost.", true), "lost", 11200],
  ["a broken coding", threw("TypeError", "Gzip decompression failed.", true), "lost", 11206],
  [
    "no answer in time",
    threw("TimeoutError", "The operation was aborted due to timeout"),
    "timeout",
    11203,
  ],
  [
    "half an answer in time",
    threw("TimeoutError", "The operation was aborted due to timeout", true),
    "timeout",
    11203,
  ],
  ["an abort", threw("AbortError", "settled"), "timeout", 11203],
  ["a loop of redirects", threw("TypeError", "Too many redirects. <url>"), "lost", 11200],
  ["what nobody has seen yet", threw("Error", "something else"), "lost", 11200],
])("judgeReply() takes %s for %4$s", (_, reply, failureClass, twilioCode) => {
  expect(judgeReply(reply, options)).toMatchObject({
    kind: "failed",
    class: failureClass,
    status: undefined,
    twilioCode,
    retryAfter: undefined,
  });
});

const text: ReplyParts = { type: "text/plain; charset=UTF-8" };
const page = `<!DOCTYPE html>\n<html><head><link href="/cdn-cgi/styles/main.css"/></head></html>`;

test.each<[status: number, FailureClass, twilioCode: number]>([
  [520, "lost", 11200],
  [521, "unreached", 11202],
  [522, "unreached", 11201],
  [523, "unreached", 11205],
  [524, "timeout", 11203],
  [525, "unreached", 11220],
  [526, "unreached", 11220],
  [530, "unreached", 11205],
])("judgeReply() takes %i made by Cloudflare for %s", (status, failureClass, twilioCode) => {
  const cloudflare = { server: "cloudflare" };
  const made: ReplyParts[] = [
    { ...text, body: `error code: ${status}` },
    { ...text, body: `error code: ${status}\n`, headers: cloudflare },
    { type: "text/html", body: page, headers: { server: "Cloudflare" } },
    { type: null, body: "", headers: cloudflare },
  ];
  for (const parts of made) {
    expect(judgeReply(answered({ ...parts, status }), options)).toMatchObject({
      kind: "failed",
      class: failureClass,
      status,
      twilioCode,
    });
  }
});

test("judgeReply() reads the number of DNS out of a 530, and leaves others of it unexplained", () => {
  expect(
    judgeReply(answered({ ...text, status: 530, body: "error code: 1016" }), options),
  ).toMatchObject({ class: "unreached", twilioCode: 11210 });
  expect(
    judgeReply(answered({ ...text, status: 530, body: "error code: 1033" }), options),
  ).toMatchObject({ class: "unreached", twilioCode: 11205 });
});

test.each<[what: string, parts: ReplyParts]>([
  ["an application's own 521", { status: 521, body: "down for maintenance", type: "text/plain" }],
  [
    "an application's own 521 behind Cloudflare",
    { status: 521, type: "application/json", body: "{}", headers: { server: "cloudflare" } },
  ],
  ["a page that only looks like Cloudflare's", { status: 522, type: "text/html", body: page }],
  ["an empty 524 from elsewhere", { status: 524, body: "" }],
  [
    "a 502 with Cloudflare's text",
    { ...text, status: 502, body: "error code: 502", headers: { server: "cloudflare" } },
  ],
  [
    "a 403 of Cloudflare's firewall",
    { ...text, status: 403, body: "error code: 1020", headers: { server: "cloudflare" } },
  ],
])("judgeReply() takes %s for a status of the origin's", (_, parts) => {
  expect(judgeReply(answered(parts), options)).toMatchObject({
    class: "status",
    status: parts.status,
    twilioCode: 11217,
  });
});

test("judgeReply() passes on what Twilio can use, with its notes", () => {
  const reply = answered({ type: null, body: "" });
  const judged = judgeReply(reply, { ...options, policy: "twiml" });
  expect(judged).toMatchObject({ kind: "usable", notes: [{ twilioCode: 11770 }] });
  expect(judged.kind === "usable" && judged.reply).toBe(reply);
});

test("judgeReply() passes on a 200 that talks of an error code", () => {
  expect(judgeReply(answered({ ...text, body: "error code: 521" }), options).kind).toBe("usable");
});

test("judgeReply() hands Retry-After on as it came", () => {
  const headers = { "retry-after": "2" };
  expect(judgeReply(answered({ status: 503, headers }), options)).toMatchObject({
    retryAfter: "2",
  });
  expect(judgeReply(tooLarge({ status: 503, headers }), options)).toMatchObject({
    retryAfter: "2",
  });
  expect(judgeReply(answered({ status: 503 }), options)).toMatchObject({ retryAfter: undefined });
});
