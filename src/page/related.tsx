import { useEffect, useState } from "preact/hooks";
import type { Delivery, Row } from "./api-types.ts";
import { listDeliveries } from "./client.ts";
import { clockTime, duration } from "./format.ts";
import { Link, type Go } from "./link.tsx";
import { Outcome } from "./outcome.tsx";
import { mainSid } from "./sids.ts";

const MOST = 50;

/** All deliveries of the same call or message, in the order they came in. */
export function Related({ delivery, go }: { readonly delivery: Delivery; readonly go: Go }) {
  const sid = mainSid(delivery.sids);
  const [rows, setRows] = useState<readonly Row[]>([]);
  useEffect(() => {
    if (sid === undefined) return undefined;
    const ended = new AbortController();
    listDeliveries({ sid }, { limit: MOST, signal: ended.signal }).then(
      ({ deliveries }) => setRows(deliveries.toReversed()),
      () => undefined,
    );
    return () => ended.abort();
  }, [sid, delivery.outcome]);
  if (sid === undefined) return null;

  const first = Date.parse(rows[0]?.received_at ?? delivery.received_at);
  return (
    <section aria-labelledby="related">
      <h2 id="related">Of the same {sid.startsWith("CA") ? "call" : "message or resource"}</h2>
      <p class="hint">
        <Link to={{ kind: "list", filters: { sid } }} go={go} class="sid">
          {sid}
        </Link>
      </p>
      {rows.length < 2 ? (
        <p class="hint">No other delivery.</p>
      ) : (
        <ol class="related">
          {rows.map((row) => (
            <li key={row.id} class={row.id === delivery.id ? "is-this" : ""}>
              <Link
                to={{ kind: "delivery", id: row.id }}
                go={go}
                isCurrent={row.id === delivery.id}
              >
                {clockTime(row.received_at, Date.now())}
              </Link>
              <Outcome outcome={row.outcome} />
              <span class="hint">
                {[row.origin, row.twilio_status].filter(Boolean).join(" · ")}
                {` +${duration(Date.parse(row.received_at) - first)}`}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
