import { randomUUID } from "node:crypto";
import type { Config, Fallback, OriginConfig, Target } from "../src/config/types.ts";

/** What is needed to tell somebody how to use what has been started. */
export interface Started {
  readonly config: Config;
  /** `http://127.0.0.1:8787`. */
  readonly proxy: string;
  /** `http://127.0.0.1:8788`. */
  readonly app: string;
  /** As somebody would type them in the folder that the command runs in. */
  readonly secretsFile: string;
  readonly stateFolder: string;
  /** Whether the secrets were written just now. */
  readonly isNew: boolean;
  /** Names of the secrets that are taken from the environment. */
  readonly fromEnvironment: readonly string[];
}

/** Where everything listens, what is forwarded where, and lines to copy and paste. */
export function instructions(started: Started): readonly string[] {
  const { proxy, app, secretsFile, stateFolder, isNew, fromEnvironment } = started;
  return [
    "",
    `Hookswitch    ${proxy}`,
    `Log           ${proxy}/_log  (sign in with LOG_TOKEN or LOG_ADMIN_TOKEN)`,
    `Application   ${app}  (example/app.ts)`,
    `Secrets       ${secretsFile}${isNew ? "  (written just now, random)" : ""}`,
    ...(fromEnvironment.length === 0
      ? []
      : [`Environment   ${fromEnvironment.join(", ")}  (win over ${secretsFile})`]),
    `Storage       ${stateFolder}`,
    "",
    "Origins",
    ...originLines(started.config.origins),
    "",
    "To copy into another terminal, in this folder:",
    ...commands(started),
    "",
    "Ctrl-C ends all. Webhooks as they come in:",
    "",
  ];
}

function originLines(origins: readonly OriginConfig[]): readonly string[] {
  const rows = origins.map(({ name, route, target, fallback, queue }) => [
    name,
    `${route.host ?? ""}${route.typedPath}${route.kind === "prefix" ? "*" : ""}`,
    `-> ${targetText(target)}`,
    queue === undefined ? fallbackText(fallback) : "queued",
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}

function targetText({ base, path, isPrefix }: Target): string {
  return `${base}${path}${isPrefix ? "*" : ""}`;
}

function fallbackText(fallback: Fallback): string {
  switch (fallback.kind) {
    case "none":
      return "";
    case "url":
      return `else ${targetText(fallback.target)}${fallback.twiml === undefined ? "" : ", else fixed TwiML"}`;
    case "twiml":
      return "else fixed TwiML";
  }
}

/** Lines for those origins that lead to the example application, and for the log where it is open. */
function commands({ config, proxy, app, secretsFile }: Started): readonly string[] {
  const hookswitch =
    secretsFile === ".dev.vars" || config.keys.defaultTokens.length === 0
      ? "npx hookswitch"
      : `TWILIO_AUTH_TOKEN=${secretFrom(secretsFile, "TWILIO_AUTH_TOKEN")} npx hookswitch`;
  const log = `curl -s -H "Authorization: Bearer ${secretFrom(secretsFile, "LOG_TOKEN")}"`;
  const urlOf = (path: string): string | undefined => {
    const origin = config.origins.find(
      ({ route, target }) =>
        route.host === undefined && target.base === app && target.path.replace(/\/$/, "") === path,
    );
    return origin && proxy + origin.route.typedPath.replace(/\/$/, "");
  };

  const lines: string[] = [];
  const add = (what: string, ...commandLines: readonly string[]): void =>
    void lines.push("", `  # ${what}`, ...commandLines.map((line) => `  ${line}`));

  const sms = urlOf("/sms");
  if (sms !== undefined) {
    const first = `${hookswitch} send sms ${sms} --body "Hello" --token-id ${randomUUID()}`;
    add("a message, signed as Twilio does", first);
    add("the same again: the stored answer, and the application does not see it", first);
    add("a forged one: refused", `${hookswitch} send sms ${sms} --forge`);
  }
  const voice = urlOf("/voice");
  if (voice !== undefined) {
    add(
      "a call, and a key pressed in its menu",
      `${hookswitch} send voice ${voice}`,
      `${hookswitch} send voice ${voice}/menu --param Digits=1`,
    );
  }
  const status = urlOf("/status");
  if (status !== undefined) {
    add(
      "a message status: acknowledged at once, delivered then",
      `${hookswitch} send status ${status}`,
    );
    add(
      "three that the application does not take: they are queued",
      `curl -s -X POST "${app}/_fail"`,
      `for n in 1 2 3; do ${hookswitch} send status ${status}; done`,
    );
    if (config.logAccess.token !== undefined)
      add("what waits, and for what", `${log} "${proxy}/_log/deliveries?outcome=queued"`);
    add("mended: they are delivered, within seconds", `curl -s -X POST "${app}/_mend"`);
  }
  const events = urlOf("/events");
  if (events !== undefined) add("an event, as JSON", `${hookswitch} send json ${events}`);
  if (sms !== undefined) {
    add(
      "one while the application is down, for 20 s: the fallback",
      `curl -s -X POST "${app}/_off?seconds=20" && ${hookswitch} send sms ${sms}`,
    );
  }
  if (config.logAccess.token !== undefined) {
    add(
      "the log: the newest, those refused, one in full by its delivery id, and how all is",
      `${log} "${proxy}/_log/deliveries?limit=5"`,
      `${log} "${proxy}/_log/deliveries?outcome=refused"`,
      `ID=...; ${log} "${proxy}/_log/deliveries/$ID"`,
      `${log} "${proxy}/_log/health"`,
    );
  }
  return lines;
}

/**
 * Has the shell read a secret, so that it stands neither here nor in the shell's history. Node reads the
 * file as the Worker's is read, with quotes and comments, and the environment before it.
 */
function secretFrom(file: string, name: string): string {
  const quoted = /^[\w./-]+$/u.test(file) ? file : `'${file}'`;
  return `$(node --env-file=${quoted} -p process.env.${name})`;
}
