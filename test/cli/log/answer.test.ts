import { describe, expect, test } from "vitest";
import { readLogAnswer } from "../../../src/cli/log/answer.ts";

const good = { status: 200, contentType: "application/json", text: '{"id":"a"}' };
const readId = (answer: Readonly<Record<string, unknown>>): unknown => answer["id"];

describe("readLogAnswer()", () => {
  test("gives what was read of a good answer", () => {
    expect(readLogAnswer(good, readId)).toEqual({ ok: true, value: "a" });
  });

  test("tells a good answer that has another form", () => {
    expect(readLogAnswer({ ...good, text: "{}" }, readId)).toEqual({
      ok: false,
      error: { reason: "unknown_form", status: 200 },
    });
  });

  test("tells the API's own error, whatever the status", () => {
    const text = '{"error":{"code":"redacted","message":"Digits are not kept."}}';
    for (const status of [200, 409]) {
      expect(readLogAnswer({ ...good, status, text }, readId)).toEqual({
        ok: false,
        error: { reason: "refused", status, code: "redacted", message: "Digits are not kept." },
      });
    }
  });

  test.each([300, 404, 500])("takes nothing of a %d that is no error of the API", (status) => {
    expect(readLogAnswer({ ...good, status }, readId)).toEqual({
      ok: false,
      error: { reason: "unknown_form", status },
    });
  });

  test.each(["", "<html></html>", '"text"', "[]", "null", '{"id":"a"'])(
    "takes %j for nothing of the log's",
    (text) => {
      expect(readLogAnswer({ status: 502, contentType: "text/html", text }, readId)).toEqual({
        ok: false,
        error: { reason: "no_json", status: 502, contentType: "text/html" },
      });
    },
  );
});
