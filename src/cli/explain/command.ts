import { type Command, InvalidArgumentError, Option } from "commander";
import type { Io } from "../io.ts";
import type { ExplainOptions } from "./explain.ts";

/** Adds `hookswitch explain` to the command. `end` is told the exit code. */
export function addExplain(program: Command, io: Io, end: (exitCode: number) => void): void {
  program
    .command("explain")
    .description("Tell which single change would have made a refused webhook valid.")
    .argument("[id]", "a refused delivery of the log; without one, a request that is pasted")
    .option("--file <file>", "the request is in this file (else on standard input)")
    .addOption(
      new Option("--given <url>", "a URL that Twilio may have been given (repeatable)").argParser(
        givenUrl,
      ),
    )
    .addOption(
      new Option("--scheme <scheme>", "of a pasted raw request, whose URL has none")
        .choices(["https", "http"])
        .default("https"),
    )
    .option("--url <url>", "the Hookswitch to ask (else HOOKSWITCH_URL, else this machine's)")
    .option("--config <file>", "the origins of a pasted request (default: wrangler.toml, if any)")
    .option("--env <name>", "an environment of it, secrets included")
    .option("--json", "print one JSON object, for scripts")
    .addHelpText(
      "after",
      `
With an id the Hookswitch is asked, by LOG_TOKEN or LOG_ADMIN_TOKEN of the environment, else of
.dev.vars in this folder. What is pasted is looked at here, and nothing of it is sent anywhere;
the auth tokens (TWILIO_AUTH_TOKEN, TWILIO_AUTH_TOKEN_AC…, TWILIO_SIGNING_KEYS) are found the
same way. It is one of:
  a raw request       POST /sms HTTP/1.1, its headers, an empty line, its body
  a curl command      curl -X POST https://… -H "X-Twilio-Signature: …" -d …
  a JSON object       {"url": "https://…", "method": "POST", "parameters": {"From": "+1…"},
                       "signature": "…"}; "body" and "headers" in place of "parameters"

Exit code: 0 when it is explained, 1 when it is not, 2 for what cannot be done as it was said.

Examples:
  $ npx hookswitch explain 01M85R4ERE00HACPH6B0CBCHVE
  $ npx hookswitch explain 01M85R4ERE00HACPH6B0CBCHVE --given https://calls.example.com/sms
  $ npx hookswitch explain --file request.txt
  $ pbpaste | npx hookswitch explain --json`,
    )
    .action(async (id: string | undefined, options: ExplainOptions) => {
      // Loaded here: a pasted request may need wrangler, which takes a second to load.
      const { explain } = await import("./explain.ts");
      end(await explain(id, options, io));
    });
}

function givenUrl(text: string, before: readonly string[] | undefined): readonly string[] {
  if (!/^(?:https?|wss?):\/\/[^/]/i.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError("Expected a whole URL, https://…");
  const urls = [...(before ?? []), text.replace(/^ws/i, "http")];
  if (urls.length > 8) throw new InvalidArgumentError("Expected 8 at most.");
  return urls;
}
