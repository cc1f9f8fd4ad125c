/** What the log's API answers, as far as the page reads it (README, "The log"). */

/** A row of the list. */
export interface Row {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly origin: string | null;
  readonly received_at: string;
  readonly duration_ms: number;
  readonly account_sid: string | null;
  readonly sids: readonly string[];
  readonly twilio_status: string | null;
  readonly http_status: number | null;
  readonly error_code: number | null;
  readonly error: string | null;
  readonly attempts: number;
  readonly under_way: boolean;
  readonly next_attempt_at: string | null;
  readonly method: string | null;
  /** Masked, and cut where it is long. */
  readonly path: string | null;
}

/** A page of the list. */
export interface Page {
  readonly deliveries: readonly Row[];
  readonly cursor: string | null;
  /** Where a text was looked for: how many were looked through, and how far back they go (`null`: to the end). */
  readonly looked_at?: { readonly deliveries: number; readonly back_to: string | null };
}

/** One fetch to an origin or fallback. */
export interface AttemptRow {
  readonly number: number;
  readonly to: "origin" | "fallback";
  readonly started_at: string;
  readonly duration_ms: number;
  readonly timeout_ms: number;
  readonly replay: string | null;
  readonly result: "usable" | "failed";
  readonly status: number | null;
  readonly class: string | null;
  readonly twilio_code: number | null;
  readonly detail: string | null;
}

/** A parameter as shown: masked, or not. */
export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** What Twilio told of what it saw itself. */
export interface Report {
  /** Of the delivery that brought it. */
  readonly id: string;
  readonly kind: string;
  /** When Twilio noted it. */
  readonly at: string;
  readonly level?: string;
  readonly error_code?: number | null;
  readonly error?: string | null;
  /** The delivery that it speaks of; `null` when the log has none. */
  readonly about: { readonly id: string; readonly outcome: string } | null;
  readonly verdict: string;
}

/** One delivery in full. */
export interface Delivery extends Omit<Row, "attempts"> {
  /** Where this delivery is such a report. */
  readonly report?: Report | null;
  /** What speaks of this delivery, oldest first. */
  readonly twilio_reports?: readonly Report[] | null;
  readonly verified: boolean;
  readonly key: string | null;
  readonly signed_url: string | null;
  readonly dedupe: string | null;
  readonly first_delivery_id: string | null;
  readonly hung_up: boolean;
  /** When each was over, since receipt; `null` for one that was not come to, or is not known. */
  readonly stages: {
    readonly received_ms: number | null;
    readonly verified_ms: number | null;
    readonly claimed_ms: number | null;
  };
  readonly replay: string | null;
  readonly masked: boolean;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly query: readonly Parameter[];
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly content_type: string | null;
    readonly body_bytes: number;
    /** Base64, unmasked only. */
    readonly raw_body?: string | null;
    readonly parameters: readonly Parameter[] | null;
    readonly body: string | null;
    readonly redacted: boolean;
    readonly withheld: string | null;
  };
  readonly attempts: readonly AttemptRow[];
  readonly answer: {
    readonly status: number;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly body_bytes: number;
    readonly body: string;
  } | null;
}

/** What a replay came to. */
export interface Replayed {
  readonly id: string;
  readonly outcome: string;
  readonly delivered: boolean;
  readonly attempt: AttemptRow;
}

/** ms. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** By outcome. */
export type Counts = Readonly<Record<string, number>>;

/** Counts and latencies over time. */
export interface Stats {
  readonly since: string;
  readonly until: string;
  readonly step_s: number;
  readonly points: readonly {
    readonly at: string;
    readonly outcomes: Counts;
    /** `null` where nothing was measured; the same of the others. */
    readonly total_ms: Percentiles | null;
    readonly origin_ms: Percentiles | null;
    readonly overhead_ms: Percentiles | null;
  }[];
  readonly totals: {
    readonly outcomes: Counts;
    readonly origins: Readonly<
      Record<string, { readonly outcomes: Counts; readonly total_ms: Percentiles | null }>
    >;
    readonly error_codes: readonly {
      readonly code: number;
      readonly error: string | null;
      readonly count: number;
    }[];
    readonly total_ms: Percentiles | null;
  };
}

/** How Hookswitch is. */
export interface Health {
  readonly status: "ok" | "degraded";
  readonly version: string;
  readonly problems: readonly { readonly key: string; readonly message: string }[];
  readonly warnings: readonly { readonly key: string; readonly message: string }[];
  readonly ledger: readonly {
    readonly shard: number;
    readonly reachable: boolean;
    readonly storage_bytes?: number;
    readonly storage_full?: number;
    readonly running?: number;
  }[];
  readonly breakers: readonly {
    readonly shard: number;
    readonly origin: string;
    readonly state: string;
  }[];
  readonly queue: readonly {
    readonly shard: number;
    readonly origin: string;
    readonly count: number;
    readonly oldest_age_s: number;
    readonly held: string | null;
  }[];
  readonly kv: string;
}

/** What a session may do. */
export type Role = "reader" | "admin";

/** Who looks at the page. */
export interface Caller {
  readonly role: Role;
  /** The name of a token, or whom Cloudflare Access vouches for. */
  readonly who: string;
  readonly by: "token" | "access";
}
