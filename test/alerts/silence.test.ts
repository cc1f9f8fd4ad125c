import { describe, expect, test } from "vitest";
import { isWithin } from "../../src/alerts/silence.ts";
import { alertsConfig, line, measurement, shard, watch } from "../support/alerts.ts";

/** A Monday. */
const MONDAY = Date.UTC(2036, 10, 24);
const at = (day: number, hour: number, minute = 0): number =>
  MONDAY + ((day * 24 + hour) * 60 + minute) * 60_000;

const heard = measurement({ shards: [shard({ quietMs: 0 })] });
const nothing = measurement();

function silent(rule: Readonly<Record<string, unknown>>) {
  return alertsConfig({ silence: rule, ledger: false });
}

test("findSilence() fires after so many minutes without a webhook, and recovers with the first one", () => {
  const { run } = watch(silent({ minutes: 10 }));
  run(heard);
  expect(run(nothing, 9)).toEqual([]);
  expect(run(nothing).map(line)).toEqual(["firing silence"]);
  expect(run(nothing)).toEqual([]);
  expect(run(heard).map(line)).toEqual(["recovered silence"]);
});

test("findSilence() counts from when listening began", () => {
  const { run } = watch(silent({ minutes: 10 }));
  run(nothing, 0);
  expect(run(nothing, 9)).toEqual([]);
  expect(run(nothing).map(line)).toEqual(["firing silence"]);
});

test("findSilence() goes by the shard that heard Twilio last, and by when that was", () => {
  const { run } = watch(silent({ minutes: 10 }));
  const ago = (...minutes: readonly number[]) =>
    measurement({ shards: minutes.map((each) => shard({ quietMs: each * 60_000 })) });
  run(heard, 0);
  run(ago(4, 2), 4);
  expect(run(nothing, 7)).toEqual([]);
  expect(run(nothing).map(line)).toEqual(["firing silence"]);
});

describe("findSilence() within hours", () => {
  const rule = { minutes: 30, hours: "08:00-18:00", days: ["Mon", "Tue", "Wed", "Thu", "Fri"] };

  test("counts a silence from their beginning: a quiet night is no news", () => {
    const { run } = watch(silent(rule), at(0, 2));
    run(nothing, 0);
    expect(run(nothing, 6 * 60)).toEqual([]); // 08:00
    expect(run(nothing, 29)).toEqual([]);
    expect(run(nothing, 1).map(line)).toEqual(["firing silence"]);
  });

  test("says nothing outside of them, and recovers there", () => {
    const { run } = watch(silent(rule), at(0, 17));
    run(heard);
    expect(run(nothing, 30).map(line)).toEqual(["firing silence"]);
    expect(run(nothing, 60)).toEqual([]); // 18:31
    expect(run(heard).map(line)).toEqual(["recovered silence"]);
    expect(run(nothing, 120)).toEqual([]);
  });
});

describe("isWithin()", () => {
  const rule = (written: Readonly<Record<string, unknown>>) => {
    const { silence } = silent({ minutes: 10, ...written }).rules;
    if (silence === undefined) throw new Error("There is a rule");
    return silence;
  };

  test.each([
    ["08:00-18:00", at(0, 7, 59), false],
    ["08:00-18:00", at(0, 8), true],
    ["08:00-18:00", at(0, 17, 59), true],
    ["08:00-18:00", at(0, 18), false],
    ["00:00-24:00", at(0, 0), true],
    ["00:00-24:00", at(0, 23, 59), true],
    ["22:00-06:00", at(0, 21, 59), false],
    ["22:00-06:00", at(0, 22), true],
    ["22:00-06:00", at(1, 5, 59), true],
    ["22:00-06:00", at(1, 6), false],
  ])("takes %s at %i for %s", (hours, nowMs, expected) => {
    expect(isWithin(rule({ hours }), nowMs)).toBe(expected);
  });

  test.each([
    [["Mon"], at(0, 12), true],
    [["Mon"], at(1, 12), false],
    [["Sat", "Sun"], at(5, 12), true],
  ])("takes days %o at %i for %s", (days, nowMs, expected) => {
    expect(isWithin(rule({ days }), nowMs)).toBe(expected);
  });

  test("counts the hours after midnight to the day that they begin on", () => {
    const night = rule({ hours: "22:00-06:00", days: ["Sun"] });
    expect(isWithin(night, at(0, 3))).toBe(true); // Monday, still Sunday's night
    expect(isWithin(night, at(6, 3))).toBe(false);
    expect(isWithin(night, at(6, 23))).toBe(true);
  });

  test("goes by the time zone, in summer as in winter", () => {
    const berlin = rule({ hours: "08:00-18:00", time_zone: "Europe/Berlin" });
    expect(isWithin(berlin, Date.UTC(2036, 0, 15, 7))).toBe(true); // 08:00 in winter
    expect(isWithin(berlin, Date.UTC(2036, 0, 15, 6, 59))).toBe(false);
    expect(isWithin(berlin, Date.UTC(2036, 6, 15, 6))).toBe(true); // 08:00 in summer
    expect(isWithin(berlin, Date.UTC(2036, 6, 15, 5, 59))).toBe(false);
  });
});
