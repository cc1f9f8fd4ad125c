import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  asOldNode,
  type Ended,
  hasTerminals,
  type OnTerminal,
  type Running,
  startCommand,
  startOnTerminal,
  type Surroundings,
} from "../support/command.ts";
import { eventually } from "../support/eventually.ts";
import { type LogApi, type PlanEnd, problem, startLogApi } from "../support/log-api.ts";

let api: LogApi;
let folder: string;

beforeAll(async () => {
  api = await startLogApi();
});

afterAll(() => api.stop());

beforeEach(async () => {
  api.reset();
  folder = await mkdtemp(join(tmpdir(), "hookswitch-replay-"));
});

afterEach(() => rm(folder, { recursive: true }));

/** In the test's empty folder, with address and token of the stand-in. */
function surroundings(): Surroundings {
  return { cwd: folder, env: { HOOKSWITCH_URL: api.base, LOG_ADMIN_TOKEN: api.token } };
}

/** Runs the command without a terminal. */
function replay(...args: readonly string[]): Promise<Ended> {
  return startCommand(["replay", ...args], surroundings()).ended;
}

function onTerminal(...args: readonly string[]): OnTerminal {
  return startOnTerminal(["replay", ...args], surroundings());
}

/** Lets the next plan be of the origin `sms`, with these ends. */
function plan(...ends: readonly PlanEnd[]): void {
  api.plannedEnds = ends.map((end) => ["sms", end]);
}

function pathsAsked(method: string): readonly string[] {
  return api.asked.filter((asked) => asked.method === method).map(({ path }) => path);
}

const planId = "01M85R4ERE00PLAN0";

test("replay --outcome --since makes a plan, shows it, runs it and tells how it ended", async () => {
  api.plannedEnds = [
    ["sms", "delivered"],
    ["status", "delivered"],
    ["sms", "delivered"],
  ];
  const { exitCode, out, err } = await replay("--outcome", "dead", "--since", "2h", "--yes");
  expect(out).toBe(
    [
      `Plan ${planId}  planned`,
      "  chosen by   outcome=dead since=2h",
      "  deliveries  3",
      "  origins     sms 2, status 1",
      "  oldest      2026-11-24T01:00:00.000Z",
      "  newest      2026-11-24T02:30:00.000Z",
      "done: all 3: 3 delivered, 0 failed, 0 skipped",
      "",
    ].join("\n"),
  );
  expect(err).toBe(
    `asking ${api.base} (HOOKSWITCH_URL)\n0 of 3: 0 delivered, 0 failed, 0 skipped\n`,
  );
  expect(exitCode).toBe(0);
  expect(pathsAsked("POST")).toEqual([
    "/_log/replays?outcome=dead&since=2h",
    `/_log/replays/${planId}/run?rate=10`,
  ]);
});

test("replay passes on every filter as the API spells it, and the rate", async () => {
  plan("delivered");
  const account = `AC${"12".repeat(16)}`;
  const filters = ["--origin", "sms & more", "--until", "1h", "--sid", "CA1", "--account", account];
  const numbers = ["--http-status", "502", "--error-code", "11200", "--min-ms", "5"];
  const more = ["--twilio-status", "sent", "--rate", "100", "--yes"];
  const ended = await replay(...filters, ...numbers, ...more);
  expect(ended).toMatchObject({ exitCode: 0 });
  const [made = "", run] = pathsAsked("POST");
  expect(Object.fromEntries(new URL(made, api.base).searchParams)).toEqual({
    origin: "sms & more",
    until: "1h",
    sid: "CA1",
    account,
    twilio_status: "sent",
    http_status: "502",
    error_code: "11200",
    min_ms: "5",
  });
  expect(run).toBe(`/_log/replays/${planId}/run?rate=100`);
});

test("replay --all has no filter", async () => {
  plan("delivered");
  expect(await replay("--all", "--yes")).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining("all that is in the log"),
  });
  expect(pathsAsked("POST")[0]).toBe("/_log/replays");
});

for (const end of ["failed", "skipped"] as const) {
  test(`replay ends with 1 when one was ${end}`, async () => {
    plan("delivered", end);
    const { exitCode, out } = await replay("--outcome", "dead", "--yes");
    expect(exitCode).toBe(1);
    expect(out).toContain("done: all 2: 1 delivered, ");
    expect(out).toContain(`1 ${end}`);
  });
}

