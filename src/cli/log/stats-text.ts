import { columns } from "../columns.ts";
import type { Io } from "../io.ts";
import { oneLine } from "../printable.ts";
import { type Counts, type Stats, sumOf, type Times } from "./stats.ts";

/** Outcomes in the order of their columns; what else there is goes behind them. */
const ORDER = ["answered", "delivered", "queued", "duplicate", "fell_back", "failed", "dead"];

/**
 * What was counted, in tables for whoever reads.
 * @param hasPoints Whether each step is shown too.
 */
export function statsText(stats: Stats, hasPoints: boolean, style: Io["style"]): string {
  const { since, until, outcomes, total, origins, errorCodes, points } = stats;
  const words = [...ORDER, ...Object.keys(outcomes)].filter(
    (word, at, all) => all.indexOf(word) === at && (outcomes[word] ?? 0) > 0,
  );
  const row = (name: string, counts: Counts, times: Times | undefined): readonly string[] => [
    oneLine(name),
    ...words.map((word) => amount(counts[word] ?? 0)),
    ...(times === undefined ? ["-", "-", "-"] : [times.p50, times.p95, times.p99].map(amount)),
  ];
  const heading = (what: string): readonly string[] => [
    what,
    ...words.map(oneLine),
    "p50 ms",
    "p95 ms",
    "p99 ms",
  ];
  const table = (rows: readonly (readonly string[])[]): readonly string[] =>
    columns(rows).map((line, at) => (at === 0 ? style("bold", line) : line));
  if (sumOf(outcomes) === 0) return `${since} to ${until}: nothing was counted`;
  return [
    `${since} to ${until}: ${amount(sumOf(outcomes))} counted`,
    "",
    ...table([
      heading("origin"),
      ...origins.map((each) =>
        row(each.name === "" ? "(none)" : each.name, each.outcomes, each.total),
      ),
      ...(origins.length === 1 ? [] : [row("all", outcomes, total)]),
    ]),
    ...(errorCodes.length === 0
      ? []
      : [
          "",
          ...table([
            ["Twilio's error code", "count"],
            ...errorCodes.map(({ code, error, count }) => [
              oneLine(`${code} ${error ?? ""}`),
              amount(count),
            ]),
          ]),
        ]),
    ...(hasPoints
      ? [
          "",
          ...table([
            heading("since"),
            ...points.map((each) => row(each.at, each.outcomes, each.total)),
          ]),
        ]
      : []),
  ].join("\n");
}

function amount(count: number): string {
  return count.toLocaleString("en-US");
}
