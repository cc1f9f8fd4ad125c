import { describe, expect, test } from "vitest";
import { reportedAt, speaksOfWebhook, subjectOf, type Candidate } from "../../src/reports/join.ts";
import type { DebuggerEvent } from "../../src/reports/report.ts";

const AT_MS = Date.parse("2036-01-01T12:00:00Z");
const event: DebuggerEvent = {
  kind: "debugger",
  level: "error",
  code: 11_200,
  atMs: AT_MS,
  resourceSid: `CA${"1".repeat(32)}`,
  url: "https://hooks.example.net/voice/menu",
  status: 502,
  noAnswer: undefined,
};
const candidate = (id: string, agoMs: number, changes: Partial<Candidate> = {}): Candidate => ({
  id,
  receivedAtMs: AT_MS - agoMs,
  path: "/voice/menu",
  parameters: undefined,
  isVerified: true,
  accountSid: "AC1",
  isDuplicate: false,
  ...changes,
});
const found = (
  candidates: readonly Candidate[],
  sent: readonly (readonly [string, string])[] = [],
  report: DebuggerEvent = event,
): string | undefined =>
  subjectOf(report, { receivedAtMs: AT_MS + 1_000, accountSid: "AC1" }, candidates, sent)?.id;

describe("subjectOf()", () => {
  test("finds the one that came shortly before, of several the latest", () => {
    expect(found([candidate("old", 16_000), candidate("new", 15_000)])).toBe("new");
    expect(found([candidate("new", 15_000), candidate("old", 16_000)])).toBe("new");
    expect(found([])).toBeUndefined();
  });

  test("within a minute, and five seconds for clocks that are apart", () => {
    expect(found([candidate("early", 60_001)])).toBeUndefined();
    expect(found([candidate("early", 60_000)])).toBe("early");
    expect(found([candidate("late", -4_999)])).toBe("late");
    expect(found([candidate("late", -5_000)])).toBeUndefined();
  });

  test("at the same path only, whatever host and scheme a proxy makes of it", () => {
    expect(found([candidate("other", 1_000, { path: "/voice" })])).toBeUndefined();
    const url = "http://elsewhere.example.net:8080/voice/menu";
    expect(found([candidate("same", 1_000)], [], { ...event, url })).toBe("same");
  });

  test("tells steps of one call by their parameters", () => {
    const first = candidate("first", 15_000, { parameters: [["SpeechResult", "yes"]] });
    const second = candidate("second", 3_000, { parameters: [["SpeechResult", "no"]] });
    expect(found([first, second], [["SpeechResult", "yes"]])).toBe("first");
    expect(found([first, second], [["SpeechResult", "no"]])).toBe("second");
    expect(found([first, second], [["SpeechResult", "maybe"]])).toBeUndefined();
  });

  test("not by what is kept nowhere, nor by what only one side knows", () => {
    const redacted = candidate("it", 1_000, { parameters: [["Digits", ""]] });
    expect(
      found(
        [redacted],
        [
          ["Digits", "1234"],
          ["Extra", "1"],
        ],
      ),
    ).toBe("it");
  });

  test("speaks of no webhook without a URL", () => {
    expect(found([candidate("any", 1_000)], [], { ...event, url: undefined })).toBeUndefined();
    expect(speaksOfWebhook({ ...event, url: undefined })).toBe(false);
    expect(speaksOfWebhook(event)).toBe(true);
  });

  test("never a stranger's, nor another account's: anybody may name any call", () => {
    const own = candidate("own", 15_000);
    const refused = candidate("refused", 1_000, { isVerified: false, accountSid: undefined });
    const others = candidate("others", 1_000, { accountSid: "AC2" });
    expect(found([own, refused, others])).toBe("own");
    expect(found([refused, others])).toBeUndefined();
  });

  test("rather the one that was asked of the application than its duplicate, and one that came before", () => {
    const first = candidate("first", 16_000);
    const duplicate = candidate("duplicate", 1_000, { isDuplicate: true });
    expect(found([duplicate, first])).toBe("first");
    expect(found([duplicate])).toBe("duplicate");
    expect(found([candidate("after", -2_000), first])).toBe("first");
  });

  test("goes by the instant of the report where it says no time itself", () => {
    expect(reportedAt({ ...event, atMs: undefined }, 7)).toBe(7);
    expect(reportedAt(event, 7)).toBe(AT_MS);
  });
});
