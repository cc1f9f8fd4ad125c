import { expect, test } from "vitest";
import { didYouMean, nearest } from "../../src/config/suggestions.ts";

const words = ["path", "host", "url", "fallback", "fallback_twiml", "public_url"];

test.each([
  ["fallbck", "fallback"],
  ["fallbackTwiml", "fallback_twiml"],
  ["PUBLIC-URL", "public_url"],
  ["paths", "path"],
  ["urll", "url"],
  ["hots", undefined],
  ["xyz", undefined],
  ["", undefined],
])("nearest() takes %s for %s", (found, word) => {
  expect(nearest(found, words)).toBe(word);
});

test("nearest() takes the first of two that are equally near", () => {
  expect(nearest("aab", ["aaa", "abb"])).toBe("aaa");
});

test("didYouMean() says nothing when no word is near", () => {
  expect(didYouMean("xyz", words)).toBe("");
});
