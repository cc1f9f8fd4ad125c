import type { Health, Stats } from "./api-types.ts";
import { totalOf } from "./charts.ts";
import { ErrorLink } from "./error-link.tsx";
import { bytes, duration, fullTime } from "./format.ts";
import { Link, type Go } from "./link.tsx";
import { spaced } from "./words.ts";

/** Each origin that anything is known of: what came, what its breaker does, what waits for it. */
export function Origins(props: {
  readonly stats: Stats | undefined;
  readonly health: Health | undefined;
  readonly since: string;
  readonly go: Go;
}) {
  const { stats, health, since, go } = props;
  const known = stats?.totals.origins ?? {};
  const names = new Set([
    ...Object.keys(known),
    ...(health?.queue.map(({ origin }) => origin) ?? []),
    ...(health?.breakers.map(({ origin }) => origin) ?? []),
  ]);
  return (
    <section class="panel" aria-labelledby="origins">
      <h2 id="origins">Origins</h2>
      {names.size === 0 ? (
        <p class="hint">Nothing waits for any origin, and no breaker is open.</p>
      ) : (
        <div class="wide" role="region" aria-labelledby="origins" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {["Origin", "Webhooks", "Failed", "p50", "p95", "Breaker", "Waiting"].map(
                  (column) => (
                    <th key={column} scope="col">
                      {column}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {[...names].toSorted().map((origin) => {
                const counts = known[origin]?.outcomes ?? {};
                const failed = (counts["failed"] ?? 0) + (counts["dead"] ?? 0);
                const times = known[origin]?.total_ms ?? null;
                return (
                  <tr key={origin}>
                    <th scope="row">
                      <Link to={{ kind: "list", filters: { origin, since } }} go={go}>
                        {origin}
                      </Link>
                    </th>
                    <td class="number">{totalOf(counts).toLocaleString()}</td>
                    <td class={`number ${failed > 0 ? "result bad" : ""}`}>
                      {failed.toLocaleString()}
                    </td>
                    <td class="number">{times === null ? "–" : duration(times.p50)}</td>
                    <td class="number">{times === null ? "–" : duration(times.p95)}</td>
                    <td>{breakerWords(health, origin)}</td>
                    <td>{backlogWords(health, origin)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function breakerWords(health: Health | undefined, origin: string): string {
  const states = (health?.breakers ?? []).flatMap((each) =>
    each.origin === origin && each.state !== "closed" ? each.state : [],
  );
  return states.length === 0 ? "closed" : [...new Set(states)].map(spaced).join(", ");
}

function backlogWords(health: Health | undefined, origin: string): string {
  const queued = (health?.queue ?? []).filter((each) => each.origin === origin);
  const count = queued.reduce((sum, each) => sum + each.count, 0);
  if (count === 0) return "–";
  const oldestS = Math.max(...queued.map(({ oldest_age_s }) => oldest_age_s));
  const held = queued.find((each) => each.held !== null)?.held;
  return `${count.toLocaleString()}, oldest ${duration(oldestS * 1_000)}${held ? `, held: ${spaced(held)}` : ""}`;
}

/** The codes of failures, the most frequent first. */
export function Errors(props: { readonly stats: Stats; readonly since: string; readonly go: Go }) {
  const { stats, since, go } = props;
  const codes = stats.totals.error_codes;
  return (
    <section class="panel" aria-labelledby="errors">
      <h2 id="errors">Errors, in Twilio's words</h2>
      {codes.length === 0 ? (
        <p class="hint">None since {fullTime(stats.since)}.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col">Error</th>
              <th scope="col">Deliveries</th>
            </tr>
          </thead>
          <tbody>
            {codes.map(({ code, error, count }) => (
              <tr key={code}>
                <td>
                  <ErrorLink code={code} />
                </td>
                <td>{error ?? ""}</td>
                <td class="number">
                  <Link
                    to={{ kind: "list", filters: { error_code: String(code), since } }}
                    go={go}
                    label={`${count} deliveries with error ${code}`}
                  >
                    {count.toLocaleString()}
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Ledger and KV. */
export function Storage({ health: { ledger, kv } }: { readonly health: Health }) {
  return (
    <section class="panel" aria-labelledby="storage">
      <h2 id="storage">Storage</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col">State</th>
            <th scope="col">Used</th>
          </tr>
        </thead>
        <tbody>
          {ledger.map((shard) => (
            <tr key={shard.shard}>
              <th scope="row">ledger {shard.shard}</th>
              <td class={`result ${shard.reachable ? "good" : "bad"}`}>
                {shard.reachable ? "reachable" : "unreachable"}
              </td>
              <td class="number">
                {shard.storage_bytes === undefined ? "–" : bytes(shard.storage_bytes)}
                {shard.storage_full === undefined
                  ? ""
                  : ` (${(shard.storage_full * 100).toFixed(1)} %)`}
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">KV</th>
            <td class={`result ${kv === "unreachable" ? "bad" : "good"}`}>{kv}</td>
            <td>–</td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}
