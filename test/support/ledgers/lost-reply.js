// The built Worker with a ledger that keeps a webhook to /…/lost and whose first reply is lost on the way, after a while.
import worker, { Ledger as Real } from "./index.js";

let isLost = false;

export class Ledger extends Real {
  async enqueue(request) {
    const reply = super.enqueue(request);
    if (isLost || !request.record.request.path.endsWith("/lost")) return reply;
    isLost = true;
    await new Promise((resolve) => setTimeout(resolve, 600));
    throw new Error("Network connection lost.");
  }
}

export default worker;
