import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startBreakingProxy } from "../support/breaking-proxy.ts";
import { command, startCommand, type Running } from "../support/command.ts";
import { type CommandRig, startCommandRig } from "../support/command-rig.ts";
import { eventually } from "../support/eventually.ts";
import { startLogApi } from "../support/log-api.ts";
import { ownEnv } from "../support/own-env.ts";

let at: CommandRig;
const running: Running[] = [];

beforeAll(async () => {
  at = await startCommandRig();
});
afterEach(async () => {
  for (const { process, ended } of running.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => at.stop());

interface Tail extends Running {
  readonly out: string[];
  readonly err: string[];
  /** Waits for a line with a text. */
  readonly shows: (text: string) => Promise<string>;
}

function tail(args: readonly string[], env: Readonly<Record<string, string>> = {}): Tail {
  const { cwd } = at.surroundings;
  const started = startCommand(["tail", ...args], { cwd, env: { ...at.surroundings.env, ...env } });
  running.push(started);
  const [out, err]: [string[], string[]] = [[], []];
  for (const [stream, lines] of [
    [started.process.stdout, out],
    [started.process.stderr, err],
  ] as const) {
    if (stream !== null) createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  const shows = (text: string): Promise<string> =>
    eventually(`tail shows ${text}`, () => [...out, ...err].find((line) => line.includes(text)));
  return { ...started, out, err, shows };
}

test("tail shows a line a webhook as it comes in, below those before, and ends with 0 at Ctrl-C", async () => {
  const before = await at.sms("before");
  const { shows, out, process, ended } = tail([]);
  const old = await shows(before);
  expect(out[0]).toMatch(/^UTC +outcome +http +took +origin +delivery +webhook$/u);
  const id = await at.sms("now", { path: "/broken" });
  const line = await shows(id);
  expect(line).toMatch(/ failed +502 .* broken .* POST \/broken received {2}11217 /u);
  // One below the other.
  expect(line.indexOf(id)).toBe(old.indexOf(before));
  process.kill("SIGINT");
  expect((await ended).exitCode).toBe(0);
});

test("tail shows a queued webhook again when it is delivered", async () => {
  const { shows, out } = tail(["--last", "0", "--origin", "status"]);
  await shows("delivery");
  const id = await at.sms("queued", { path: "/status" });
  await eventually("it is delivered", () =>
    out.some((line) => line.includes(" delivered ") && line.includes(id)),
  );
});

test("tail --json prints rows of the API and nothing else, by the list's filters", async () => {
  const { out, err } = tail(["--json", "--last", "1", "--outcome", "answered"]);
  await eventually("one of before", () => out.length === 1);
  const other = await at.sms("not wanted", { path: "/broken" });
  const id = await at.sms("wanted");
  await eventually("the wanted one", () => out.length > 1);
  const rows: readonly Record<string, unknown>[] = out.map((line) => JSON.parse(line));
  expect(rows[1]).toMatchObject({ id, outcome: "answered", origin: "sms" });
  expect(out.join("\n")).not.toContain(other);
  expect(err).toEqual([`asking ${at.base} (HOOKSWITCH_URL)`]);
});

test("tail goes on after a break: what came meanwhile is shown, and nothing twice", async () => {
  const proxy = await startBreakingProxy(at.rig.worker.plain.port);
  try {
    const { shows, out } = tail(["--last", "0"], {
      HOOKSWITCH_URL: `http://127.0.0.1:${proxy.port}`,
    });
    await shows("delivery");
    const ids = [await at.sms("one"), await at.sms("two")];
    await shows(ids[1] ?? "");
    for (const text of ["three", "four"]) {
      proxy.break();
      await shows("connection lost: ");
      ids.push(await at.sms(text));
      proxy.mend();
      await shows(ids.at(-1) ?? "");
    }
    await shows("connected again");
    ids.push(await at.sms("five"));
    await shows(ids.at(-1) ?? "");
    for (const id of ids) expect(out.filter((line) => line.includes(id))).toHaveLength(1);
    expect(proxy.connections()).toBeGreaterThanOrEqual(3);
  } finally {
    await proxy.stop();
  }
});

test("tail goes on when Hookswitch itself was away", async () => {
  const { shows } = tail(["--last", "0"]);
  await shows("delivery");
  await at.rig.worker.kill();
  await shows("connection lost: ");
  await at.rig.worker.start();
  const id = await at.sms("after a restart");
  await shows(id);
});

test("tail ends when nobody reads it any more", async () => {
  const line = `"${process.execPath}" "${command}" tail --last 0 | head -n 1`;
  const { cwd, env } = at.surroundings;
  const shell = spawn("sh", ["-c", line], { cwd, env: ownEnv(env), stdio: "ignore" });
  const ended = once(shell, "close");
  // The first of them goes to nobody, and that it does is seen no earlier.
  for (let sent = 0; shell.exitCode === null && sent < 100; sent += 1) {
    await at.sms(`into the void ${sent}`);
    await sleep(100);
  }
  expect(shell.exitCode).toBe(0);
  await ended;
});

test("tail ends with 1 when the token is changed while it is away", async () => {
  const { shows, ended } = tail(["--last", "0"]);
  await shows("delivery");
  await at.rig.worker.kill();
  await shows("connection lost: ");
  await at.rig.worker.start({ LOG_TOKEN: "another-token-of-the-black-box-tests-0123456789" });
  expect(await ended).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining("does not know the token of the environment (401)"),
  });
  await at.rig.worker.kill();
  await at.rig.worker.start({ LOG_TOKEN: at.surroundings.env["LOG_TOKEN"] });
});

test("tail ends with 1 where there is no Hookswitch, or something else", async () => {
  const api = await startLogApi();
  try {
    api.instead.push((_request, response) => response.end("<html>"));
    expect(await tail([], { HOOKSWITCH_URL: api.base }).ended).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("instead of the log's JSON"),
    });
  } finally {
    await api.stop();
  }
  expect(await tail([], { HOOKSWITCH_URL: api.base }).ended).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining("connection refused"),
  });
});

test.each([
  [["--last", "201"], "0 to 200"],
  [["--text", " "], "Expected a text"],
  [["--min-ms", "soon"], "min_ms: expected a whole number"],
])("tail %j cannot be done", async (args, message) => {
  expect(await tail(args).ended).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining(message),
  });
});
