// The built Worker with a ledger that writes a line when it starts, and for each watcher that has gone.
import worker, { Ledger as Real } from "./index.js";

export class Ledger extends Real {
  constructor(ctx, env) {
    super(ctx, env);
    console.log(JSON.stringify({ ledger: "started" }));
  }

  webSocketClose(...args) {
    console.log(JSON.stringify({ ledger: "watcher gone" }));
    return super.webSocketClose(...args);
  }
}

export default worker;