test("replay without a terminal and without --yes says so, and runs nothing", async () => {
  plan("delivered");
  const { exitCode, out, err } = await replay("--outcome", "dead");
  expect(exitCode).toBe(2);
  expect(out).toContain("deliveries  1");
  expect(err).toContain("error: nothing was sent, there is no terminal to ask on: say --yes");
  expect(err).toContain(`to run this plan: npx hookswitch replay --resume ${planId}\n`);
  expect(pathsAsked("POST")).toHaveLength(1);
});

test("replay of nothing runs nothing, and ends with 0", async () => {
  const { exitCode, out } = await replay("--outcome", "dead");
  expect(exitCode).toBe(0);
  expect(out).toContain("  deliveries  0\nnothing to send\n");
  expect(pathsAsked("POST")).toHaveLength(1);
});

test("replay --json prints the plan as it ended, and nothing else", async () => {
  plan("delivered", "failed");
  const { exitCode, out, err } = await replay("--outcome", "dead", "--yes", "--json");
  expect(exitCode).toBe(1);
  expect(JSON.parse(out)).toEqual({ ...api.plans.get(planId) });
  expect(JSON.parse(out)).toMatchObject({ state: "done", delivered: 1, failed: 1, rate: 10 });
  expect(err).toContain("deliveries  2");
});

test("replay --json that was not run prints the plan as it is", async () => {
  plan("delivered");
  const { exitCode, out } = await replay("--outcome", "dead", "--json");
  expect({ exitCode, ...JSON.parse(out) }).toMatchObject({ exitCode: 2, state: "planned" });
});

test("replay goes on watching through a deploy", async () => {
  plan("delivered", "delivered", "delivered");
  const running = replay("--outcome", "dead", "--yes");
  await eventually("the plan to run", () => api.plans.get(planId)?.state === "running");
  api.instead.push(
    (_request, response) => problem(response, 503, "ledger_unreachable", "Try again."),
    (request) => request.socket.destroy(),
  );
  expect(await running).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining("done: all 3"),
  });
  expect(api.instead).toEqual([]);
});

test("replay that loses its plan tells so, and how far it was", async () => {
  plan("delivered");
  api.perLook = 0;
  const running = replay("--outcome", "dead", "--yes");
  await eventually("the plan to run", () => api.plans.get(planId)?.state === "running");
  api.plans.clear();
  const { exitCode, out, err } = await running;
  expect(exitCode).toBe(1);
  expect(err).toContain(`error: plan ${planId} is not in the log`);
  expect(err).toContain(`to go on: npx hookswitch replay --resume ${planId}\n`);
  expect(out).toContain("running: 0 of 1");
});

/** A plan of three that `--yes` would have run. */
async function planned(): Promise<void> {
  plan("delivered", "delivered", "delivered");
  await replay("--outcome", "dead");
  api.asked.length = 0;
}

for (const state of ["planned", "cancelled", "running"] as const) {
  test(`replay --resume runs a plan that is ${state}, and follows it`, async () => {
    await planned();
    const made = api.plans.get(planId);
    if (made !== undefined) Object.assign(made, { state, sent: 1, delivered: 1, rate: 7 });
    api.perLook = 1; // a running one has gone on by the first look
    const { exitCode, out } = await replay("--resume", planId);
    expect(exitCode).toBe(0);
    expect(out).toContain(`Plan ${planId}  ${state}\n`);
    expect(out).toMatch(/\n {2}so far {6}(\d): \1 delivered, 0 failed, 0 skipped\n/u);
    expect(out.endsWith("done: all 3: 3 delivered, 0 failed, 0 skipped\n")).toBe(true);
    expect(pathsAsked("POST")).toEqual([`/_log/replays/${planId}/run?rate=7`]);
  });
}

for (const [what, more, rate] of [
  ["--rate 3", ["--rate", "3"], 3],
  ["no rate, of a plan that has none,", [], 10],
] as const) {
  test(`replay --resume with ${what} asks for ${rate} a second`, async () => {
    await planned();
    await replay("--resume", planId, ...more);
    expect(pathsAsked("POST")).toEqual([`/_log/replays/${planId}/run?rate=${rate}`]);
  });
}

test("replay --resume of a plan that is done tells how it ended, and runs nothing", async () => {
  await planned();
  await replay("--resume", planId);
  api.asked.length = 0;
  expect(await replay("--resume", planId)).toMatchObject({
    exitCode: 0,
    out: "done: all 3: 3 delivered, 0 failed, 0 skipped\n",
  });
  expect(pathsAsked("POST")).toEqual([]);
});

