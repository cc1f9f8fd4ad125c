import type { Day } from "./days.ts";
import type { SearchFilters } from "./search.ts";

/**
 * The index of a day's deliveries: one row of a full-text table for each, its words made of what is
 * filtered on. It counts as one row written however many words there are, where an index for each filter
 * would count a row each. It keeps which words a delivery has and nothing else.
 *
 * A word may find too much, never too little: what it finds is held against the columns again.
 */

/** What a filter can be looked up by; anything else is only held against the columns. */
const WORD = /^[\w-]{1,64}$/;

/** Durations are looked up by how many of these they reach, ms. */
const STEPS_MS = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 14_000, 30_000] as const;

/**
 * Makes a day's index, and what keeps it: triggers, so that it holds whoever writes, the release before
 * this one too. What is still to be sent is not in it but in an index of its own (`pending_…`): it would be
 * written twice.
 */
export function termsSchema(day: Day): string {
  return `
    CREATE VIRTUAL TABLE IF NOT EXISTS terms_${day} USING fts5(
      words, content='', contentless_delete=1, detail=none, tokenize="unicode61 tokenchars '-_'");
    ${wordsTrigger(day)}
    CREATE TRIGGER IF NOT EXISTS terms_out_${day} AFTER DELETE ON deliveries_${day}
    BEGIN
      DELETE FROM terms_${day} WHERE rowid = old.seq;
    END;`;
}

function wordsTrigger(day: Day): string {
  return `CREATE TRIGGER IF NOT EXISTS terms_in_${day} AFTER INSERT ON deliveries_${day} WHEN new.due_at_ms IS NULL
    BEGIN
      INSERT OR REPLACE INTO terms_${day} (rowid, words) VALUES (new.seq, ${words});
    END;`;
}

/**
 * Brings an index up to date that knew no instants of writing.
 * @param trigger Name and SQL of a trigger, from `sqlite_master`.
 * @returns `undefined` when there is nothing to do.
 */
export function termsUpgradeOf(trigger: string, sql: string): string | undefined {
  const day = /^terms_in_(\d{8})$/.exec(trigger)?.[1];
  if (day === undefined || sql.includes("unixepoch")) return undefined;
  return `DROP TRIGGER ${trigger}; ${wordsTrigger(day)}`;
}

const words = [
  "'o' || coalesce(new.origin, '')",
  "'u' || new.outcome",
  "'a' || coalesce(new.account_sid, '')",
  "'t' || coalesce(new.twilio_status, '')",
  "'h' || new.http_status",
  "'e' || coalesce(new.error_code, '')",
  `'d' || (${STEPS_MS.map((ms) => `(new.duration_ms >= ${ms})`).join(" + ")})`,
  "new.sids",
  "coalesce(new.numbers, '')",
  // When it was written, s: by this a watcher that comes back finds what it has missed.
  "'w' || unixepoch()",
].join(" || ' ' || ");

/**
 * The filters as a question to the index.
 * @returns `undefined` when there is nothing to look up: then the newest rows are the answer.
 */
export function toMatch(filters: SearchFilters): string | undefined {
  const all = [
    word("o", filters.origin),
    word("u", filters.outcome),
    word("a", filters.account),
    word("t", filters.twilioStatus),
    word("h", filters.httpStatus),
    word("e", filters.errorCode),
    word("", filters.sid),
    anyOf(filters.fromHashes),
    anyOf(filters.toHashes),
    filters.minMs === undefined ? undefined : longerThan(filters.minMs),
  ].filter((each) => each !== undefined);
  return all.length === 0 ? undefined : all.join(" AND ");
}

/** Seconds since 2001 have ten digits, and prefixes tell them apart. */
const TEN_DIGITS = 1_000_000_000;

/**
 * Asks for everything that was written in a span, by few prefixes of its seconds: an hour is some twenty.
 * @param sinceMs Epoch ms, never later than `untilMs`.
 */
export function toWrittenMatch(sinceMs: number, untilMs: number): string {
  const prefixes: string[] = [];
  const untilS = Math.ceil(untilMs / 1_000);
  for (let from = Math.max(TEN_DIGITS, Math.floor(sinceMs / 1_000)); from <= untilS;) {
    let step = 1;
    while (from % (step * 10) === 0 && from + step * 10 - 1 <= untilS) step *= 10;
    prefixes.push(`"w${from / step}"${step === 1 ? "" : " *"}`);
    from += step;
  }
  return prefixes.join(" OR ");
}

function word(kind: string, value: string | number | undefined): string | undefined {
  const text = String(value ?? "");
  return WORD.test(text) ? `"${kind}${text}"` : undefined;
}

/** Of hashes one is enough: under each key that was ever hashed with. */
function anyOf(hashes: readonly string[] | undefined): string | undefined {
  return hashes === undefined ? undefined : `(${hashes.map((hash) => `"${hash}"`).join(" OR ")})`;
}

/** The steps that so long a duration may have reached; `undefined` where every one may. */
function longerThan(minMs: number): string | undefined {
  const reached = STEPS_MS.filter((ms) => minMs >= ms).length;
  if (reached === 0) return undefined;
  const steps = Array.from(
    { length: STEPS_MS.length + 1 - reached },
    (_, n) => `"d${reached + n}"`,
  );
  return `(${steps.join(" OR ")})`;
}
