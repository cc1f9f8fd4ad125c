import type { Io } from "../io.ts";
import { oneLine } from "../printable.ts";
import { askYesNo } from "../prompt.ts";
import { carryOut } from "./carry-out.ts";
import { chooseMode, type ConnectMode, type ConnectOptions, chooseResources } from "./choice.ts";
import { type Credentials, findCredentials } from "./credentials.ts";
import { listResources, type Listed } from "./list.ts";
import type { Step } from "./plan.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { jsonText } from "./report.ts";
import { changesOf, type Ended } from "./run.ts";
import { parseStandIn } from "./stand-in.ts";
import { countText, notSeen, planText, summaryLine } from "./text.ts";
import type { TwilioAccount } from "./twilio-account.ts";

/** All that is known once the plan is made. */
interface Planned {
  readonly mode: ConnectMode;
  readonly options: ConnectOptions;
  readonly credentials: Credentials;
  readonly account: TwilioAccount;
  readonly prepared: Prepared;
  readonly listed: Listed;
  readonly steps: readonly Step[];
  readonly advice: readonly string[];
}

/**
 * Shows which webhook URLs of an account lead to Hookswitch and which could, and with `--apply`,
 * `--undo` or `--direct` changes them.
 *
 * @returns The exit code: 0 when all is as wanted, 1 when something is not or could not be looked at, 2
 *   when it could not be done as asked.
 */
export async function connect(options: ConnectOptions, io: Io): Promise<number> {
  const mode = chooseMode(options);
  if (!mode.ok) return fail(2, mode.error, io);
  const standIn = parseStandIn(io.env["HOOKSWITCH_TWILIO_API"]);
  if (!standIn.ok) return fail(2, standIn.error, io);
  const credentials = await findCredentials(options.account, io);
  if (!credentials.ok) return fail(2, credentials.error, io);
  const { accountSid, source, isOwn } = credentials.value;
  const prepared = prepare(mode.value, options, { io, accountSid });
  if (!prepared.ok) return fail(prepared.error.exitCode, prepared.error.message, io);

  io.err(`asking Twilio for ${accountSid} (${source})`);
  const { openAccount } = await import("./twilio-account.ts");
  const account = openAccount(credentials.value, { standIn: standIn.value, tell: io.err });
  const isForward = mode.value === "show" || mode.value === "apply";
  const listed = await listResources(account, {
    kinds: isOwn ? ["number", "service", "app"] : ["number", "app"],
    hasMembers: isForward,
  });
  for (const { status, message } of listed.failures) {
    io.err(
      `error: Twilio's API: ${oneLine(message)}${status === 401 ? ` (401): look at ${source}` : ""}`,
    );
  }
  // Without knowing all, something may be set that Twilio does not use. On the way back each URL counts.
  if (listed.failures.length > 0 && (isForward || listed.resources.length === 0)) return 1;
  const chosen = chooseResources(listed.resources, options.only);
  if (!chosen.ok) return fail(2, `--only: ${chosen.error}`, io);

  const steps = prepared.value.plan(chosen.value);
  return decide(
    {
      mode: mode.value,
      options,
      credentials: credentials.value,
      account,
      prepared: prepared.value,
      listed,
      steps,
      advice: [
        ...prepared.value.adviceOn(steps, listed.resources),
        ...(isOwn
          ? []
          : [`Messaging Services were not looked at: they need TWILIO_AUTH_TOKEN_${accountSid}`]),
      ],
    },
    io,
  );
}

/** Shows the plan, asks, and has it carried out. */
async function decide(planned: Planned, io: Io): Promise<number> {
  const { mode, options, account, prepared, steps } = planned;
  const changes = changesOf(steps);
  for (const warning of prepared.warnings) io.err(`warning: ${oneLine(warning)}`);
  // Standard output is the object's with --json; who is asked must see it all the same.
  const isAsked = mode !== "show" && options.yes !== true;
  if (options.json !== true || isAsked) {
    showPlan(planned, options.json === true ? io.err : io.out, io);
  }
  if (mode === "show" || changes.length === 0) return finish(planned, [], io);

  const question = `${questions[mode]} (${countText(changes)})?`;
  const isWanted = options.yes === true || (await askYesNo(question, io));
  if (isWanted !== true) {
    io.err(
      isWanted === undefined
        ? "error: nothing was changed, there is no terminal to ask on: say --yes"
        : "nothing was changed",
    );
    if (options.json) report(planned, [], io);
    return isWanted === undefined ? 2 : 1;
  }
  if (mode === "apply") io.err(`old values are kept in ${prepared.file}`);
  const ended = await carryOut(changes, { mode, file: prepared.file, account }, io);
  return finish(planned, ended, io);
}

const questions: Readonly<Record<Exclude<ConnectMode, "show">, string>> = {
  apply: "Set them to Hookswitch",
  undo: "Put the old ones back",
  direct: "Set them to the origins",
};

function showPlan({ mode, steps, advice }: Planned, tell: Io["out"], io: Io): void {
  // On the way back only what is Hookswitch's matters.
  const shown = mode === "direct" ? steps.filter(isOfHookswitch) : steps;
  if (shown.length > 0) tell(`${planText(shown, io)}\n`);
  for (const line of advice) tell(`note: ${oneLine(line)}`);
  const changes = changesOf(steps);
  tell(changes.length === 0 ? "nothing to change" : `to change: ${countText(changes)}`);
  tell(`Not seen here, and not changed:\n${notSeen.map((line) => `  - ${line}`).join("\n")}`);
}

function isOfHookswitch({ intent }: Step): boolean {
  return intent.kind !== "empty" && !(intent.kind === "left" && intent.reason === "not_ours");
}

function finish(planned: Planned, ended: readonly Ended[], io: Io): number {
  const { mode, options, listed, steps } = planned;
  if (options.json) report(planned, ended, io);
  const isDone = ended.every(
    ({ ending }) => ending.kind === "changed" || ending.kind === "already",
  );
  if (ended.length > 0) {
    (options.json ? io.err : io.out)(summaryLine(ended));
    if (!isDone) io.err("what is done stays done: run the same command again to go on");
    else if (mode === "apply") io.err("to take it back: npx hookswitch connect --undo");
  }
  // What still leads to Hookswitch in an outage must not look like success.
  const isStuck =
    mode === "direct" && steps.some((step) => isOfHookswitch(step) && step.intent.kind === "left");
  return isDone && !isStuck && listed.failures.length === 0 ? 0 : 1;
}

function report(
  { mode, credentials, prepared, listed, steps, advice }: Planned,
  ended: readonly Ended[],
  io: Io,
): void {
  const { accountSid } = credentials;
  const failures = listed.failures.map(({ message }) => message);
  io.out(jsonText({ ...prepared, mode, accountSid, steps, ended, advice, failures }));
}

function fail(exitCode: 1 | 2, message: string, io: Io): number {
  io.err(`error: ${oneLine(message)}`);
  return exitCode;
}
