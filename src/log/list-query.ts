import { isDeliveryId } from "../ledger/delivery-id.ts";
import type { ListPosition } from "../ledger/row.ts";
import type { SearchFilters, SearchRequest } from "../ledger/search.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { isTable, type Table } from "../shared/table.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const OUTCOMES = [
  "answered",
  "fell_back",
  "failed",
  "refused",
  "unrouted",
  "duplicate",
  "running",
  "interrupted",
  "queued",
  "delivered",
  "dead",
];

const MAX_TEXT = 200;

/** A page of the list that is asked for. */
export interface ListQuery extends SearchRequest {
  /** Only those that show this text; the ledger has no index of it (`text-search.ts`). */
  readonly q?: string;
  /** Whether it may stand in what is masked. */
  readonly isUnmasked?: boolean;
}

/** Reads one filter's text into the query, or says what was expected. */
type Reader = (
  text: string,
  nowMs: number,
) => Result<Partial<ListQuery> & { readonly filter?: SearchFilters }, string>;

type Readers = Readonly<Record<string, Reader>>;

/** What the ledger itself finds by. */
const filterReaders: Readers = {
  origin: (text) => readText(text, (origin) => ({ filter: { origin } })),
  outcome: (text) =>
    OUTCOMES.includes(text)
      ? ok({ filter: { outcome: text } })
      : err(`one of ${OUTCOMES.join(", ")}`),
  sid: (text) => readText(text, (sid) => ({ filter: { sid } })),
  account: (text) => readText(text, (account) => ({ filter: { account } })),
  twilio_status: (text) => readText(text, (twilioStatus) => ({ filter: { twilioStatus } })),
  http_status: (text) => readNumber(text, (httpStatus) => ({ filter: { httpStatus } })),
  error_code: (text) => readNumber(text, (errorCode) => ({ filter: { errorCode } })),
  min_ms: (text) => readNumber(text, (minMs) => ({ filter: { minMs } })),
  since: (text, nowMs) => readInstant(text, nowMs, (sinceMs) => ({ filter: { sinceMs } })),
  until: (text, nowMs) => readInstant(text, nowMs, (untilMs) => ({ filter: { untilMs } })),
};

const textReaders: Readers = {
  q: (text) =>
    text.length <= MAX_TEXT
      ? readText(text, (q) => ({ q }))
      : err(`a text of at most ${MAX_TEXT} characters`),
};

const pageReaders: Readers = {
  limit: (text) => {
    const limit = Number(text);
    const isFine = Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT;
    return isFine ? ok({ limit }) : err(`a whole number from 1 to ${MAX_LIMIT}`);
  },
  cursor: (text) => {
    const after = parseCursor(text);
    return after === undefined ? err("the cursor of a page before, unchanged") : ok({ after });
  },
};

/**
 * Reads the query of the list.
 * @param nowMs Epoch ms, for `since=2h` and the like.
 * @returns The search, or the first thing that is wrong with the query in one sentence.
 */
export function parseListQuery(query: URLSearchParams, nowMs: number): Result<ListQuery, string> {
  return parseQuery(query, nowMs, { ...filterReaders, ...textReaders, ...pageReaders });
}

/** Reads the query of the list of reports: a span and its pages. */
export function parseReportQuery(query: URLSearchParams, nowMs: number): Result<ListQuery, string> {
  const { since, until } = filterReaders;
  return parseQuery(query, nowMs, {
    ...(since && { since }),
    ...(until && { until }),
    ...pageReaders,
  });
}

/** Reads the query of a stream: the list's, without its pages. */
export function parseStreamQuery(query: URLSearchParams, nowMs: number): Result<ListQuery, string> {
  return parseQuery(query, nowMs, { ...filterReaders, ...textReaders });
}

/**
 * Reads the filters of what has no pages and acts on all that is found: by what the ledger finds, and no
 * text, which is looked for within bounds.
 */
export function parseFilterQuery(
  query: URLSearchParams,
  nowMs: number,
): Result<SearchFilters, string> {
  const read = parseQuery(query, nowMs, filterReaders);
  return read.ok ? ok(read.value.filters) : read;
}

