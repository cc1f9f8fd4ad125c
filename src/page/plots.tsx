import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import {
  heightOf,
  latencyPath,
  layerPath,
  logShare,
  niceTop,
  stacked,
  totalOf,
  type Bin,
} from "./charts.ts";
import { duration } from "./format.ts";
import { TWILIO_WAITS_MS } from "./waterfall.ts";
import { outcomeWords } from "./words.ts";

const BOX = { width: 1_000, height: 180 };
/** ms: from what no network is under to twice what Twilio waits. */
const BOUNDS = { low: 1, high: 30_000 };
const LATENCY_LINES = [1, 10, 100, 1_000, 10_000];
const PERCENTILES = ["p50", "p95", "p99"] as const;

/** Webhooks a minute, stacked by outcome. */
export function RateChart({ bins }: { readonly bins: readonly Bin[] }) {
  const [at, setAt] = useState<number>();
  const layers = stacked(bins);
  const top = niceTop(heightOf(layers));
  const bin = at === undefined ? undefined : bins[at];
  const shown =
    bin?.outcomes ??
    Object.fromEntries(
      layers.map(({ outcome }) => [
        outcome,
        bins.reduce((sum, { outcomes }) => sum + (outcomes[outcome] ?? 0), 0),
      ]),
    );
  return (
    <figure class="chart">
      <figcaption>
        <h2>Webhooks per minute, by outcome</h2>
        <span class="hint">
          {bin === undefined
            ? `${totalOf(shown).toLocaleString()} in all`
            : `${spanWords(bin)}: ${perMinute(totalOf(bin.outcomes), bin)} a minute`}
        </span>
      </figcaption>
      <Plot
        label={`Webhooks per minute, up to ${perMinuteWords(heightOf(layers))}`}
        bins={bins}
        at={at}
        onPoint={setAt}
        lines={[0, top / 2, top].map((value) => ({
          share: value / top,
          text: perMinuteWords(value),
        }))}
      >
        {layers.map((layer) => (
          <path
            key={layer.outcome}
            class={`layer ${outcomeWords(layer.outcome).tone} ${layer.outcome}`}
            d={layerPath(layer, { ...BOX, top })}
          />
        ))}
      </Plot>
      <ul class="legend">
        {layers.toReversed().map(({ outcome }) => (
          <li key={outcome}>
            <span class={`swatch ${outcomeWords(outcome).tone} ${outcome}`} aria-hidden="true" />
            {outcomeWords(outcome).word} <strong>{(shown[outcome] ?? 0).toLocaleString()}</strong>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** Percentiles of a time, by the logarithm, with the line at which Twilio stops waiting. */
export function LatencyChart({
  title,
  bins,
}: {
  readonly title: string;
  readonly bins: readonly Bin[];
}) {
  const [at, setAt] = useState<number>();
  const bin = at === undefined ? undefined : bins[at];
  const last = bins.findLast(({ latency }) => latency.p50 !== null);
  const deadline = BOX.height * (1 - logShare(TWILIO_WAITS_MS, BOUNDS));
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <span class="hint">{bin === undefined ? "the latest" : spanWords(bin)}</span>
      </figcaption>
      <Plot
        label={`${title}: percentiles over time. At last p50 ${msWords(last?.latency.p50)}, p95 ${msWords(last?.latency.p95)}, p99 ${msWords(last?.latency.p99)}; Twilio waits 15 s`}
        bins={bins}
        at={at}
        onPoint={setAt}
        lines={LATENCY_LINES.map((ms) => ({
          share: logShare(ms, BOUNDS),
          text: duration(ms),
        }))}
      >
        <line class="limit" x1="0" x2={BOX.width} y1={deadline} y2={deadline} />
        {PERCENTILES.map((percentile) => (
          <path
            key={percentile}
            class={`latency ${percentile}`}
            d={latencyPath(
              bins.map(({ latency }) => latency[percentile]),
              BOX,
              BOUNDS,
            )}
          />
        ))}
      </Plot>
      <ul class="legend">
        {PERCENTILES.map((percentile) => (
          <li key={percentile}>
            <svg width="22" height="8" aria-hidden="true">
              <path class={`latency ${percentile}`} d="M0 4h22" />
            </svg>
            {percentile} <strong>{msWords((bin ?? last)?.latency[percentile])}</strong>
          </li>
        ))}
        <li>
          <svg width="22" height="8" aria-hidden="true">
            <path class="limit" d="M0 4h22" />
          </svg>
          Twilio waits 15 s
        </li>
      </ul>
    </figure>
  );
}

function Plot(props: {
  readonly label: string;
  readonly bins: readonly Bin[];
  readonly at: number | undefined;
  readonly onPoint: (at: number | undefined) => void;
  readonly lines: readonly { readonly share: number; readonly text: string }[];
  readonly children: ComponentChildren;
}) {
  const { label, bins, at, onPoint, lines } = props;
  const [first, last] = [bins[0], bins.at(-1)];
  return (
    <div class="plot">
      <div class="scale" aria-hidden="true">
        {lines.map(({ share, text }) => (
          <span key={text} style={{ bottom: `${share * 100}%` }}>
            {text}
          </span>
        ))}
      </div>
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${BOX.width} ${BOX.height}`}
        preserveAspectRatio="none"
        onPointerMove={({ currentTarget, clientX }) => {
          const { left, width } = currentTarget.getBoundingClientRect();
          const index = Math.floor(((clientX - left) / width) * bins.length);
          onPoint(index >= 0 && index < bins.length ? index : undefined);
        }}
        onPointerLeave={() => onPoint(undefined)}
      >
        {lines.map(({ share, text }) => (
          <line
            key={text}
            class="grid"
            x1="0"
            x2={BOX.width}
            y1={BOX.height * (1 - share)}
            y2={BOX.height * (1 - share)}
          />
        ))}
        {props.children}
        {at !== undefined && (
          <rect
            class="cursor"
            x={(at * BOX.width) / bins.length}
            y="0"
            width={BOX.width / bins.length}
            height={BOX.height}
          />
        )}
      </svg>
      <div class="times" aria-hidden="true">
        <span>{first === undefined ? "" : shortTime(first.at)}</span>
        <span>{last === undefined ? "" : shortTime(last.at)}</span>
      </div>
    </div>
  );
}

function spanWords({ at, lengthS }: Bin): string {
  return `${shortTime(at)}, ${duration(lengthS * 1_000)}`;
}

function shortTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

function perMinute(count: number, { lengthS }: Bin): string {
  return perMinuteWords((count * 60) / lengthS);
}

function perMinuteWords(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString() : String(Number(value.toFixed(2)));
}

function msWords(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? "–" : duration(ms);
}
