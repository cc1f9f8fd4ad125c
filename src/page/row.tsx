import { addressOf } from "./address.ts";
import type { Row } from "./api-types.ts";
import { clockTime, duration, fromNow, fullTime, shortSid } from "./format.ts";
import { Outcome } from "./outcome.tsx";
import { outcomeWords, spaced } from "./words.ts";

/** One row of the list, at its place. */
export function RowLine(props: {
  readonly row: Row;
  /** From 0. */
  readonly index: number;
  /** px. */
  readonly top: number;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  readonly isFresh: boolean;
  readonly nowMs: number;
  readonly onOpen: (event: MouseEvent) => void;
  readonly onFocus: () => void;
}) {
  const { row, nowMs } = props;
  const time = clockTime(row.received_at, nowMs);
  const className = [
    "line",
    outcomeWords(row.outcome).tone,
    props.isSelected ? "selected" : "",
    props.isFresh ? "fresh" : "",
  ];
  return (
    <div
      role="row"
      aria-rowindex={props.index + 2}
      class={className.join(" ")}
      data-id={row.id}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={props.onOpen}
    >
      <span role="cell" class="time">
        <a
          href={addressOf({ kind: "delivery", id: row.id })}
          tabIndex={props.isTabStop ? 0 : -1}
          title={fullTime(row.received_at)}
          aria-label={`${time}, ${outcomeWords(row.outcome).word}${row.origin === null ? "" : `, ${row.origin}`}`}
          onFocus={props.onFocus}
        >
          {time}
        </a>
      </span>
      <span role="cell" class="outcome-cell">
        <Outcome outcome={row.outcome} />
      </span>
      <span role="cell" class="origin">
        {row.origin ?? "–"}
      </span>
      <span role="cell" class="webhook">
        {webhookWords(row)}
      </span>
      <span role="cell" class="status">
        {row.http_status ?? "–"}
      </span>
      <span role="cell" class="error" title={errorWords(row)}>
        {errorWords(row)}
      </span>
      <span role="cell" class="took">
        {row.outcome === "running" ? "–" : duration(row.duration_ms)}
      </span>
      <span role="cell" class="tries" title="attempts">
        {row.attempts === 0 ? "–" : `${row.attempts}×`}
      </span>
      <span role="cell" class="next">
        {nextWords(row, nowMs)}
      </span>
    </div>
  );
}

/** What it was about: the request where the list tells it, Twilio's status, the sid. */
function webhookWords(row: Row): string {
  const request = row.path ? `${row.method ?? ""} ${row.path}`.trim() : "";
  const sid = row.sids[0];
  return [request, row.twilio_status ?? "", sid === undefined ? "" : shortSid(sid)]
    .filter((part) => part !== "")
    .join("  ");
}

/** Twilio's words, or our reason. */
function errorWords(row: Row): string {
  if (row.error_code !== null) return `${row.error_code} ${row.error ?? ""}`.trim();
  return row.reason === null ? "" : spaced(row.reason);
}

function nextWords(row: Row, nowMs: number): string {
  if (row.under_way) return "now";
  if (row.next_attempt_at === null) return "";
  return Date.parse(row.next_attempt_at) <= nowMs ? "due" : fromNow(row.next_attempt_at, nowMs);
}
