import { afterAll, beforeAll, expect, test } from "vitest";
import { type CommandRig, startCommandRig } from "../support/command-rig.ts";
import { eventually } from "../support/eventually.ts";
import { authToken } from "../support/rig.ts";

let at: CommandRig;
const newToken = "9c1e5a7b3d2f4860a9b8c7d6e5f40312";
const account = `AC${"12".repeat(16)}`;

beforeAll(async () => {
  at = await startCommandRig({
    TWILIO_AUTH_TOKEN: `${authToken},${newToken}`,
    [`TWILIO_AUTH_TOKEN_${account}`]: "5d1e5a7b3d2f4860a9b8c7d6e5f40399",
  });
});
afterAll(() => at.stop());

const oldName = "TWILIO_AUTH_TOKEN#1";
const newName = "TWILIO_AUTH_TOKEN#2";

test("keys says nothing of a key while nothing comes in", async () => {
  const ended = await at.run(["keys"]);
  expect(ended).toMatchObject({ exitCode: 0, err: `asking ${at.base} (HOOKSWITCH_URL)\n` });
  expect(ended.out).toMatch(/^TWILIO_AUTH_TOKEN#1 +0 +never$/mu);
  expect(ended.out).toContain("no webhook was verified since then");
  expect((await at.run(["keys", newName])).exitCode).toBe(1);
});

test("keys tells how often each has matched, when last, and which can go", async () => {
  await at.sms("by the new one", { token: newToken });
  await at.sms("queued by the new one", { token: newToken, path: "/status" });
  await at.sms("forged", { isForged: true });
  const before = await at.run(["keys"]);
  expect(before.out).toMatch(/^TWILIO_AUTH_TOKEN#1 +0 +never$/mu);
  expect(before.out).toMatch(/^TWILIO_AUTH_TOKEN#2 +2 +\d{4}-\d\d-\d\dT\d\d:\d\dZ$/mu);
  expect(before.out).toContain(
    `${oldName} has not matched since then, others have 2 times: if it is the old one, it can be taken out`,
  );
  // Of an account of its own nothing came in: nobody knows whether that key is the old one.
  expect(before.out).toMatch(new RegExp(`^TWILIO_AUTH_TOKEN_${account}#1 +0 +never$`, "mu"));
  expect(before.out).not.toContain(`${account}#1 has not`);
  expect((await at.run(["keys", oldName])).exitCode).toBe(0);

  await at.sms("by the old one");
  expect((await at.run(["keys", oldName])).exitCode).toBe(1);
  const { out } = await at.run(["keys", "--json", "--since", "3d"]);
  expect(JSON.parse(out)).toMatchObject({
    keys: [
      { name: oldName, isSet: true, count: 1, verdict: "used" },
      { name: newName, count: 2, verdict: "used" },
      { name: `TWILIO_AUTH_TOKEN_${account}#1`, count: 0, verdict: "no_webhooks" },
    ],
  });
  expect(out).not.toContain(newToken);
});

test("keys still tells of a key that is taken out, and that it is", async () => {
  await eventually("the counts are written", () =>
    at.rig.worker.storageHolds('TWILIO_AUTH_TOKEN#2":2'),
  );
  await at.rig.worker.kill();
  await at.rig.worker.start({ TWILIO_AUTH_TOKEN: authToken });
  await at.sms("after the rotation");
  const { out } = await at.run(["keys", "--since", "1h"]);
  expect(out).toMatch(/^TWILIO_AUTH_TOKEN#1 +[12] /mu);
  expect(out).toMatch(/^TWILIO_AUTH_TOKEN#2 \(not set any more\) +2 /mu);
  expect(out).not.toContain("if it is the old one");
});

test.each([
  [["TWILIO_AUTH_TOKEN#7"], "there is no key TWILIO_AUTH_TOKEN#7: expected one of"],
  [["--since", "last week"], "since: expected"],
])("keys %j cannot be done", async (args, message) => {
  expect(await at.run(["keys", ...args])).toMatchObject({
    exitCode: 2,
    out: "",
    err: expect.stringContaining(message),
  });
});
