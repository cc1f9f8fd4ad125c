// `npm run bench:profile -- --mode respond`: where the CPU of a webhook goes, by workerd's own profiler. Times are of the
// isolate, the ledger's object included; what the runtime does outside of JavaScript is "(program)".
import { readFile, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { parseArgs } from "node:util";
import { buildBundle } from "../support/bundle.ts";
import { closedPort } from "../support/loopback.ts";
import { startHookswitch, startOrigin } from "./contestants.ts";
import { corpus } from "./corpus.ts";
import { saturate } from "./load.ts";

const { values } = parseArgs({
  options: {
    mode: { type: "string", default: "respond" },
    seconds: { type: "string", default: "4" },
    out: { type: "string" },
    top: { type: "string", default: "40" },
  },
});

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
}
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const configs: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  respond: {},
  off: { dedupe: false },
  none: { dedupe: false, log: { keep: "none" } },
  queue: { mode: "queue" },
};
const origin = await startOrigin();
const inspectorPort = await closedPort();
const worker = await startHookswitch(origin, configs[values.mode] ?? {}, { inspectorPort });
try {
  const { unique } = corpus();
  const target = {
    port: worker.port,
    next: unique,
    isExpected: (status: number) => status === 200,
  };
  await saturate(target, 16, 3);
  const listing = await fetch(`http://127.0.0.1:${inspectorPort}/json`);
  const [listed]: { webSocketDebuggerUrl: string }[] = JSON.parse(await listing.text());
  const socket = new WebSocket(listed?.webSocketDebuggerUrl ?? "");
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  let id = 0;
  const call = (method: string, params: unknown = {}): Promise<{ readonly profile: Profile }> =>
    new Promise((resolve) => {
      const own = ++id;
      const listen = ({ data }: MessageEvent): void => {
        const message = JSON.parse(String(data));
        if (message.id !== own) return;
        socket.removeEventListener("message", listen);
        resolve(message.result);
      };
      socket.addEventListener("message", listen);
      socket.send(JSON.stringify({ id: own, method, params }));
    });
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: 200 });
  await call("Profiler.start");
  const load = await saturate(target, 16, Number(values.seconds));
  const { profile } = await call("Profiler.stop");
  socket.close();
  if (values.out !== undefined) await writeFile(values.out, JSON.stringify(profile));
  await print(profile, load.requests);
} finally {
  await worker.stop();
  await origin.stop();
}

/** Own time, and time with all that was called, by function. */
async function print({ nodes, samples, timeDeltas }: Profile, requests: number): Promise<void> {
  const map = new SourceMap(JSON.parse(await readFile(`${await buildBundle()}.map`, "utf8")));
  const own = new Map<number, number>();
  for (const [index, sample] of samples.entries())
    own.set(sample, (own.get(sample) ?? 0) + (timeDeltas[index] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const owns = new Map<string, number>();
  const totals = new Map<string, number>();
  const walk = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const name = nameOf(node, map);
    const names = new Set(above).add(name);
    const ownUs = own.get(node.id) ?? 0;
    const children = (node.children ?? []).flatMap((id) => byId.get(id) ?? []);
    const total = children.reduce((sum, child) => sum + walk(child, names), ownUs);
    owns.set(name, (owns.get(name) ?? 0) + ownUs);
    if (!above.has(name)) totals.set(name, (totals.get(name) ?? 0) + total);
    return total;
  };
  const [root] = nodes;
  if (root !== undefined) walk(root, new Set());
  for (const [what, times] of [
    ["own", owns],
    ["with what it calls", totals],
  ] as const) {
    console.log(`\n${requests} webhooks; µs of each, ${what}`);
    const sorted = [...times].toSorted(([, one], [, other]) => other - one);
    for (const [name, us] of sorted.slice(0, Number(values.top)))
      console.log(`${(us / requests).toFixed(1).padStart(8)}  ${name}`);
  }
}

function nameOf({ callFrame }: ProfileNode, map: SourceMap): string {
  const { functionName, lineNumber, columnNumber } = callFrame;
  if (lineNumber < 0) return functionName;
  const entry = map.findEntry(lineNumber, columnNumber);
  if (!("originalSource" in entry)) return functionName;
  const file = entry.originalSource.replace(/^.*\/(src|node_modules)\//, "");
  return `${file}:${entry.originalLine + 1} ${functionName}`;
}
