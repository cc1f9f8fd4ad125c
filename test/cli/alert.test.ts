import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Ended, startCommand } from "../support/command.ts";
import { closedPort } from "../support/loopback.ts";
import { answer, reset, silence } from "../support/misbehaving-origin.ts";
import { adminToken, logToken, startRig, type Rig } from "../support/rig.ts";

/** The Worker itself, and a receiver that answers as it is told. */
let rig: Rig;
let folder: string;

const address = (): string => `http://127.0.0.1:${rig.worker.plain.port}`;
const alertsTo = (base: string): Record<string, unknown> => ({
  slack: `${base}/slack`,
  pagerduty: { key: "fedcba9876543210fedcba9876543210", url: `${base}/pagerduty` },
});

beforeAll(async () => {
  rig = await startRig({
    hasKv: false,
    origins: (base) => ({ sms: { path: "/sms", url: `${base}/sms` } }),
    vars: (base) => ({ LOG_ADMIN_TOKEN: adminToken, ALERTS: alertsTo(base) }),
  });
});
afterAll(() => rig.stop());

beforeEach(async () => {
  rig.origin.on("/slack", answer({ body: "ok" }));
  rig.origin.on("/pagerduty", answer({ status: 202, body: "Event processed" }));
  folder = await mkdtemp(join(tmpdir(), "hookswitch-alert-"));
});
afterEach(() => rm(folder, { recursive: true }));

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return startCommand(["alert", ...args], { cwd: folder, env }).ended;
}

const alertTest = (...args: readonly string[]): Promise<Ended> =>
  run(["test", ...args], { HOOKSWITCH_URL: address(), LOG_ADMIN_TOKEN: adminToken });

test("alert test says of each destination what it answered", async () => {
  expect(await alertTest()).toEqual({
    exitCode: 0,
    out: "sent      slack      200  ok\nsent      pagerduty  202  Event processed\n",
    err: `asking ${address()} (HOOKSWITCH_URL)\n`,
  });
});

test("alert test ends with 1 when one of them does not take it", async () => {
  rig.origin.on("/slack", answer({ status: 403, body: "invalid_token" }));
  rig.origin.on("/pagerduty", reset, silence);
  const { exitCode, out } = await alertTest();
  expect(exitCode).toBe(1);
  expect(out.split("\n")).toEqual([
    "not sent  slack      403  invalid_token",
    expect.stringMatching(/^not sent {2}pagerduty {2}Network connection lost/),
    "",
  ]);
  expect((await alertTest()).out).toContain("not sent  pagerduty  no answer within 5 s\n");
});

test("alert test --json prints what the API answered", async () => {
  const { exitCode, out } = await alertTest("--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toEqual({
    destinations: [
      { destination: "slack", sent: true, status: 200, detail: "ok" },
      { destination: "pagerduty", sent: true, status: 202, detail: "Event processed" },
    ],
    problems: [],
  });
});

test("alert test reads the admin token from .dev.vars, and takes no reader's", async () => {
  await writeFile(join(folder, ".dev.vars"), `LOG_ADMIN_TOKEN=${adminToken}\n`);
  expect(await run(["test", "--url", address()])).toMatchObject({ exitCode: 0 });
  const asReader = await run(["test", "--url", address()], { LOG_ADMIN_TOKEN: logToken });
  expect(asReader.exitCode).toBe(1);
  expect(asReader.err).toContain("may only read the log");
});

test("alert test tells what is wrong with it: no token, no Hookswitch, no command", async () => {
  expect(await run(["test", "--url", address()])).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining("no admin token: set LOG_ADMIN_TOKEN"),
  });
  const port = await closedPort();
  const env = { LOG_ADMIN_TOKEN: adminToken };
  expect(await run(["test", "--url", `http://127.0.0.1:${port}`], env)).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining("did not answer"),
  });
  expect(await run(["tset"], env)).toMatchObject({ exitCode: 2 });
});

test("alert test says so where nobody is told, or one destination is missing for a mistake", async () => {
  await rig.worker.kill();
  await rig.worker.start({ ALERTS: undefined });
  const none = await alertTest();
  expect(none.exitCode).toBe(1);
  expect(none.err).toContain(
    `error: ${address()}: nobody is told: ALERTS is not set. Set it (docs/alerts.md)`,
  );
  await rig.worker.kill();
  await rig.worker.start({ ALERTS: { ...alertsTo(rig.origin.base), pagerduty: "$NOT_THERE" } });
  expect(await alertTest()).toMatchObject({
    exitCode: 1,
    out:
      "sent      slack      200  ok\n" +
      "not sent  ALERTS.pagerduty: expected the secret NOT_THERE, found none of that name\n",
  });
});
