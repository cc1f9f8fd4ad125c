import { useEffect, useState } from "preact/hooks";
import type { Health, Stats } from "./api-types.ts";
import { binned, type Latency } from "./charts.ts";
import { readHealth, readStats } from "./client.ts";
import { Link, type Go } from "./link.tsx";
import { Errors, Origins, Storage } from "./overview-tables.tsx";
import { LatencyChart, RateChart } from "./plots.tsx";
import { Tiles } from "./tiles.tsx";
import { Trouble } from "./trouble.tsx";

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
  const [latency, setLatency] = useState<Latency>("total_ms");

  useEffect(() => {
    const ended = new AbortController();
    let timer = 0;
    async function look(): Promise<void> {
      if (!document.hidden) {
        try {
          const [found, how] = await Promise.all([
            readStats(since, ended.signal),
            readHealth(ended.signal),
          ]);
          setStats(found);
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
