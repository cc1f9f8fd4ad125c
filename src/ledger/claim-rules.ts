import type { Answer } from "../check/answer-types.ts";

/** A claim as the ledger remembers it. All instants are the ledger's own. */
export interface Claim {
  readonly key: string;
  /** Grows with every grant: the newer one rules. */
  readonly fence: number;
  readonly deliveryId: string;
  readonly origin: string;
  /** Whether the log may list it: not where `log.keep` is `"none"`. */
  readonly isListed: boolean;
  readonly startedAtMs: number;
  /** `running`: its lease. `done`: how long its answer is kept. `released`, `interrupted`: of no account. */
  readonly endsAtMs: number;
  readonly state: "running" | "done" | "released" | "interrupted";
  /** Of a `done` claim. */
  readonly answer: Answer | undefined;
}

/** What somebody who asks for a claim is to be told. */
export type ClaimVerdict =
  | { readonly verdict: "grant"; readonly takenOver: boolean }
  | { readonly verdict: "running" }
  | { readonly verdict: "done"; readonly answer: Answer };

/** Decides a claim by what is known under its key, if anything. */
export function decideClaim(known: Claim | undefined, nowMs: number): ClaimVerdict {
  if (known === undefined) return { verdict: "grant", takenOver: false };
  switch (known.state) {
    case "running":
      return nowMs < known.endsAtMs
        ? { verdict: "running" }
        : { verdict: "grant", takenOver: true };
    case "done":
      return nowMs < known.endsAtMs && known.answer !== undefined
        ? { verdict: "done", answer: known.answer }
        : { verdict: "grant", takenOver: false };
    case "released":
    case "interrupted":
      return { verdict: "grant", takenOver: false };
  }
}

/**
 * Decides whether a settle counts.
 *
 * The fence decides: a holder whose lease ended is still heard, unless somebody newer holds the claim.
 * A settle without a fence comes from a Worker that the ledger never answered in time: it counts where
 * nobody else has anything, and where the claim was in fact granted to that very delivery.
 */
export function acceptsSettle(
  known: Claim | undefined,
  settle: { readonly fence: number | undefined; readonly deliveryId: string },
  nowMs: number,
): boolean {
  if (known === undefined) return true;
  if (settle.fence !== undefined) return known.fence <= settle.fence;
  return known.deliveryId === settle.deliveryId || decideClaim(known, nowMs).verdict === "grant";
}
