import { expect, test } from "vitest";
import { judgeAnswer, type JudgeOptions } from "../../src/check/answer.ts";
import { answered, tooLarge, twiml, type ReplyParts } from "../support/replies.ts";

type Policy = JudgeOptions["policy"];

const policies: readonly Policy[] = ["auto", "twiml", "any"];
const kilobytes64 = 64 * 1024;

function judge(parts: ReplyParts, policy: Policy = "auto", hadAuthorization = false) {
  return judgeAnswer(answered(parts), { policy, hadAuthorization, wants: "answer" });
}

/** Well-formed TwiML of that many bytes. */
function twimlOf(bytes: number): string {
  const frame = "<Response></Response>".length;
  return `<Response>${" ".repeat(bytes - frame)}</Response>`;
}

const usable: [what: string, parts: ReplyParts][] = [
  ["TwiML", {}],
  ["TwiML as application/xml", { type: "application/xml; charset=utf-8" }],
  ["TwiML as HTML", { type: "text/html" }],
  ["TwiML as some other XML", { type: "application/twiml+xml" }],
  ["TwiML with 201", { status: 201 }],
  ["TwiML in capitals of the type", { type: "Text/XML" }],
  [
    "TwiML in Latin-1",
    {
      type: "text/xml; charset=iso-8859-1",
      body: Uint8Array.from("<Response>\u00fc</Response>", (c) => c.charCodeAt(0)),
    },
  ],
  ["TwiML that tells to do nothing", { body: "<Response/>" }],
  ["TwiML of 64 kB", { body: twimlOf(kilobytes64) }],
  ["plain text", { type: "text/plain", body: "Thanks!" }],
  ["plain text with an ampersand", { type: "text/plain; charset=utf-8", body: "<3 & more" }],
  ["audio", { type: "audio/mpeg", body: Uint8Array.of(0xff, 0xfb) }],
];
test.each(usable)("judgeAnswer() passes %s under every policy", (_, parts) => {
  for (const policy of policies) {
    expect(judge(parts, policy)).toMatchObject({ kind: "usable", notes: [] });
  }
});

const untyped: [what: string, parts: ReplyParts][] = [
  ["JSON", { type: "application/json", body: "{}" }],
  ["JSON of a kind", { type: "application/problem+json", body: "{}" }],
  ["an image", { type: "image/png", body: Uint8Array.of(0x89) }],
  ["a drawing, which is XML", { type: "image/svg+xml", body: "<svg/>" }],
];
test.each(untyped)('judgeAnswer() passes %s, but not under "twiml" (12300)', (_, parts) => {
  expect(judge(parts, "auto").kind).toBe("usable");
  expect(judge(parts, "any").kind).toBe("usable");
  expect(judge(parts, "twiml")).toMatchObject({
    kind: "failed",
    class: "unusable",
    twilioCode: 12300,
  });
});

const unusable: [what: string, twilioCode: number, parts: ReplyParts][] = [
  ["a body without a type", 12300, { type: null }],
  ["a body with an empty type", 12300, { type: "; charset=utf-8" }],
  ["XML that breaks off", 12100, { body: "<Response><Say>" }],
  ["XML after a line break", 12100, { body: `\n<?xml version="1.0"?>${twiml}` }],
  ["white space as XML", 12100, { body: "\n" }],
  ["XML in another charset than it says", 12100, { body: Uint8Array.of(0xfc) }],
  ["XML with another root", 12102, { body: "<Say>Hello</Say>" }],
  ["an HTML page", 12100, { type: "text/html; charset=utf-8", body: "<!doctype html><p>Oops" }],
  ["an XHTML page", 12102, { type: "application/xhtml+xml", body: "<html/>" }],
  ["a well-formed HTML page", 12102, { type: "text/html", body: "<html><body/></html>" }],
  ["TwiML of 64 kB and a byte", 11750, { body: twimlOf(kilobytes64 + 1) }],
];
test.each(unusable)(
  'judgeAnswer() refuses %s (%i), but not under "any"',
  (_, twilioCode, parts) => {
    for (const policy of ["auto", "twiml"] as const) {
      expect(judge(parts, policy)).toMatchObject({
        kind: "failed",
        class: "unusable",
        status: 200,
        twilioCode,
      });
    }
    expect(judge(parts, "any").kind).toBe("usable");
  },
);

const empty: [what: string, parts: ReplyParts][] = [
  ["204", { status: 204, type: null, body: "" }],
  ["an empty 200", { type: null, body: "" }],
  ["an empty 200 that says XML", { type: "text/xml", body: "" }],
];
test.each(empty)('judgeAnswer() passes %s and notes it under "twiml"', (_, parts) => {
  expect(judge(parts, "auto")).toMatchObject({ kind: "usable", notes: [] });
  expect(judge(parts, "any")).toMatchObject({ kind: "usable", notes: [] });
  expect(judge(parts, "twiml")).toMatchObject({ kind: "usable", notes: [{ twilioCode: 11770 }] });
});

test.each([400, 403, 404, 429, 499, 500, 502, 503, 599])(
  "judgeAnswer() takes %i for a failure by status, whatever the policy and the body",
  (status) => {
    for (const policy of policies) {
      expect(judge({ status }, policy)).toEqual({
        kind: "failed",
        class: "status",
        status,
        twilioCode: 11217,
        detail: `The answer was ${status}.`,
      });
    }
  },
);

