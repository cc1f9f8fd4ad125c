import { type Command, InvalidArgumentError } from "commander";
import type { Io } from "../io.ts";
import { type ConnectOptions, parseOnly } from "./choice.ts";

/** Adds `hookswitch connect` to the command. `end` is told the exit code. */
export function addConnect(program: Command, io: Io, end: (exitCode: number) => void): void {
  program
    .command("connect")
    .description(
      "Set Hookswitch as the webhook URL of numbers, Messaging Services and TwiML apps, or take it away.",
    )
    .option("--apply", "set the URLs to Hookswitch, and Twilio's own fallback around it")
    .option("--undo", "put back the old URLs wherever Hookswitch is still set")
    .option("--direct", "set every URL of Hookswitch to its origin's url, by wrangler.toml alone")
    .option("--only <number or sid>", "only this number, service or app (repeatable)", only)
    .option("--account <sid>", "another account than TWILIO_ACCOUNT_SID: a subaccount", accountSid)
    .option(
      "--url <url>",
      "where Twilio reaches Hookswitch (else HOOKSWITCH_URL, else the custom domain)",
    )
    .option(
      "--voice-fallback <url>",
      "Twilio's fallback of calls, such as a TwiML Bin (default: the application)",
    )
    .option("--sms-fallback <url>", "the same of messages")
    .option(
      "--file <file>",
      "where old values are kept (default: .hookswitch-connect/<account>.jsonl)",
    )
    .option("--config <file>", "the configuration file", "wrangler.toml")
    .option("--env <name>", "an environment of it")
    .option("--yes", "do not ask")
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
Without --apply, --undo or --direct it shows what would change. Old values are kept in a
file before the first change; --undo leaves what somebody else has changed since.
--direct needs neither that file nor Cloudflare: it is the way out of an outage.

The account is TWILIO_ACCOUNT_SID. Twilio is asked with TWILIO_API_KEY and
TWILIO_API_KEY_SECRET, else with TWILIO_AUTH_TOKEN; all are read from the environment, else
from .dev.vars in this folder, else the token is asked for. Exit code: 0 when all is as
wanted, 1 when something is not, 2 for what cannot be done as it was said.

Examples:
  $ npx hookswitch connect --url https://hooks.example.com
  $ npx hookswitch connect --url https://hooks.example.com --only +15550001111 --apply
  $ npx hookswitch connect --apply --yes --voice-fallback https://handler.twilio.com/twiml/EH0123
  $ npx hookswitch connect --undo --only +15550001111
  $ npx hookswitch connect --direct --yes`,
    )
    .action(async (options: ConnectOptions) => {
      // Loaded here: wrangler reads wrangler.toml, and Twilio's package takes a tenth of a second.
      const { connect } = await import("./connect.ts");
      end(await connect(options, io));
    });
}

function only(typed: string, before: readonly string[] = []): readonly string[] {
  const found = parseOnly(typed);
  if (found === undefined) {
    throw new InvalidArgumentError(
      "Expected a number such as +15550001111, or a sid PN…, MG… or AP….",
    );
  }
  return [...before, found];
}

function accountSid(typed: string): string {
  if (!/^AC[\da-f]{32}$/i.test(typed)) {
    throw new InvalidArgumentError("Expected AC and 32 hexadecimal digits.");
  }
  return typed;
}
