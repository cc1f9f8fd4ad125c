import { resolve } from "node:path";
import { ok } from "../../shared/result.ts";
import type { Io } from "../io.ts";
import { takeInterrupts } from "../replay/interrupts.ts";
import type { Entry } from "./kept.ts";
import { keep } from "./kept-file.ts";
import { type Change, type Ended, makeChanges } from "./run.ts";
import { endedLine } from "./text.ts";
import type { TwilioAccount } from "./twilio-account.ts";

/** How changes are made and kept. */
export interface Carrying {
  readonly mode: Entry["by"];
  /** The file of old values; relative to the current folder. */
  readonly file: string;
  readonly account: TwilioAccount;
}

/**
 * Makes the changes of a plan. Of `apply` every old value is on disk before it is replaced; `direct` goes
 * on where that cannot be; `undo` takes down what it has put back. Ctrl-C ends it after the resource that
 * is under way.
 */
export async function carryOut(
  changes: readonly Change[],
  { mode, file, account }: Carrying,
  io: Io,
): Promise<readonly Ended[]> {
  const path = resolve(io.cwd, file);
  const interrupts = takeInterrupts(io);
  const write = (made: readonly Change[]): ReturnType<typeof keep> =>
    keep(
      path,
      made.map((change) => entryOf(change, mode)),
    );
  try {
    return await makeChanges(changes, {
      account,
      stop: interrupts.stop,
      before: (made) => {
        if (mode === "undo") return ok(undefined);
        const kept = write(made);
        if (kept.ok || mode === "apply") return kept;
        io.err(`warning: ${kept.error}; --undo will not know of this`);
        return ok(undefined);
      },
      after: (made) => {
        if (mode !== "undo" || made.length === 0) return;
        const kept = write(made);
        // Not needed for the next one to be right: it finds the old values in place.
        if (!kept.ok) io.err(`warning: ${kept.error}`);
      },
      tell: (ended) => io.err(endedLine(ended)),
    });
  } finally {
    interrupts.end();
  }
}

function entryOf({ resource, setting, present, intent }: Change, by: Entry["by"]): Entry {
  return {
    at: new Date().toISOString(),
    by,
    resource: resource.kind,
    sid: resource.sid,
    name: resource.name,
    setting: setting.url,
    old: present,
    new: intent.to,
  };
}
