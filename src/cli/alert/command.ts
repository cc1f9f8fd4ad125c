import type { Command } from "commander";
import type { Io } from "../io.ts";
import { askLog } from "../log/client.ts";
import { failureLine } from "../log/failure.ts";
import { findLogServer } from "../log/server.ts";
import { oneLine } from "../printable.ts";
import { readTested, type TestedDestination } from "./tested.ts";

/** What `hookswitch alert test` was told on the command line. */
interface TestOptions {
  readonly url?: string;
  readonly json?: boolean;
}

/** Adds `hookswitch alert` to the command. `end` is told the exit code. */
export function addAlert(program: Command, io: Io, end: (exitCode: number) => void): void {
  const alert = program
    .command("alert")
    .description("Alerts: whether those who are to be told can be told.");
  alert
    .command("test")
    .description("Have a deployment send a test alert to each of its destinations.")
    .option("--url <url>", "the Hookswitch to ask (else HOOKSWITCH_URL, else this machine's)")
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
What is tested is the configuration that is deployed there, [vars.ALERTS] and its secrets.
PagerDuty is sent an incident of severity info, which is resolved at once.

The admin token is read from LOG_ADMIN_TOKEN in the environment, else from .dev.vars in
this folder, else asked for. Exit code: 0 when every destination took it, else 1.

Examples:
  $ npx hookswitch alert test --url https://hooks.example.com
  $ HOOKSWITCH_URL=https://hooks.example.com npx hookswitch alert test --json`,
    )
    .action(async (options: TestOptions) => {
      end(await testAlerts(options, io));
    });
}

async function testAlerts({ url, json }: TestOptions, io: Io): Promise<number> {
  const server = await findLogServer(url, io, "administering");
  if (!server.ok) {
    io.err(`error: ${server.error}`);
    return 2;
  }
  const tested = await askLog(server.value, {
    method: "POST",
    path: "/alerts/test",
    read: readTested,
  });
  if (!tested.ok) {
    const { error } = tested;
    const isNobody = error.reason === "refused" && error.code === "no_alerts";
    const line = isNobody
      ? `${server.value.baseUrl}: ${oneLine(error.message)} Set it (docs/alerts.md) and deploy`
      : failureLine(error, { ...server.value, subject: "the test" });
    io.err(`error: ${line}`);
    return 1;
  }
  const { answer, destinations, problems } = tested.value;
  if (json) io.out(JSON.stringify(answer));
  else {
    for (const each of destinations) io.out(lineOf(each, io));
    for (const { key, message } of problems) {
      io.out(`${io.style("red", "not sent")}  ${oneLine(key)}: ${oneLine(message)}`);
    }
  }
  return problems.length === 0 && destinations.every(({ isSent }) => isSent) ? 0 : 1;
}

function lineOf({ name, isSent, status, detail }: TestedDestination, { style }: Io): string {
  const said = [status === undefined ? "" : String(status), oneLine(detail)].filter(
    (part) => part !== "",
  );
  const word = isSent ? style("green", "sent    ") : style("red", "not sent");
  return `${word}  ${oneLine(name).padEnd(9)}  ${said.join("  ") || "no answer"}`;
}