const challenge: ReplyParts = { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } };
test("judgeAnswer() passes the challenge that Twilio's log-in starts with", () => {
  for (const policy of policies) {
    expect(judge(challenge, policy).kind).toBe("usable");
  }
});
test("judgeAnswer() takes a 401 for a failure when the log-in was refused or there is none", () => {
  expect(judge(challenge, "auto", true)).toMatchObject({ class: "status", twilioCode: 11217 });
  expect(judge({ status: 401 })).toMatchObject({ class: "status", twilioCode: 11217 });
});

test.each([301, 302, 303, 307])(
  "judgeAnswer() passes %i, which Twilio follows, with Location only",
  (status) => {
    expect(judge({ status, headers: { location: "/next" } }).kind).toBe("usable");
    expect(judge({ status })).toMatchObject({ class: "unusable", twilioCode: 11216 });
  },
);
test.each([300, 305, 308])("judgeAnswer() refuses %i, which Twilio does not follow", (status) => {
  for (const policy of policies) {
    expect(judge({ status, headers: { location: "/next" } }, policy)).toMatchObject({
      class: "unusable",
      status,
      twilioCode: 11216,
    });
  }
});
test("judgeAnswer() passes 304, the answer to a conditional request of Twilio's cache", () => {
  expect(judge({ status: 304, type: null, body: "" }, "twiml")).toMatchObject({
    kind: "usable",
    notes: [],
  });
});

test.each([101, 199, 600, 999])("judgeAnswer() refuses %i, which no answer can carry", (status) => {
  for (const policy of policies) {
    expect(judge({ status }, policy)).toMatchObject({
      class: "unusable",
      status,
      twilioCode: 11206,
    });
  }
});

test.each(["deflate", "zstd", "gzip, br", "x-gzip"])(
  "judgeAnswer() refuses %j, a coding that the runtime does not undo",
  (coding) => {
    const parts = { type: "application/json", headers: { "content-encoding": coding } };
    expect(judge(parts, "any")).toMatchObject({ class: "unusable", twilioCode: 11206 });
  },
);
test.each(["gzip", "br", "identity"])(
  "judgeAnswer() passes %j, which is undone by then",
  (coding) => {
    expect(judge({ headers: { "content-encoding": coding } }).kind).toBe("usable");
  },
);

test("judgeAnswer() refuses more than is read, whatever the policy", () => {
  for (const policy of policies) {
    expect(
      judgeAnswer(tooLarge(), { policy, hadAuthorization: false, wants: "answer" }),
    ).toMatchObject({
      class: "unusable",
      status: 200,
      twilioCode: 11750,
      detail: "The answer's body is over 1048576 bytes.",
    });
  }
});
test("judgeAnswer() goes by the status before the size: a large 503 can be retried", () => {
  const options = { policy: "auto", hadAuthorization: false, wants: "answer" } as const;
  expect(judgeAnswer(tooLarge({ status: 503 }), options)).toMatchObject({ class: "status" });
  expect(judgeAnswer(tooLarge(challenge), options)).toMatchObject({ class: "status", status: 401 });
});

test("judgeAnswer() tells nothing of the body in its detail", () => {
  const secret = "+15551234567";
  const bodies = [
    `<Response><Say ${secret}`,
    `<Response>&a${secret};</Response>`,
    `<a${secret}/>`,
    secret,
  ];
  for (const body of bodies) {
    expect(JSON.stringify({ ...judge({ body }), reply: undefined })).not.toContain("5551234567");
  }
});

test("judgeAnswer() takes a challenge that Twilio cannot meet for a failure", () => {
  const bearer = judge({ status: 401, headers: { "www-authenticate": "Bearer realm=x" } });
  expect(bearer).toMatchObject({ kind: "failed", class: "status" });
});

test.each<[what: string, parts: ReplyParts, came: object]>([
  ["a 200 of any kind", { type: "image/png", body: "x" }, { kind: "usable" }],
  ["a 204", { status: 204 }, { kind: "usable" }],
  [
    "a redirect",
    { status: 302, headers: { location: "/next" } },
    { class: "unusable", status: 302, twilioCode: 11216 },
  ],
  ["a 304", { status: 304 }, { class: "unusable", status: 304, twilioCode: 11216 }],
  [
    "a challenge",
    { status: 401, headers: { "www-authenticate": "Basic realm=x" } },
    { class: "status", status: 401, twilioCode: 11217 },
  ],
  ["a 503", { status: 503 }, { class: "status", status: 503 }],
])("judgeAnswer() where only a 2xx is wanted, of %s", (_, parts, came) => {
  const options = { policy: "any", hadAuthorization: false, wants: "2xx" } as const;
  expect(judgeAnswer(answered(parts), options)).toMatchObject(came);
});

test("judgeAnswer() where only a 2xx is wanted, does not mind the size, but what is no TwiML under auto", () => {
  const options = { policy: "auto", hadAuthorization: false, wants: "2xx" } as const;
  expect(judgeAnswer(tooLarge(), options).kind).toBe("usable");
  expect(judgeAnswer(tooLarge({ status: 500 }), options).kind).toBe("failed");
  const page = { type: "text/html", body: "<html><body>Error</body>" };
  expect(judgeAnswer(answered(page), options)).toMatchObject({
    class: "unusable",
    twilioCode: 12100,
  });
});
