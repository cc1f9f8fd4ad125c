import { expect, test } from "vitest";
import { parseOverrides } from "../../src/config/overrides.ts";

const own = { budgetMs: 14_000 };

test.each([
  ["ct=99", 'expected ct to be a whole number from 100 to 10000 (ms), found "99"'],
  ["ct=10001", 'from 100 to 10000 (ms), found "10001"'],
  ["rt=99", 'expected rt to be a whole number from 100 to 15000 (ms), found "99"'],
  ["rt=15001", 'from 100 to 15000 (ms), found "15001"'],
  ["tt=99", 'expected tt to be a whole number from 100 to 15000 (ms), found "99"'],
  ["tt=15001", 'from 100 to 15000 (ms), found "15001"'],
  ["rc=6", 'expected rc to be a whole number from 0 to 5, found "6"'],
  ["rc=-1", 'found "-1"'],
  ["rc=1.5", 'found "1.5"'],
  ["rc=", 'found ""'],
  ["rt=4s", 'found "4s"'],
  ["rt=4e3", 'found "4e3"'],
  ["rt=+400", 'found "+400"'],
  ["rp=6xx", 'expected rp to list 4xx, 5xx, ct, rt or all, found "6xx" (Twilio\'s error 11243)'],
  ["rp=5XX", "11243"],
  ["rp=5xx,,ct", 'found "" (Twilio\'s error 11243)'],
  ["rp=", "11243"],
  ["sni=yes", 'expected sni to be y or n, found "yes"'],
  ["e=paris", 'found "paris" (Twilio\'s error 11240: edge unknown)'],
  ["e=", "11240"],
  ["e=roaming", "(Twilio's error 11241: no webhooks leave there)"],
  ["e=dublin,ashburn-ix", '"ashburn-ix" (Twilio\'s error 11242: Interconnect is not allowed here)'],
  [
    "retries=2",
    'expected connection overrides named ct, rt, tt, rc, rp, sni or e, found "retries"',
  ],
  ["RT=4000", 'found "RT"; did you mean "rt"?'],
  ["section", 'found "section"'],
  ["rc", "expected rc=…, found rc without a value"],
  ["rc=1&rc=1", "expected rc once, found it again"],
  ["rc=1&", 'found ""'],
])("parseOverrides() refuses %s", (fragment, message) => {
  expect(parseOverrides(fragment, own).problems).toEqual([expect.stringContaining(message)]);
});

test("parseOverrides() tells everything at once and leaves what is wrong at its default", () => {
  const parsed = parseOverrides("tt=1&rc=9&rp=x&zz=1", own);
  expect(parsed.problems).toHaveLength(4);
  expect(parsed.overrides).toMatchObject({ budgetMs: 14_000, retries: 1, retryOn: new Set() });
});

test("parseOverrides() shows no value under a name that it does not know", () => {
  expect(parseOverrides("access_token=marker", own).problems.join()).not.toContain("marker");
});
