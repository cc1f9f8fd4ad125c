// The built Worker with ledger objects that are as full as if the platform allowed them SMALL_LEDGER_BYTES.
import worker, { Ledger as Real } from "./index.js";

const PLATFORM_BYTES = 10_000_000_000;

export class Ledger extends Real {
  constructor(ctx, env) {
    const { sql } = ctx.storage;
    const size = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(sql), "databaseSize");
    const scale = PLATFORM_BYTES / Number(env.SMALL_LEDGER_BYTES);
    Object.defineProperty(sql, "databaseSize", {
      get: () => Math.floor(size.get.call(sql) * scale),
    });
    super(ctx, env);
  }
}

export default worker;
