// The built Worker with a ledger that counts what is billed; GET /_billed gives the counts so far. One isolate has all of it.
import { AsyncLocalStorage } from "node:async_hooks";
import worker, { Ledger as Real } from "./index.js";

/** By kind, so that whoever asks can tell them apart: requests by method, rows written by table, rows read. */
const billed = { workerRequests: 0, ledgerRequests: {}, rowsWritten: {}, rowsRead: 0 };
/** What keeps an object awake: calls, its timers and fetches, from and to, epoch ms. */
const awake = [];
const inObject = new AsyncLocalStorage();

function count(counts, name, number = 1) {
  if (number > 0) counts[name] = (counts[name] ?? 0) + number;
}

function keepsAwake(work) {
  const fromMs = Date.now();
  const ended = () => awake.push([fromMs, Date.now()]);
  void Promise.resolve(work).then(ended, ended);
  return work;
}

const { setTimeout: realTimeout, fetch: realFetch } = globalThis;
globalThis.setTimeout = (callback, delayMs, ...rest) => {
  if (inObject.getStore()) awake.push([Date.now(), Date.now() + delayMs]);
  return realTimeout(callback, delayMs, ...rest);
};
globalThis.fetch = (...args) =>
  inObject.getStore() ? keepsAwake(realFetch(...args)) : realFetch(...args);

/** `claims` of `INSERT OR REPLACE INTO claims_20361124 …`; what makes and drops tables is `schema`. */
function tableOf(statement) {
  return (
    /^\s*(?:INSERT|DELETE|UPDATE).*?(?:INTO|FROM|UPDATE)\s+([a-z]+)/i.exec(statement)?.[1] ??
    "schema"
  );
}

export class Ledger extends Real {
  constructor(ctx, env) {
    const { storage } = ctx;
    const { sql } = storage;
    const exec = sql.exec.bind(sql);
    Object.defineProperty(sql, "exec", {
      value: (statement, ...values) => {
        const cursor = exec(statement, ...values);
        const rows = cursor.toArray(); // Only when all of it is read has it counted all.
        billed.rowsRead += cursor.rowsRead;
        count(billed.rowsWritten, tableOf(statement), cursor.rowsWritten);
        return { toArray: () => rows, rowsWritten: cursor.rowsWritten };
      },
    });
    const setAlarm = storage.setAlarm.bind(storage);
    Object.defineProperty(storage, "setAlarm", {
      value: (atMs) => {
        count(billed.rowsWritten, "alarm");
        return setAlarm(atMs);
      },
    });
    super(ctx, env);
  }
}

for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(Real.prototype))) {
  const real = Real.prototype[name];
  if (name === "constructor" || typeof real !== "function") continue;
  Ledger.prototype[name] = function (...args) {
    count(billed.ledgerRequests, name);
    return inObject.run(true, () => keepsAwake(real.apply(this, args)));
  };
}

export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === "/_billed") return Response.json({ ...billed, awake });
    billed.workerRequests++;
    return worker.fetch(request, env, ctx);
  },
};
