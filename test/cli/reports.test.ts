import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandRig, startCommandRig } from "../support/command-rig.ts";
import { authToken, publicBase } from "../support/rig.ts";
import { formWebhook, sidOf } from "../support/sign.ts";
import { debuggerFields, madeUpPayload } from "../support/twilio-reports.ts";

let at: CommandRig;
let hello: string;
let matched: string;
let unmatched: string;

beforeAll(async () => {
  at = await startCommandRig({}, { debugger: { path: "/debugger", mode: "debugger" } });
  hello = await at.sms("hello");
  matched = await event("hello");
  unmatched = await event("nobody");
});
afterAll(() => at.stop());

/** An event on the message with this text; gives the id of the delivery that brought it. */
async function event(text: string): Promise<string> {
  const payload = madeUpPayload({
    url: `${publicBase}/sms/in`,
    resourceSid: sidOf("SM", text),
    parameters: {},
  });
  const fields = Object.entries(debuggerFields(payload, { Timestamp: new Date().toISOString() }));
  const webhook = formWebhook({ token: authToken, url: `${publicBase}/debugger`, fields });
  return (await at.rig.delivery(await at.rig.deliver(webhook))).id;
}

test("reports lists what Twilio saw, newest first, with what follows from both views", async () => {
  const { exitCode, out } = await at.run(["reports", "--since", "1h"]);
  expect(exitCode).toBe(0);
  const [first, second, third, fourth, ...more] = out.trimEnd().split("\n");
  expect(more).toEqual([]);
  expect(first).toContain(
    `debugger error 11200 ${sidOf("SM", "nobody")}  ${unmatched}, of no delivery`,
  );
  expect(second).toContain("No such webhook is in the log");
  expect(third).toContain(`${matched}, of delivery ${hello}`);
  expect(fourth).toMatch(
    /^ {2}Twilio says 11200 .* Hookswitch answered 200 in \d+ ms: the answer/u,
  );
});

test("reports --unmatched --json gives those of no delivery, one a line", async () => {
  const { out } = await at.run(["reports", "--unmatched", "--json"]);
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ id: unmatched, about: null, no_answer: true }]);
});

test("reports goes on over pages up to its limit", async () => {
  const ended = await at.run(["reports", "--limit", "1"]);
  expect(ended.out).toContain(unmatched);
  expect(ended.out).not.toContain(matched);
  expect(ended.err).toContain("1 shown, and there may be more");
});

test("reports says so where there is none, and what is wrong", async () => {
  expect(await at.run(["reports", "--until", "2026-01-01"])).toMatchObject({
    exitCode: 0,
    out: "",
    err: expect.stringContaining("Twilio has told nothing of the kind"),
  });
  expect((await at.run(["reports", "--since", "soon"])).exitCode).toBe(2);
});

test("show puts Twilio's view beside ours, from either side", async () => {
  const ours = await at.run(["show", hello]);
  expect(ours.out).toMatch(
    /What Twilio saw\n {2}\S+ {2}debugger error 11200 [^\n]*\n {4}Twilio says/u,
  );
  const theirs = await at.run(["show", matched]);
  expect(theirs.out).toContain(`of delivery ${hello}`);
});
