// A Worker at another time, `CLOCK_OFFSET_MS` ahead of the machine's: so that a ledger of a year ago is as old as it was.
// SQLite's own clock and timers are the machine's; alarms are set for the instant that is meant.
import { env } from "cloudflare:workers";

const offsetMs = Number(env.CLOCK_OFFSET_MS);

globalThis.Date = class extends Date {
  constructor(...parts) {
    super(...(parts.length === 0 ? [Date.now()] : parts));
  }

  static now() {
    return super.now() + offsetMs;
  }
};

// Only now: nothing of it has seen the clock before.
const { default: worker, Ledger: Real } = await import("./index.js");

export class Ledger extends Real {
  constructor(ctx, bindings) {
    shiftAlarms(Object.getPrototypeOf(ctx.storage));
    super(ctx, bindings);
  }
}

let isShifted = false;

function shiftAlarms(storage) {
  if (isShifted) return;
  isShifted = true;
  const { setAlarm, getAlarm } = storage;
  storage.setAlarm = function (atMs) {
    return setAlarm.call(this, Number(atMs) - offsetMs);
  };
  storage.getAlarm = async function () {
    const atMs = await getAlarm.call(this);
    return atMs === null ? null : atMs + offsetMs;
  };
}

export default worker;
