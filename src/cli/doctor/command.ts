import type { Command } from "commander";
import type { Io } from "../io.ts";
import { doctor, type DoctorOptions } from "./doctor.ts";

/** Adds `hookswitch doctor` to the command. `end` is told the exit code. */
export function addDoctor(
  program: Command,
  io: Io,
  end: (exitCode: number) => void,
  accountSid: (text: string) => string,
): void {
  program
    .command("doctor")
    .description(
      "Look at a deployment: is it there, closed, well, and do webhooks arrive as signed.",
    )
    .argument("[url]", "of the deployment (else HOOKSWITCH_URL, else this machine's)")
    .option(
      "--account <sid>",
      "sign probes for this account, with its TWILIO_AUTH_TOKEN_AC…",
      accountSid,
    )
    .option("--probe-origins", "ask the origins of wrangler.toml from here too; see below")
    .option("--config <file>", "with --probe-origins: the configuration file", "wrangler.toml")
    .option("--env <name>", "with --probe-origins: an environment of it")
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
Nothing is sent to your applications: how they answer is read in the log. Signed probes go
to a path that no origin takes, are answered 404, and are in the log as "unrouted"; where an
origin takes every path they are left out. With --probe-origins each origin and fallback URL
of wrangler.toml is asked by OPTIONS whether it is there, and an origin that takes every path
is sent the signed probes.

LOG_TOKEN (or LOG_ADMIN_TOKEN) and TWILIO_AUTH_TOKEN are read from the environment, else from
.dev.vars in this folder, else asked for; without them that part is left out.
Exit code: 0 when nothing failed, warnings or not; 1 when something did; 2 for what cannot be
done as it was said.

Examples:
  $ npx hookswitch doctor https://hooks.example.com
  $ npx hookswitch doctor https://hooks.example.com --probe-origins --env production
  $ npx hookswitch doctor --json | jq '.findings[] | select(.state == "failed")'`,
    )
    .action(async (url: string | undefined, options: DoctorOptions) => {
      end(await doctor(url, options, io));
    });
}
