import type { Io } from "../io.ts";
import { oneLine } from "../printable.ts";
import type { Intent, Step } from "./plan.ts";
import type { Resource, ResourceKind } from "./resource.ts";
import type { Ended } from "./run.ts";
import { shownUrl } from "./webhook-url.ts";

type Styled = Pick<Io, "style">;

const kinds: Readonly<Record<ResourceKind, string>> = {
  number: "number",
  service: "Messaging Service",
  app: "TwiML app",
};

/** What a resource is called, sid included. */
export function resourceName({ kind, name, sid }: Resource): string {
  return oneLine(kind === "number" ? `${name} ${sid}` : `${kinds[kind]} ${name} ${sid}`);
}

/** The plan for whoever decides on it, resource by resource. What is not set is left out. */
export function planText(steps: readonly Step[], { style }: Styled): string {
  const groups = Map.groupBy(steps, ({ resource }) => resource);
  return [...groups]
    .map(([resource, own]) => {
      const shown = own.filter(({ intent }) => intent.kind !== "empty");
      const lines = shown.flatMap((step) => stepLines(step, style));
      const nothing = style("dim", "  no webhook URL is set");
      return [style("bold", resourceName(resource)), ...(lines.length > 0 ? lines : [nothing])];
    })
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function below(text: string): string {
  return `${" ".repeat(17)}${text}`;
}

function stepLines({ setting, present, intent }: Step, style: Io["style"]): readonly string[] {
  const method = present.method === "" ? "" : `${present.method} `;
  const from = present.url === "" ? "none" : `${method}${oneLine(shownUrl(present.url))}`;
  const head = `  ${setting.name.padEnd(15)}${from}`;
  switch (intent.kind) {
    case "change": {
      const to = intent.to.url === "" ? "none" : oneLine(shownUrl(intent.to.url));
      const origin = intent.origin === undefined ? "" : style("dim", `  (${intent.origin})`);
      return [
        head,
        `${below(style("green", `-> ${methodChange(present.method, intent.to.method)}${to}`))}${origin}`,
        ...intent.notes.map((note) => below(style("yellow", `note: ${oneLine(note)}`))),
      ];
    }
    case "right":
      return [
        head,
        below(style("dim", `as it should be${intent.origin ? ` (${intent.origin})` : ""}`)),
      ];
    case "left":
      return [
        head,
        below(
          style(isCalm(intent) ? "dim" : "yellow", `left as it is: ${oneLine(intent.message)}`),
        ),
      ];
    case "empty":
      return [head];
  }
}

/** What calls for nobody's attention. */
function isCalm({ reason }: Extract<Intent, { kind: "left" }>): boolean {
  return ["no_origin", "unused", "fallback_kept", "not_connected", "not_ours"].includes(reason);
}

function methodChange(from: string, to: string): string {
  return from === to || to === "" ? "" : `${to} `;
}

/** `3 URLs of 2 resources`. */
export function countText(steps: readonly Pick<Step, "resource">[]): string {
  const resources = new Set(steps.map(({ resource }) => resource.sid)).size;
  return `${plural(steps.length, "URL")} of ${plural(resources, "resource")}`;
}

/** What became of the changes of one resource, in one line. */
export function endedLine(ended: readonly Ended[]): string {
  const [first] = ended;
  if (first === undefined) return "";
  const groups = Map.groupBy(ended, ({ ending }) => endingText(ending));
  const parts = [...groups].map(
    ([text, own]) => `${text}: ${own.map(({ change }) => change.setting.name).join(", ")}`,
  );
  return `${resourceName(first.change.resource)}: ${oneLine(parts.join("; "))}`;
}

/** What became of a change, in a few words. */
function endingText(ending: Ended["ending"]): string {
  switch (ending.kind) {
    case "changed":
      return "changed";
    case "already":
      return "was so already";
    case "overtaken":
      return "left, somebody has changed it meanwhile";
    case "failed":
      return `FAILED (${ending.message})`;
    case "not_reached":
      return "not reached";
  }
}

/** How it ended in one line. */
export function summaryLine(ended: readonly Ended[]): string {
  const of = (...which: readonly Ended["ending"]["kind"][]): number =>
    ended.filter(({ ending }) => which.includes(ending.kind)).length;
  const bad = [
    [of("failed"), "failed"],
    [of("overtaken"), "changed by somebody meanwhile"],
    [of("not_reached"), "not reached"],
  ].filter(([count]) => count !== 0);
  return [
    `${of("changed", "already")} of ${plural(ended.length, "URL")} set`,
    ...bad.map((each) => each.join(" ")),
  ].join(", ");
}

/** What no list of Twilio's API shows: a plan must not seem to be all there is. */
export const notSeen = [
  "URLs in your code: Url, StatusCallback and the like of calls and messages that you make by REST",
  "URLs in TwiML: action, <Redirect>, statusCallback, recordingStatusCallback, <Number url>; relative ones follow by themselves",
  "Studio flows, Conversations, TaskRouter, Verify, Sync, Video, Proxy, Event Streams",
  "SIP domains, BYOC trunks, short codes, SIMs, usage triggers, the Debugger webhook, subaccounts (--account)",
] as const;

/** A count with its noun. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
