// The built Worker with a way to fill its ledger: POST /fill?count=…&days=… writes deliveries as settles do.
import worker, { Ledger } from "./index.js";

export { Ledger };

// Each batch is written at its own time, so that every day has its own tables.
const { now } = Date;
let writtenAtMs;
Date.now = () => writtenAtMs ?? now();

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BATCH = 100;
const DAY_MS = 86_400_000;

function idOf(atMs) {
  let time = "";
  for (let rest = atMs, n = 0; n < 10; n++, rest = Math.floor(rest / 32))
    time = ALPHABET[rest % 32] + time;
  let random = "00";
  for (let n = 0; n < 14; n++) random += ALPHABET[Math.floor(Math.random() * 32)];
  return time + random;
}

const hex = (n, length) => n.toString(16).padStart(length, "0");
const pick = (values, n) => values[n % values.length];

/** One of every 5,000 failed, of every 100 fell back; a call has some ten webhooks, a number some 200. */
function recordOf(n, atMs) {
  const outcome = n % 5_000 === 7 ? "failed" : n % 100 === 3 ? "fell_back" : "answered";
  const body = new TextEncoder().encode(
    `CallSid=CA${hex(Math.floor(n / 10), 32)}&CallStatus=completed&From=%2B1415555${n % 10_000}&To=%2B14155556789` +
      `&Direction=inbound&ApiVersion=2010-04-01&SequenceNumber=${n % 10}&CallDuration=12&${"Pad=x&".repeat(20)}`,
  );
  return {
    id: idOf(atMs),
    outcome,
    reason: outcome === "fell_back" ? "fallback_twiml" : undefined,
    origin: pick(["sms", "voice", "status"], n),
    receivedAtMs: atMs,
    durationMs: n % 1_000 === 0 ? 12_000 : 40 + (n % 300),
    stages: { receivedMs: 0, verifiedMs: 1, claimedMs: 2 },
    hasHungUp: false,
    accountSid: `AC${hex(n % 3, 32)}`,
    sids: [`CA${hex(Math.floor(n / 10), 32)}`, `SM${hex(n, 32)}`],
    twilioStatus: pick(["ringing", "in-progress", "completed", "sent", "delivered"], n),
    httpStatus: outcome === "failed" ? 502 : 200,
    errorCode: outcome === "answered" ? undefined : pick([11_200, 11_203, 11_217], n),
    isVerified: true,
    keyName: "TWILIO_AUTH_TOKEN#1",
    candidate: "raw",
    dedupe: "first",
    firstDeliveryId: undefined,
    request: {
      method: "POST",
      scheme: "https",
      host: "hooks.example.com",
      path: "/voice",
      query: undefined,
      headers: [
        ["content-type", "application/x-www-form-urlencoded"],
        ["user-agent", "TwilioProxy/1.1"],
      ],
      body,
      bodyBytes: body.byteLength,
      isRedacted: false,
    },
    attempts: [
      {
        number: 1,
        to: "origin",
        startedAtMs: atMs,
        durationMs: 40,
        timeoutMs: 14_000,
        outcome: { kind: "usable", status: 200, notes: [] },
      },
    ],
    answer: {
      status: 200,
      headers: [["content-type", "text/xml"]],
      body: new TextEncoder().encode("<Response/>"),
    },
    numberHashes: [],
    pending: undefined,
    stored: undefined,
    replay: undefined,
  };
}

async function fill(url, env) {
  const count = Number(url.searchParams.get("count"));
  const days = Number(url.searchParams.get("days"));
  const from = Number(url.searchParams.get("from") ?? 0);
  const ledger = env.LEDGER.getByName("0");
  const startMs = Date.now() - (days - 1) * DAY_MS - 3_600_000;
  const stepMs = ((days - 1) * DAY_MS + 3_500_000) / count;
  for (let at = 0; at < count; at += BATCH) {
    const batch = [];
    for (let n = at; n < Math.min(count, at + BATCH); n++) {
      const record = recordOf(from + n, Math.floor(startMs + n * stepMs));
      batch.push({
        deliveryId: record.id,
        claim: undefined,
        record,
        parties: { from: [`+1415555${(from + n) % 10_000}`], to: ["+14155556789"] },
        breaker: undefined,
        counted: { origin: record.origin, outcome: record.outcome },
      });
    }
    writtenAtMs = startMs + (at + batch.length) * stepMs;
    await ledger.settle(batch);
  }
  writtenAtMs = undefined;
  return new Response(`${count}\n`);
}

export default {
  fetch(request, env, ctx) {
    const url = new URL(request.url);
    return url.pathname === "/fill" ? fill(url, env) : worker.fetch(request, env, ctx);
  },
};
