import type { ConnectMode } from "./choice.ts";
import type { Step } from "./plan.ts";
import type { Ended } from "./run.ts";
import { notSeen } from "./text.ts";
import { shownUrl } from "./webhook-url.ts";

/** What `--json` prints. */
export interface Reported {
  readonly mode: ConnectMode;
  readonly accountSid: string;
  readonly base: string | undefined;
  readonly file: string;
  readonly steps: readonly Step[];
  /** Empty where nothing was to be changed, or was not asked for. */
  readonly ended: readonly Ended[];
  readonly advice: readonly string[];
  /** What could not be looked at. */
  readonly failures: readonly string[];
}

/** One JSON object; URLs without passwords and the values of their queries, which stand in the file. */
export function jsonText(reported: Reported): string {
  const { mode, accountSid, base, file, steps, ended, advice, failures } = reported;
  return JSON.stringify(
    {
      mode,
      account: accountSid,
      url: base ?? null,
      file,
      settings: steps.map((step) => shownStep(step, ended)),
      notes: advice,
      failures,
      notSeen,
    },
    undefined,
    2,
  );
}

function shownStep(step: Step, ended: readonly Ended[]): object {
  const { resource, setting, present, intent } = step;
  const end = ended.find(
    ({ change }) => change.resource === resource && change.setting === setting,
  )?.ending;
  return {
    resource: resource.kind,
    sid: resource.sid,
    name: resource.name,
    setting: setting.url,
    url: shownUrl(present.url),
    method: present.method,
    state: intent.kind,
    ...(intent.kind === "left" ? { reason: intent.reason, message: intent.message } : {}),
    ...(intent.kind === "change" || intent.kind === "right"
      ? { origin: intent.origin ?? null }
      : {}),
    ...(intent.kind === "change"
      ? { to: shownUrl(intent.to.url), toMethod: intent.to.method, notes: intent.notes }
      : {}),
    ...(end === undefined ? {} : { result: end.kind }),
    ...(end?.kind === "failed" ? { error: end.message } : {}),
  };
}
