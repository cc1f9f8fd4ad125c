import { describe, expect, test } from "vitest";
import { recentAnswers } from "../../src/claim/recent-answers.ts";
import { utf8 } from "../../src/shared/utf8.ts";

const stored = (text: string) => ({
  answer: { status: 200, headers: [], body: utf8(text) },
  deliveryId: text,
});

describe("recentAnswers()", () => {
  test("gives an answer for a minute, and for no longer than its ttl", () => {
    const recent = recentAnswers();
    recent.put("long", stored("a"), 600, 0);
    recent.put("short", stored("b"), 10, 0);
    expect(recent.get("long", 59_999)?.deliveryId).toBe("a");
    expect(recent.get("long", 60_000)).toBeUndefined();
    expect(recent.get("short", 9_999)?.deliveryId).toBe("b");
    expect(recent.get("short", 10_000)).toBeUndefined();
    expect(recent.get("other", 0)).toBeUndefined();
  });

  test("keeps the newest thousand", () => {
    const recent = recentAnswers();
    for (let n = 0; n < 1_500; n++) recent.put(String(n), stored(String(n)), 600, n);
    const found = Array.from({ length: 1_500 }, (_, n) => recent.get(String(n), 1_500));
    expect(found.filter((each) => each !== undefined).length).toBe(1_000);
    expect(recent.get("499", 1_500)).toBeUndefined();
    expect(recent.get("500", 1_500)?.deliveryId).toBe("500");
  });

  test("leaves out what is large", () => {
    const recent = recentAnswers();
    recent.put("k", stored("a".repeat(4_097)), 600, 0);
    expect(recent.get("k", 0)).toBeUndefined();
  });

  test("forgets what it is told to", () => {
    const recent = recentAnswers();
    recent.put("k", stored("a"), 600, 0);
    recent.delete("k");
    expect(recent.get("k", 0)).toBeUndefined();
  });
});
