// The built Worker with a ledger that fails every call.
import { DurableObject } from "cloudflare:workers";
import worker from "./index.js";

export class Ledger extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    throw new Error("the ledger is away");
  }
}

export default worker;
