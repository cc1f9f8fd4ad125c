import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Health, Stats } from "./api-types.ts";
import { binned, totalOf, type Latency } from "./charts.ts";
import { ApiError, readHealth, readStats } from "./client.ts";
import { bytes, duration, fullTime } from "./format.ts";
import { Link, type Go } from "./link.tsx";
import { LatencyChart, RateChart } from "./plots.tsx";
import { Trouble } from "./trouble.tsx";
import { errorPage, spaced } from "./words.ts";

const AGAIN_MS = 15_000;
const MOST_BINS = 240;
const spans = ["1h", "6h", "24h", "7d", "30d"];

const latencies: readonly (readonly [Latency, string])[] = [
  ["total_ms", "From receipt to answer"],
  ["origin_ms", "At the origin"],
  ["overhead_ms", "Hookswitch's own"],
];

/** How all is, and how it was. */
export function OverviewView(props: {
  readonly since: string;
  readonly go: Go;
  readonly onSignedOut: () => void;
}) {
  const { since, go, onSignedOut } = props;
  const [stats, setStats] = useState<Stats>();
  const [health, setHealth] = useState<Health>();
  const [trouble, setTrouble] = useState<unknown>();
  const [hasStats, setHasStats] = useState(true);
  const [latency, setLatency] = useState<Latency>("total_ms");

  useEffect(() => {
    const ended = new AbortController();
    let timer = 0;
    async function look(): Promise<void> {
      if (!document.hidden) {
        try {
          const [found, how] = await Promise.all([
            readStats(since, ended.signal).catch((error: unknown) => {
              // A version without them is no trouble; the rest of the view stands.
              if (error instanceof ApiError && error.status === 404) return undefined;
              throw error;
            }),
            readHealth(ended.signal),
          ]);
          setStats(found);
          setHasStats(found !== undefined);
          setHealth(how);
          setTrouble(undefined);
        } catch (error) {
          if (!ended.signal.aborted) setTrouble(error);
        }
      }
      if (!ended.signal.aborted) timer = window.setTimeout(() => void look(), AGAIN_MS);
    }
    void look();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [since]);

  const title = latencies.find(([name]) => name === latency)?.[1] ?? "";
  const bins = stats === undefined ? [] : binned(stats, latency, MOST_BINS);
  return (
    <div class="overview">
      <div class="title">
        <h1>Overview</h1>
        {health !== undefined && <State health={health} />}
        <span class="grow" />
        <nav class="quick" aria-label="Since">
          {spans.map((span) => (
            <Link
              key={span}
              to={{ kind: "overview", since: span }}
              go={go}
              isCurrent={span === since}
            >
              {span}
            </Link>
          ))}
        </nav>
      </div>
      <Trouble error={trouble} onSignedOut={onSignedOut} />
      <Remarks title="Problems" class="trouble" remarks={health?.problems ?? []} />
      {!hasStats && (
        <p class="panel hint">This version keeps no statistics over time: only how it is now.</p>
      )}
      {stats !== undefined && (
        <>
          <Tiles stats={stats} go={go} since={since} />
          <RateChart bins={bins} />
          <LatencyChart title={title} bins={bins} />
          <p class="choose">
            <label>
              Time shown{" "}
              <select
                value={latency}
                onChange={({ currentTarget }) =>
                  setLatency(
                    latencies.find(([name]) => name === currentTarget.value)?.[0] ?? "total_ms",
                  )
                }
              >
                {latencies.map(([name, words]) => (
                  <option key={name} value={name}>
                    {words}
                  </option>
                ))}
              </select>
            </label>
          </p>
        </>
      )}
      <div class="pair">
        <Origins stats={stats} health={health} since={since} go={go} />
        {stats !== undefined && <Errors stats={stats} since={since} go={go} />}
        {health !== undefined && <Storage health={health} />}
        <Remarks title="Worth a look" class="notice" remarks={health?.warnings ?? []} />
      </div>
    </div>
  );
}

function State({ health: { status, version } }: { readonly health: Health }) {
  return (
    <>
      <span class={`outcome ${status === "ok" ? "good" : "bad"}`}>
        <span class="sign" aria-hidden="true">
          {status === "ok" ? "✓" : "✕"}
        </span>
        {status}
      </span>
      <span class="hint">version {version}</span>
    </>
  );
}

/** What is wrong, before anything else, or what deserves a look, after it. */
function Remarks(props: {
  readonly title: string;
  readonly class: string;
  readonly remarks: Health["problems"];
}) {
  const { title, remarks } = props;
  if (remarks.length === 0) return null;
  return (
    <section class="panel" aria-label={title}>
      <h2>{title}</h2>
      <ul class="remarks">
        {remarks.map(({ key, message }) => (
          <li key={key + message} class={props.class}>
            <code>{key}</code> {message}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tiles(props: { readonly stats: Stats; readonly since: string; readonly go: Go }) {
  const { stats, since, go } = props;
  const { outcomes, total_ms } = stats.totals;
  const all = totalOf(outcomes);
  const bad = (outcomes["failed"] ?? 0) + (outcomes["dead"] ?? 0);
  const link = (outcome: string, children: ComponentChildren) => (
    <Link to={{ kind: "list", filters: { outcome, since } }} go={go}>
      {children}
    </Link>
  );
  return (
    <dl class="tiles">
      <Tile name="Webhooks" value={all.toLocaleString()} />
      <Tile
        name="Failed or dead"
        value={bad.toLocaleString()}
        tone={bad === 0 ? "" : "bad"}
        more={all === 0 ? "" : `${((bad / all) * 100).toFixed(2)} %`}
      />
      <Tile
        name="Fell back"
        value={link("fell_back", (outcomes["fell_back"] ?? 0).toLocaleString())}
      />
      <Tile name="Refused" value={link("refused", (outcomes["refused"] ?? 0).toLocaleString())} />
      <Tile
        name="p95, receipt to answer"
        value={total_ms.p95 === null ? "–" : duration(total_ms.p95)}
        more={total_ms.p99 === null ? "" : `p99 ${duration(total_ms.p99)}`}
      />
    </dl>
  );
}

function Tile(props: {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly more?: string;
  readonly tone?: string;
}) {
  return (
    <div class="tile">
      <dt>{props.name}</dt>
      <dd class={props.tone}>
        {props.value} <span class="hint">{props.more}</span>
      </dd>
    </div>
  );
}

/** Each origin that anything is known of: what came, what its breaker does, what waits for it. */
function Origins(props: {
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
                const { p50, p95 } = known[origin]?.total_ms ?? { p50: null, p95: null };
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
                    <td class="number">{p50 === null ? "–" : duration(p50)}</td>
                    <td class="number">{p95 === null ? "–" : duration(p95)}</td>
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

function Errors(props: { readonly stats: Stats; readonly since: string; readonly go: Go }) {
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
                  <a href={errorPage(code)} rel="noreferrer" target="_blank">
                    {code}
                  </a>
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

function Storage({ health: { ledger, kv } }: { readonly health: Health }) {
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
