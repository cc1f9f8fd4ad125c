// The built Worker with its cron trigger at a path, as Cloudflare would pull it, `ahead_ms` later than the machine's
// clock; `away=1` lets the ledger's objects fail whatever alerts ask of them.
let aheadMs = 0;
let isAway = false;

globalThis.Date = class extends Date {
  constructor(...parts) {
    super(...(parts.length === 0 ? [Date.now()] : parts));
  }

  static now() {
    return super.now() + aheadMs;
  }
};

// Only now: nothing of it has seen the clock before.
const { default: worker, Ledger: Real } = await import("./index.js");

export class Ledger extends Real {}

for (const name of ["measure", "alert", "settleAlerts"]) {
  Ledger.prototype[name] = function (...args) {
    if (isAway) throw new Error("the ledger is away");
    return Real.prototype[name].apply(this, args);
  };
}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/_cron") return worker.fetch(request, env, ctx);
    aheadMs = Number(searchParams.get("ahead_ms"));
    isAway = searchParams.get("away") === "1";
    await worker.scheduled({ scheduledTime: Date.now(), cron: "* * * * *" }, env, ctx);
    return new Response("done");
  },
};
