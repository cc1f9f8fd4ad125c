// The built Worker with a ledger that takes every call and answers none.
import { DurableObject } from "cloudflare:workers";
import worker from "./index.js";

export class Ledger extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(() => new Promise((resolve) => setTimeout(resolve, 25_000)));
  }
  claim() {}
  wait() {}
  settle() {}
  refuse() {}
  health() {}
}

export default worker;
