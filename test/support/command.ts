import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { ownEnv } from "./own-env.ts";

/** The command as a shell starts it. */
export const command = join(import.meta.dirname, "../../bin/hookswitch.mjs");

/** Where and with what the command is run. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What stands on its standard input; nothing by default. */
  readonly input?: string;
}

/** How the command ended. */
export interface Ended {
  /** `null` after a signal that it did not take. */
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command while it runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Lets a Node say that it is too old to run TypeScript: the command then starts the one of the project. */
export const asOldNode: readonly string[] = [
  "--import",
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.9.0"}})',
];

/** Starts the command as a shell would, without a terminal. */
export function startCommand(
  args: readonly string[],
  { cwd, env, input }: Surroundings,
  nodeArgs: readonly string[] = [],
): Running {
  const child = spawn(process.execPath, [...nodeArgs, command, ...args], {
    cwd,
    env: ownEnv(env),
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(input);
  const ended = async (): Promise<Ended> => {
    const [out, err] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return { exitCode: child.exitCode, out, err };
  };
  return { process: child, ended: ended() };
}

/** The command on a terminal of its own. */
export interface OnTerminal {
  /** What the terminal was sent so far, escape sequences included. */
  readonly printed: () => string;
  /** The same without them. */
  readonly shown: () => string;
  readonly type: (keys: string) => void;
  readonly exitCode: Promise<number | null>;
}

/** Whether this machine has the `script` of util-linux, which lends a terminal. */
export const hasTerminals = process.platform === "linux";

/** Starts the command on a terminal, 80 columns wide. */
export function startOnTerminal(args: readonly string[], { cwd, env }: Surroundings): OnTerminal {
  const line = [process.execPath, command, ...args].map((each) => `'${each}'`).join(" ");
  const child = spawn("script", ["-qefc", `stty cols 80; exec ${line}`, "/dev/null"], {
    cwd,
    env: ownEnv({ TERM: "xterm", ...env }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString("utf8")));
  const exitCode = once(child, "close").then(() => child.exitCode);
  return {
    printed: () => printed,
    shown: () => stripVTControlCharacters(printed),
    type: (keys) => void child.stdin.write(keys),
    exitCode,
  };
}
