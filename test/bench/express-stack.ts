// What people run today with the same function: Express with Twilio's own middleware, dedupe and log in SQLite, and
// a forward by undici. Claim before the forward, settle after it; `--durable` with a commit to disk for each, else
// what is written is gathered and committed behind.
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import express from "express";
import twilio from "twilio";
import { Agent, request } from "undici";

const { values } = parseArgs({
  options: {
    origin: { type: "string", default: "" },
    database: { type: "string", default: "" },
    token: { type: "string", default: "" },
    host: { type: "string", default: "" },
    durable: { type: "boolean", default: false },
  },
});
/** What is written behind is committed once every so many ms. */
const BEHIND_MS = 5;

const database = new DatabaseSync(values.database);
database.exec(`PRAGMA journal_mode = WAL;
  PRAGMA synchronous = ${values.durable ? "FULL" : "NORMAL"};
  CREATE TABLE claims (key TEXT PRIMARY KEY, state TEXT NOT NULL, status INTEGER, type TEXT, body TEXT) WITHOUT ROWID;
  CREATE TABLE deliveries (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, path TEXT NOT NULL, sid TEXT,
    request TEXT NOT NULL, status INTEGER NOT NULL, duration_ms INTEGER NOT NULL, answer TEXT NOT NULL);
  CREATE INDEX by_sid ON deliveries (sid);`);
const claim = database.prepare("INSERT OR IGNORE INTO claims (key, state) VALUES (?, 'running')");
const find = database.prepare("SELECT state, status, type, body FROM claims WHERE key = ?");
const settle = database.prepare(
  "UPDATE claims SET state = 'done', status = ?, type = ?, body = ? WHERE key = ?",
);
const log = database.prepare(
  "INSERT INTO deliveries (at_ms, path, sid, request, status, duration_ms, answer) VALUES (?, ?, ?, ?, ?, ?, ?)",
);

let behind: (() => void)[] = [];

/** Commits at once, or together with what else comes in the next ms. */
function commit(write: () => void): void {
  if (values.durable) return inTransaction([write]);
  behind.push(write);
  if (behind.length > 1) return;
  setTimeout(() => {
    const writes = behind;
    behind = [];
    inTransaction(writes);
  }, BEHIND_MS);
}

function inTransaction(writes: readonly (() => void)[]): void {
  database.exec("BEGIN IMMEDIATE");
  for (const write of writes) write();
  database.exec("COMMIT");
}

/** Claims of the last minutes; what is only written behind must be known at once. */
const running = new Set<string>();
const agent = new Agent({ connections: 128, pipelining: 1 });
const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.use(express.urlencoded({ extended: false, limit: "1mb" }));
app.use(twilio.webhook(values.token, { protocol: "http", host: values.host }));
app.use(async (incoming, outgoing) => {
  const startedAtMs = Date.now();
  const token = incoming.header("i-twilio-idempotency-token") ?? "";
  const key = createHash("sha256").update(`${incoming.path}\0${token}`).digest("hex");
  const known = find.get(key);
  if (known?.["state"] === "done") {
    outgoing.status(Number(known["status"])).type(String(known["type"])).send(known["body"]);
    return;
  }
  if (known !== undefined || running.has(key)) {
    outgoing.status(409).end();
    return;
  }
  running.add(key);
  if (values.durable) commit(() => claim.run(key));
  const body = new URLSearchParams(incoming.body).toString();
  const answer = await request(`${values.origin}${incoming.originalUrl}`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": incoming.header("x-twilio-signature") ?? "",
      "i-twilio-idempotency-token": token,
    },
    body,
    dispatcher: agent,
    headersTimeout: 14_000,
    bodyTimeout: 14_000,
  });
  const text = await answer.body.text();
  const type = String(answer.headers["content-type"] ?? "text/xml");
  commit(() => {
    if (!values.durable) claim.run(key);
    settle.run(answer.statusCode, type, text, key);
    const sid = String(incoming.body.MessageSid ?? incoming.body.CallSid ?? "");
    const took = Date.now() - startedAtMs;
    log.run(startedAtMs, incoming.path, sid, body, answer.statusCode, took, text);
  });
  running.delete(key);
  outgoing.status(answer.statusCode).type(type).send(text);
});
const server = app.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
