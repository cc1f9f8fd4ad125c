import type { Delivery } from "./api-types.ts";
import { ErrorLink } from "./error-link.tsx";
import { duration } from "./format.ts";
import { afterAnswer, TWILIO_WAITS_MS, untilAnswer } from "./waterfall.ts";
import { WaterfallChart } from "./waterfall-chart.tsx";

/** Where the time of a delivery went: until Twilio had its answer, and afterwards. */
export function Timeline({ delivery }: { readonly delivery: Delivery }) {
  const after = afterAnswer(delivery);
  const share = Math.min(1, delivery.duration_ms / TWILIO_WAITS_MS);
  const isOver = delivery.outcome !== "running";
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Until Twilio had its answer</h2>
      {isOver && (
        <div class="budget">
          <span class="track" aria-hidden="true">
            <span
              class={`span ${share < 0.6 ? "good" : share < 0.95 ? "warn" : "bad"}`}
              style={{ width: `${Math.max(share * 100, 0.4)}%` }}
            />
          </span>
          <span class="hint">
            {duration(delivery.duration_ms)} of the 15 s that Twilio waits (
            {(share * 100).toFixed(share < 0.1 ? 1 : 0)} %)
            {delivery.hung_up ? " – Twilio had hung up before" : ""}
          </span>
        </div>
      )}
      <WaterfallChart label="Until Twilio had its answer" chart={untilAnswer(delivery)} />
      {after !== undefined && (
        <>
          <h3>Afterwards, since receipt</h3>
          <WaterfallChart label="Afterwards" chart={after} />
        </>
      )}
    </section>
  );
}

/** Every attempt, with its bound and what came of it. */
export function Attempts({ delivery: { attempts, received_at } }: { readonly delivery: Delivery }) {
  if (attempts.length === 0) return null;
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts">Attempts</h2>
      <div class="wide" role="region" aria-labelledby="attempts" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {["", "To", "Began", "Took", "Bound", "Result", "What happened"].map((column) => (
                <th key={column} scope="col">
                  {column === "" ? <span class="sr">Number</span> : column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {attempts.map((attempt) => (
              <tr key={attempt.number}>
                <td>{attempt.number}</td>
                <td>
                  {attempt.to}
                  {attempt.replay === null ? "" : " (replay)"}
                </td>
                <td class="number">
                  +{duration(Date.parse(attempt.started_at) - Date.parse(received_at))}
                </td>
                <td class="number">{duration(attempt.duration_ms)}</td>
                <td class="number">{duration(attempt.timeout_ms)}</td>
                <td>
                  <span class={`result ${attempt.result === "usable" ? "good" : "bad"}`}>
                    {[attempt.status, attempt.class].filter((part) => part !== null).join(" ")}
                  </span>
                </td>
                <td>
                  {attempt.detail ?? ""}{" "}
                  {attempt.twilio_code !== null && <ErrorLink code={attempt.twilio_code} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
