import { duration } from "./format.ts";
import { placeOf, type Bar, type Waterfall } from "./waterfall.ts";

/** Bars over an axis of time: each line says in words what it shows. */
export function WaterfallChart({
  label,
  chart,
}: {
  readonly label: string;
  readonly chart: Waterfall;
}) {
  const { bars, endMs, ticks, deadlineMs } = chart;
  return (
    <div class="waterfall">
      <ol aria-label={label}>
        {bars.map((bar, index) => (
          <BarLine key={index} bar={bar} endMs={endMs} deadlineMs={deadlineMs} />
        ))}
      </ol>
      <div class="axis" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ left: `${(tick / endMs) * 100}%` }}>
            {tick === 0 ? "0" : duration(tick)}
          </span>
        ))}
      </div>
    </div>
  );
}

function BarLine(props: {
  readonly bar: Bar;
  readonly endMs: number;
  readonly deadlineMs: number | undefined;
}) {
  const { bar, endMs, deadlineMs } = props;
  const { left, width } = placeOf(bar, endMs);
  const length = bar.endMs - bar.startMs;
  const time = length === 0 ? `at ${duration(bar.startMs)}` : duration(length);
  return (
    <li class={bar.isWait ? "is-wait" : ""}>
      <span class="what">
        {bar.label}
        {bar.note === "" ? "" : `: ${bar.note}`}
      </span>
      <span class="track" aria-hidden="true">
        {deadlineMs !== undefined && (
          <span class="deadline" style={{ left: `${(deadlineMs / endMs) * 100}%` }} />
        )}
        <span
          class={`span ${bar.tone} ${length === 0 ? "instant" : ""}`}
          style={{ left: `${left}%`, width: `${width}%` }}
        />
      </span>
      <span class="length">{time}</span>
    </li>
  );
}
