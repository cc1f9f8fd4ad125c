import { afterAll, beforeAll, expect, test } from "vitest";
import { hasTerminals, startOnTerminal } from "../support/command.ts";
import { type CommandRig, startCommandRig } from "../support/command-rig.ts";
import { eventually } from "../support/eventually.ts";
import { problem, startLogApi } from "../support/log-api.ts";
import { accountSid, sidOf } from "../support/sign.ts";

let at: CommandRig;
const alice = "+14155550123";

beforeAll(async () => {
  at = await startCommandRig();
});
afterAll(() => at.stop());

/** Ids of what the log still has about what a filter names. */
async function left(filter: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const found = await at.rig.post("/search", filter);
  const { deliveries }: { deliveries: { id: string }[] } = JSON.parse(found.body.toString());
  return deliveries.map(({ id }) => id);
}

test("erase --number takes the number from standard input, and all about it out of the log", async () => {
  const gone = [await at.sms("one", { from: alice }), await at.sms("two", { from: alice })];
  const kept = await at.sms("three");
  expect((await left({ from: alice })).toSorted()).toEqual(gone.toSorted());
  const ended = await at.run(["erase", "--number", "--yes"], "+1 415-555-0123\n");
  expect(ended).toMatchObject({ exitCode: 0, out: "erased 2 deliveries about number +1…23\n" });
  expect(ended.err).not.toContain("5550123");
  expect(await left({ from: alice })).toEqual([]);
  for (const id of gone) expect((await at.rig.log(`/deliveries/${id}`)).status).toBe(404);
  expect((await at.rig.log(`/deliveries/${kept}`)).status).toBe(200);
});

test("erase --sid and --account erase what they name; --json tells it as the API does", async () => {
  await at.sms("four");
  const { exitCode, out } = await at.run([
    "erase",
    "--sid",
    sidOf("SM", "four"),
    "--yes",
    "--json",
  ]);
  expect({ exitCode, ...JSON.parse(out) }).toEqual({
    exitCode: 0,
    erased: 1,
    under_way: 0,
    complete: true,
    kv_left: 0,
  });
  await at.sms("five");
  expect((await at.run(["erase", "--account", accountSid, "--yes"])).exitCode).toBe(0);
  expect(await left({ account: accountSid })).toEqual([]);
  // Nothing there is nothing left.
  expect(await at.run(["erase", "--account", accountSid, "--yes"])).toMatchObject({
    exitCode: 0,
    out: `erased 0 deliveries about account ${accountSid}\n`,
  });
});

test("erase asks again until all is erased, and ends with 1 when something is left", async () => {
  const api = await startLogApi();
  try {
    const steps = [
      { erased: 500, under_way: 0, complete: false, kv_left: 0 },
      { erased: 20, under_way: 1, complete: true, kv_left: 2 },
    ];
    for (const step of steps)
      api.instead.push((_request, response) => response.end(JSON.stringify(step)));
    const run = (...args: readonly string[]) =>
      at.run(["erase", "--sid", "SM1", "--yes", "--url", api.base, ...args]);
    const ended = await run();
    expect(ended).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("500 erased so far"),
    });
    expect(ended.out).toContain("erased 520 deliveries about sid SM1");
    expect(ended.out).toContain("1 run or are still to be delivered");
    expect(ended.out).toContain("2 answers could not be deleted from KV");
    api.instead.push((_request, response) =>
      problem(response, 403, "admin_only", "Whatever changes something takes LOG_ADMIN_TOKEN."),
    );
    expect(await run()).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining("may only read the log"),
    });
  } finally {
    await api.stop();
  }
});

test.each([
  [["--yes"], "", "expected one of --sid, --account and --number"],
  [["--sid", "SM1", "--number", "--yes"], "", "expected one of"],
  [["--sid", "SM1"], "", "say so with --yes"],
  [["--number", "--yes"], "\n", "--number: expected a number"],
  [["--sid", "", "--yes"], "", "expected a value"],
])("erase %j cannot be done", async (args, input, message) => {
  expect(await at.run(["erase", ...args], input)).toMatchObject({
    exitCode: 2,
    out: "",
    err: expect.stringContaining(message),
  });
});

test.skipIf(!hasTerminals)(
  "erase on a terminal asks for the number unseen, shows how many, and asks",
  async () => {
    const id = await at.sms("six", { from: alice });
    const erase = (answer: string) => {
      const terminal = startOnTerminal(["erase", "--number"], at.surroundings);
      return {
        ...terminal,
        answered: async () => {
          await eventually("the number is asked for", () => terminal.shown().includes("to erase:"));
          terminal.type(`${alice}\r`);
          await eventually("it is asked", () =>
            terminal.shown().includes("number +1…23 (1 in the log)? It cannot be undone."),
          );
          terminal.type(`${answer}\r`);
          return terminal.exitCode;
        },
      };
    };
    const no = erase("n");
    expect(await no.answered()).toBe(1);
    expect(no.shown()).toContain("nothing was erased");
    expect(no.shown()).not.toContain(alice);
    expect((await at.rig.log(`/deliveries/${id}`)).status).toBe(200);
    const yes = erase("y");
    expect(await yes.answered()).toBe(0);
    expect((await at.rig.log(`/deliveries/${id}`)).status).toBe(404);
  },
);
