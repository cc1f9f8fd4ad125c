import { createInterface } from "node:readline";
import { styleText } from "node:util";

/** How a piece of text is shown on a terminal. */
export type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** A terminal on which a line can be drawn again and again. */
export interface Screen {
  /** How wide it is just now, ≥ 1; 80 where it does not tell. */
  readonly columns: () => number;
  /** Draws a line in place of the one before; the cursor stays on it. Shorter than the screen is wide. */
  readonly redraw: (line: string) => void;
}

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
  /** The next line of standard input, without its end; `undefined` when there is none any more. */
  readonly readLine: () => Promise<string | undefined>;
  /** Standard error as a terminal; `undefined` where it is none, or can draw nothing. */
  readonly screen: Screen | undefined;
  /** Has Ctrl-C, or a SIGTERM, call this instead of ending the process; what it returns undoes that. */
  readonly onInterrupt: (handler: () => void) => () => void;
  /** Calls this once nobody reads standard output any more, as behind `| head`. */
  readonly onReaderGone: (handler: () => void) => void;
  /** Styles text for standard output; plain where that is not a terminal or `NO_COLOR` is set. */
  readonly style: (style: Style, text: string) => string;
}

const INTERRUPTS = ["SIGINT", "SIGTERM"] as const;

/** What `process` offers. */
export function processIo(): Io {
  let lines: AsyncIterator<string> | undefined;
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    cwd: process.cwd(),
    isInteractive: process.stdin.isTTY && process.stderr.isTTY,
    readLine: async () => {
      lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
      const { value, done } = await lines.next();
      return done === true ? undefined : value;
    },
    screen:
      process.stderr.isTTY && process.env["TERM"] !== "dumb" ? screenOn(process.stderr) : undefined,
    onInterrupt: (handler) => {
      for (const signal of INTERRUPTS) process.on(signal, handler);
      return () => {
        for (const signal of INTERRUPTS) process.off(signal, handler);
      };
    },
    onReaderGone: (handler) => void process.stdout.once("error", handler),
    // Node leaves the text plain by itself where the stream is no terminal, and heeds NO_COLOR.
    style: (style, text) => styleText(style, text, { stream: process.stdout }),
  };
}

function screenOn(stream: NodeJS.WriteStream): Screen {
  return {
    columns: () => stream.columns || 80,
    // To the start of the line, the text, and away with what is left of the one before.
    redraw: (line) => void stream.write(`\r${line}\u001b[K`),
  };
}