function parseQuery(
  query: URLSearchParams,
  nowMs: number,
  known: Readers,
): Result<ListQuery, string> {
  const inUrl = ["from", "to"].find((name) => query.has(name));
  if (inUrl !== undefined)
    return err(
      `${inUrl}: expected in the body of POST /_log/search, so that no number stands in a URL`,
    );
  return parseFilters(query, nowMs, known);
}

/**
 * Reads the body of a search: the list's filters by their names, `from` and `to`, and whether `q` may stand
 * in what is masked.
 * @param body JSON as sent, anybody's text.
 */
export function parseSearchBody(body: string, nowMs: number): Result<ListQuery, string> {
  const table = parseTable(body);
  if (table === undefined) return err("expected a JSON object of filters");
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(table)) {
    if (typeof value !== "string" && typeof value !== "number")
      return err(`${name.slice(0, 50)}: expected a text or a number`);
    pairs.push([name, String(value)]);
  }
  const query = parseFilters(new URLSearchParams(pairs), nowMs, bodyReaders);
  if (query.ok && query.value.isUnmasked === true && query.value.q === undefined)
    return err("unmask: expected together with q, which looks through what is masked");
  return query;
}

const bodyReaders: Readers = {
  ...filterReaders,
  ...textReaders,
  ...pageReaders,
  from: (text) => readText(text, (from) => ({ filter: { from } })),
  to: (text) => readText(text, (to) => ({ filter: { to } })),
  unmask: (text) => (text === "1" ? ok({ isUnmasked: true }) : err("1")),
};

function parseTable(body: string): Table | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isTable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseFilters(
  query: URLSearchParams,
  nowMs: number,
  known: Readers,
): Result<ListQuery, string> {
  let request: ListQuery = { filters: {}, limit: DEFAULT_LIMIT, after: undefined };
  const seen = new Set<string>();
  for (const [name, text] of query) {
    const reader = Object.hasOwn(known, name) ? known[name] : undefined;
    if (reader === undefined) {
      return err(
        `unknown filter "${name.slice(0, 50)}": expected one of ${Object.keys(known).join(", ")}`,
      );
    }
    // Of two only the last would count, and a script would never learn that the first did not.
    if (seen.has(name)) return err(`${name}: expected once, found again`);
    seen.add(name);
    const read = reader(text, nowMs);
    if (!read.ok) return err(`${name}: expected ${read.error}, found "${text.slice(0, 100)}"`);
    const { filter, ...rest } = read.value;
    request = { ...request, ...rest, filters: { ...request.filters, ...filter } };
  }
  return ok(request);
}

/** The text that `cursor` takes to go on behind a delivery. */
export function cursorOf(position: ListPosition): string {
  return `${position.id}.${position.seq}`;
}

function parseCursor(text: string): ListPosition | undefined {
  const [id = "", seq = "", ...more] = text.split(".");
  if (more.length > 0 || !isDeliveryId(id) || !/^\d{1,16}$/.test(seq)) return undefined;
  return { id, seq: Number(seq) };
}

/** A script's variable that is empty would find nothing, or what has none: neither was meant. */
function readText<T>(text: string, use: (value: string) => T): Result<T, string> {
  return text.trim() === "" ? err("a text") : ok(use(text));
}

function readNumber<T>(text: string, use: (value: number) => T): Result<T, string> {
  return /^\d{1,9}$/.test(text) ? ok(use(Number(text))) : err("a whole number");
}

/** Reads an instant: ISO 8601, epoch ms, or so long ago (`90s`, `15m`, `2h`, `7d`). */
export function readInstant<T>(
  text: string,
  nowMs: number,
  use: (atMs: number) => T,
): Result<T, string> {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago !== null) return ok(use(nowMs - Number(ago[1]) * (UNIT_MS[ago[2] ?? ""] ?? 0)));
  if (/^\d{10,15}$/.test(text)) return ok(use(Number(text)));
  // oxlint-disable-next-line no-restricted-globals -- reads no clock: a date's text to its instant
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs)
    ? err("a date such as 2026-11-24T09:30:00Z, epoch ms, or an age such as 15m, 2h, 7d")
    : ok(use(atMs));
}
