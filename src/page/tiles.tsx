import type { ComponentChildren } from "preact";
import type { Stats } from "./api-types.ts";
import { totalOf } from "./charts.ts";
import { duration } from "./format.ts";
import { Link, type Go } from "./link.tsx";

/** The figures that one looks at first. */
export function Tiles(props: { readonly stats: Stats; readonly since: string; readonly go: Go }) {
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
        value={total_ms === null ? "–" : duration(total_ms.p95)}
        more={total_ms === null ? "" : `p99 ${duration(total_ms.p99)}`}
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
