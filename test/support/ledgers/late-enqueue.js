// The built Worker with a ledger that keeps a webhook at once and, of the first one of a path, says so half a
// second too late.
import worker, { Ledger as Real } from "./index.js";

const seen = new Set();

export class Ledger extends Real {
  async enqueue(request) {
    const { path } = request.record.request;
    const isFirst = !seen.has(path);
    seen.add(path);
    const reply = super.enqueue(request);
    if (isFirst) await new Promise((resolve) => setTimeout(resolve, 1_500));
    return reply;
  }
  enqueueAll(requests) {
    return Promise.all(requests.map((request) => this.enqueue(request)));
  }
}

export default worker;
