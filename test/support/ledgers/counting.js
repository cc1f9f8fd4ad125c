// The built Worker with a ledger that writes a line for each call it gets.
import worker, { Ledger as Real } from "./index.js";

export class Ledger extends Real {}

for (const name of ["claim", "wait", "settle", "refuse"]) {
  Ledger.prototype[name] = function (...args) {
    console.log(JSON.stringify({ ledgerCall: name }));
    return Real.prototype[name].apply(this, args);
  };
}

export default worker;