test("replay --resume of a plan that there is not is one line", async () => {
  const { exitCode, out, err } = await replay("--resume", "P9");
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
  expect(err).toContain("error: plan P9 is not in the log");
});

test("replay tells the address again where it was named", async () => {
  plan("delivered");
  const { err } = await replay("--outcome", "dead", "--url", api.base);
  expect(err).toContain(`--resume ${planId} --url ${api.base}\n`);
});

test("replay ends with 1 when somebody else cancels its plan", async () => {
  plan("delivered", "delivered");
  api.perLook = 0;
  const running = replay("--outcome", "dead", "--yes");
  const made = await eventually("the plan to run", () => {
    const one = api.plans.get(planId);
    return one?.state === "running" && one;
  });
  made.state = "cancelled";
  const { exitCode, out, err } = await running;
  expect(exitCode).toBe(1);
  expect(out).toContain("cancelled: 0 of 2");
  expect(err).toContain(`to go on: npx hookswitch replay --resume ${planId}\n`);
});

test("replay tells when no plan can be made", async () => {
  api.instead.push((_request, response) => problem(response, 503, "ledger_unreachable", "No."));
  const { exitCode, out, err } = await replay("--outcome", "dead", "--yes");
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
  expect(err).toMatch(/^asking .*\nerror: .*cannot reach its ledger \(503\).*\n$/u);
});

/** A plan of two that runs and does not end by itself, followed by the command. */
async function runningOne(
  more: readonly string[] = [],
  nodeArgs: readonly string[] = [],
): Promise<Running> {
  plan("delivered", "delivered");
  api.perLook = 0;
  const args = ["replay", "--outcome", "dead", "--yes", ...more];
  const running = startCommand(args, surroundings(), nodeArgs);
  await eventually("the plan to be followed", () => pathsAsked("GET").length > 0);
  return running;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`replay cancels its plan at a ${signal}, and says how to go on`, async () => {
    const { process, ended } = await runningOne();
    process.kill(signal);
    const { exitCode, out, err } = await ended;
    expect(exitCode).toBe(1);
    expect(err).toContain("cancelling the plan\n");
    expect(err).toContain(`to go on: npx hookswitch replay --resume ${planId}\n`);
    expect(out.endsWith("cancelled: 0 of 2: 0 delivered, 0 failed, 0 skipped\n")).toBe(true);
    expect(api.plans.get(planId)?.state).toBe("cancelled");
    api.perLook = 2;
    expect(await replay("--resume", planId)).toMatchObject({ exitCode: 0 });
  });
}

test("replay takes the signal that npx passes on for the same Ctrl-C", async () => {
  const { process, ended } = await runningOne();
  api.insteadOfCancel.push((_request, response) => {
    process.kill("SIGINT");
    // Answered when the signal is sure to have come.
    setTimeout(() => problem(response, 503, "ledger_unreachable", "Try again."), 200);
  });
  process.kill("SIGINT");
  expect(await ended).toMatchObject({ exitCode: 1, out: expect.stringContaining("cancelled: 0") });
});

test("replay is waited for when an older Node has started it", async () => {
  const { process, ended } = await runningOne([], asOldNode);
  process.kill("SIGINT");
  expect(await ended).toMatchObject({ exitCode: 1, out: expect.stringContaining("cancelled: 0") });
});

test("replay --json that is interrupted prints the plan as it is", async () => {
  const { process, ended } = await runningOne(["--json"]);
  process.kill("SIGINT");
  const { exitCode, out } = await ended;
  expect({ exitCode, ...JSON.parse(out) }).toMatchObject({ exitCode: 1, state: "cancelled" });
});

test("replay cancels again when that was not heard", async () => {
  const { process, ended } = await runningOne();
  api.insteadOfCancel.push(
    (_request, response) => problem(response, 503, "ledger_unreachable", "Try again."),
    (request) => request.socket.destroy(),
  );
  process.kill("SIGINT");
  expect(await ended).toMatchObject({ exitCode: 1, out: expect.stringContaining("cancelled: 0") });
});

