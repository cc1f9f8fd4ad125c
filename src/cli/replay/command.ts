import type { Command } from "commander";
import type { Io } from "../io.ts";
import type { ReplayOptions } from "./choice.ts";
import { replay } from "./replay.ts";

/** Adds `hookswitch replay` to the command. `end` is told the exit code. */
export function addReplay(program: Command, io: Io, end: (exitCode: number) => void): void {
  program
    .command("replay")
    .description("Send again what is in the log.")
    .argument("[id]", "a delivery; the Worker sends it to the origin that is configured for it")
    .option("--to <url>", "send it from here to this URL instead, signed for it")
    .option("--new-token", "with another idempotency token, for origins that deduplicate")
    .option("--url <url>", "the Hookswitch to ask (else HOOKSWITCH_URL, else this machine's)")
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
The admin token is read from LOG_ADMIN_TOKEN in the environment, else from .dev.vars in
this folder, else asked for. With --to the auth token to sign with (TWILIO_AUTH_TOKEN) is
found the same way, and the parameters of a GET go behind the query of the URL. Exit code: 0 when all was delivered, else 1.

Examples:
  $ npx hookswitch replay 01M85R4ERE00HACPH6B0CBCHVE
  $ npx hookswitch replay 01M85R4ERE00HACPH6B0CBCHVE --to http://localhost:3000/sms
  $ npx hookswitch replay 01M85R4ERE00HACPH6B0CBCHVE --new-token --url https://hooks.example.com`,
    )
    .action(async (id: string | undefined, options: ReplayOptions) => {
      end(await replay(id, options, io));
    });
}
