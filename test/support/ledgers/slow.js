// The built Worker with a ledger that answers a claim half a second too late.
import worker, { Ledger as Real } from "./index.js";

export class Ledger extends Real {
  async claim(request) {
    const reply = super.claim(request);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return reply;
  }
}

export default worker;
