import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import type { CheckOptions } from "./check.ts";
import { addConnect } from "./connect/command.ts";
import { addAlert } from "./alert/command.ts";
import { addCost } from "./cost/command.ts";
import { addInit } from "./init/command.ts";
import { addDoctor } from "./doctor/command.ts";
import { addErase } from "./erase/command.ts";
import { addExplain } from "./explain/command.ts";
import { type Io, processIo } from "./io.ts";
import { type Product, products } from "./products.ts";
import { addKeys } from "./keys/command.ts";
import { addLog, addReports } from "./log/command.ts";
import { addReplay } from "./replay/command.ts";
import { addTail } from "./tail/command.ts";
import { send, type SendOptions } from "./send.ts";

/** What the command ended with, for the shell. */
const exitCodes = {
  /** Also for whatever the subcommands found wrong: a problem, a webhook that was not accepted. */
  negative: 1,
  wrongUse: 2,
} as const;

/**
 * Runs `hookswitch` with the arguments of the command line.
 *
 * @returns The exit code: 0 for a good result, 1 for a bad one, 2 for a command line that cannot be
 *   done. Whatever is wrong is one line on standard error; it never throws.
 */
export async function runCommand(args: readonly string[], io: Io = processIo()): Promise<number> {
  let exitCode = 0;
  const program = hookswitch(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has written its message already; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.wrongUse;
    io.err(`error: ${error instanceof Error ? error.message : String(error)}`);
    return exitCodes.negative;
  }
}

function hookswitch(io: Io, end: (exitCode: number) => void): Command {
  const program = new Command("hookswitch")
    .description(
      "Sets Hookswitch up in front of your Twilio webhooks, looks after it, reads its log, and sends webhooks to it.",
    )
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      outputError: (text, write) => write(text.trimEnd().replaceAll("\n", " ")),
    })
    .showHelpAfterError(false);

  addInit(program, io, end);

  program
    .command("send")
    .description("Sign a realistic webhook of a product as Twilio does, send it, show the answer.")
    .addArgument(
      new Argument(
        "<product>",
        "an incoming message or call, a message status, an event as JSON",
      ).choices(products),
    )
    .argument("<url>", "where to; signed and sent as typed")
    .option("--get", "send it by GET, all parameters in the query")
    .option("--repeat <n>", "send the very same webhook n times more, with the same token", count)
    .option("--parallel", "with --repeat: all at once, not one after the other")
    .option(
      "--token-id, --idempotency-token <token>",
      "the idempotency token; the same command with the same token is the same webhook",
      headerValue,
    )
    .option("--tamper", "change one byte after signing: of the body, by GET of the query")
    .option("--forge", "sign with a random key: what somebody without your token can send")
    .option("--signing-key <sid>", "sign with this key of TWILIO_SIGNING_KEYS", headerValue)
    .option("--sign-url <url>", "sign for this public URL instead of the one that is sent to")
    .addOption(
      new Option(
        "--param <name=value>",
        "set or add a parameter; of json a field of data (repeatable)",
      )
        .argParser(parameter)
        .default(undefined),
    )
    .option(
      "--account <sid>",
      "AccountSid; its TWILIO_AUTH_TOKEN_AC… is used if there is one",
      accountSid,
    )
    .option("--from <number>", "number or address it comes from")
    .option("--to <number>", "number or address it goes to")
    .option("--body <text>", "text of the message; of json the whole body")
    .option("--show-request", "print the signed request as well")
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
The auth token is read from TWILIO_AUTH_TOKEN in the environment, else from .dev.vars in
this folder, else asked for. Exit code: 0 when answered below 400, else 1.

Examples:
  $ npx hookswitch send sms http://127.0.0.1:8787/sms --body "Hello"
  $ npx hookswitch send sms http://127.0.0.1:8787/sms --repeat 5 --parallel
  $ npx hookswitch send voice https://hooks.example.com/voice --get
  $ npx hookswitch send status http://127.0.0.1:8787/status --param MessageStatus=failed --param ErrorCode=30003
  $ npx hookswitch send json http://127.0.0.1:8787/events --json
  $ npx hookswitch send sms http://127.0.0.1:8787/sms --forge`,
    )
    .action(async (product: Product, url: string, options: SendOptions) => {
      end(await send(product, url, options, io));
    });

  program
    .command("check")
    .description("Check the configuration: everything that is wrong, each by its key.")
    .option("--config <file>", "the configuration file", "wrangler.toml")
    .option("--env <name>", "an environment of it, secrets included")
    .option("--url <url>", "tell which origin this URL meets")
    .option("--deployed", "ask Cloudflare, by wrangler, which secrets the deployed Worker has")
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
An environment is a Worker of its own: of the file it inherits neither vars nor bindings,
and it has its own secrets. Secrets are looked for on this machine (environment, else
.dev.vars.<name>, else .dev.vars), with --deployed on Cloudflare, by their names.
Exit code: 0 when nothing is wrong, else 1; warnings change nothing.

Examples:
  $ npx hookswitch check
  $ npx hookswitch check --env production --deployed
  $ npx hookswitch check --url https://hooks.example.com/voice/menu`,
    )
    .action(async (options: CheckOptions) => {
      // Loaded here: it reads wrangler.toml with wrangler, which takes a second to load.
      const { check } = await import("./check.ts");
      end(await check(options, io));
    });

  addDoctor(program, io, end, accountSid);
  addLog(program, io, end);
  addReports(program, io, end);
  addTail(program, io, end);
  addExplain(program, io, end);
  addReplay(program, io, end);
  addErase(program, io, end);
  addKeys(program, io, end);
  addConnect(program, io, end);
  addCost(program, io, end);
  addAlert(program, io, end);

  program.addHelpText(
    "after",
    `
Examples:
  $ npx hookswitch init
  $ npx hookswitch send sms http://127.0.0.1:8787/sms
  $ npx hookswitch check
  $ npx hookswitch doctor https://hooks.example.com
  $ npx hookswitch tail --outcome failed
  $ npx hookswitch log --since 15m
  $ npx hookswitch show 01M85R4ERE00HACPH6B0CBCHVE
  $ npx hookswitch explain 01M85R4ERE00HACPH6B0CBCHVE
  $ npx hookswitch replay 01M85R4ERE00HACPH6B0CBCHVE
  $ npx hookswitch cost --per-day 20000 --mode respond
  $ npx hookswitch alert test --url https://hooks.example.com`,
  );
  return program;
}

function count(text: string): number {
  const number = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (number < 1) throw new InvalidArgumentError("Expected a whole number from 1 to 99999.");
  return number;
}

function headerValue(text: string): string {
  if (!/^[\x21-\x7e]+$/u.test(text)) {
    throw new InvalidArgumentError("Expected visible ASCII characters without spaces.");
  }
  return text;
}

function accountSid(text: string): string {
  if (!/^AC[\da-f]{32}$/iu.test(text)) {
    throw new InvalidArgumentError("Expected AC and 32 hexadecimal digits.");
  }
  return text;
}

function parameter(
  text: string,
  before: readonly (readonly [string, string])[] | undefined,
): readonly (readonly [string, string])[] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("Expected Name=value.");
  return [...(before ?? []), [text.slice(0, equals), text.slice(equals + 1)]];
}