test("replay that cannot cancel says that the plan may go on", async () => {
  const { process, ended } = await runningOne();
  api.insteadOfCancel.push((_request, response) => problem(response, 401, "unauthorized", "No."));
  process.kill("SIGINT");
  const { exitCode, out, err } = await ended;
  expect(exitCode).toBe(1);
  expect(err).toContain("(401)");
  expect(err).toContain("the plan may go on without anybody who watches\n");
  expect(err).toContain(`to go on: npx hookswitch replay --resume ${planId}\n`);
  expect(out).toContain("running: 0 of 2");
});

test("replay leaves at another Ctrl-C when cancelling takes its time", async () => {
  const { process, ended } = await runningOne();
  api.insteadOfCancel.push(() => {}); // Never answered.
  process.kill("SIGINT");
  await eventually("the plan to be cancelled", () => pathsAsked("POST").length === 3);
  const pressing = setInterval(() => process.kill("SIGINT"), 200);
  const { exitCode, err } = await ended;
  clearInterval(pressing);
  expect(exitCode).toBe(1);
  expect(err).toContain("the plan may go on without anybody who watches\n");
});

test("replay whose plan is done when it is cancelled ends as if it had not been", async () => {
  const { process, ended } = await runningOne();
  const done = api.plans.get(planId);
  api.insteadOfCancel.push((_request, response) => {
    if (done !== undefined) Object.assign(done, { state: "done", sent: 2, delivered: 2 });
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(done));
  });
  process.kill("SIGINT");
  expect(await ended).toMatchObject({ exitCode: 0, out: expect.stringContaining("done: all 2") });
});

for (const [what, args, message] of [
  ["no filter", ["--yes"], "--all"],
  ["a filter given twice", ["--origin", "sms", "--origin", "status"], "once"],
  ["an empty filter", ["--origin", ""], "expected a value"],
  ["an outcome that there is not", ["--outcome", "lost"], "one of answered"],
  ["an age that is none", ["--since", "yesterday"], "a date such as"],
  ["a rate of zero", ["--all", "--rate", "0"], "1 to 100"],
  ["a rate of 101", ["--all", "--rate", "101"], "1 to 100"],
  ["an id and a filter", ["01M85R4ERE00HACPH6B0CBCHVE", "--since", "2h"], "an id does not go"],
] as const) {
  test(`replay with ${what} is wrong use, told in one line`, async () => {
    const { exitCode, out, err } = await replay(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(/^error: .*\n$/u);
    expect(err).toContain(message);
    expect(api.asked).toEqual([]);
  });
}

test.skipIf(!hasTerminals)("replay on a terminal asks, and draws a bar in place", async () => {
  plan("delivered", "delivered", "delivered");
  const { printed, shown, type, exitCode } = onTerminal("--outcome", "dead", "--rate", "20");
  await eventually("the question", () => shown().includes("again at 20 a second? (y/N)"));
  expect(pathsAsked("POST")).toHaveLength(1);
  type("y\n");
  expect(await exitCode).toBe(0);
  expect(shown()).toMatch(/\r\[#+\.+\] {2}2\/3 {2}2 delivered, 0 failed, 0 skipped.*\r/u);
  expect(printed()).toContain("\r\u001b[Kdone");
  const last = shown()
    .trimEnd()
    .split(/[\r\n]+/u)
    .at(-1);
  expect(last).toBe("done: all 3: 3 delivered, 0 failed, 0 skipped");
});

for (const [what, keys] of [
  ["Enter alone", "\n"],
  ["n", "n\n"],
  ["Ctrl-C", "\u0003"],
] as const) {
  test.skipIf(!hasTerminals)(`replay on a terminal takes ${what} for no`, async () => {
    plan("delivered");
    const { shown, type, exitCode } = onTerminal("--outcome", "dead");
    await eventually("the question", () => shown().includes("(y/N)"));
    type(keys);
    expect(await exitCode).toBe(1);
    expect(shown()).toContain("nothing was sent");
    expect(pathsAsked("POST")).toHaveLength(1);
  });
}

test.skipIf(!hasTerminals)("replay on a terminal cancels its plan at Ctrl-C", async () => {
  plan("delivered", "delivered");
  api.perLook = 0;
  const { shown, type, exitCode } = onTerminal("--outcome", "dead", "--yes");
  await eventually("the bar", () => shown().includes("0/2"));
  type("\u0003");
  expect(await exitCode).toBe(1);
  expect(shown()).toContain("cancelling the plan");
  expect(shown()).toContain(`--resume ${planId}`);
  expect(api.plans.get(planId)?.state).toBe("cancelled");
});
