import { styleText } from "node:util";

/** How a piece of text is shown on a terminal. */
export type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** What a command may touch of the process it runs in, so that a test can stand in for a terminal. */
export interface Io {
  /** Writes one line, or several parted by `\n`, to standard output. */
  readonly out: (line: string) => void;
  /** The same to standard error. */
  readonly err: (line: string) => void;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The current folder, absolute. */
  readonly cwd: string;
  /** Whether somebody can be asked: standard input and standard error are a terminal. */
  readonly isInteractive: boolean;
  /** Styles text for standard output; plain where that is not a terminal or `NO_COLOR` is set. */
  readonly style: (style: Style, text: string) => string;
}

/** What `process` offers. */
export function processIo(): Io {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    cwd: process.cwd(),
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    // Node leaves the text plain by itself where the stream is no terminal, and heeds NO_COLOR.
    style: (style, text) => styleText(style, text, { stream: process.stdout }),
  };
}
