import { describe, expect, test } from "vitest";
import { eraseDeliveries, parseErase } from "../../src/log/erase-api.ts";
import { fakePorts } from "../support/ports.ts";

describe("parseErase()", () => {
  test("takes a sid, an account or a number, which the audit names as it is masked", () => {
    expect(parseErase('{"sid":"CA1"}')).toEqual({
      ok: true,
      value: { wanted: [{ sid: "CA1" }], about: "sid=CA1" },
    });
    expect(parseErase('{"account":"AC1"}')).toEqual({
      ok: true,
      value: { wanted: [{ account: "AC1" }], about: "account=AC1" },
    });
    expect(parseErase('{"number":"+15005550006"}')).toEqual({
      ok: true,
      value: { wanted: [{ from: "+15005550006" }, { to: "+15005550006" }], about: "number=+1…06" },
    });
  });

  test.each([
    "",
    "{}",
    "[]",
    "null",
    '"CA1"',
    '{"sid":""}',
    '{"sid":" "}',
    '{"sid":1}',
    '{"sid":null}',
    '{"sid":"CA1","account":"AC1"}',
    '{"origin":"sms"}',
    '{"__proto__":{"sid":"CA1"}}',
  ])("refuses %j: nothing is erased by an empty filter", (body) => {
    expect(parseErase(body).ok).toBe(false);
  });
});

const admin = { role: "admin", who: "LOG_ADMIN_TOKEN", by: "token" } as const;

describe("eraseDeliveries()", () => {
  function asking(): Request {
    return new Request("https://hooks.example.net/_log/erase", {
      method: "POST",
      body: '{"sid":"CA1"}',
    });
  }

  test("erases nothing that it cannot write down first", async () => {
    const ports = fakePorts();
    let isErased = false;
    const response = await eraseDeliveries(asking(), admin, {
      ...ports,
      reader: {
        ...ports.reader,
        audit: async () => {
          throw new Error("away");
        },
        erase: async () => {
          isErased = true;
          return { erased: 1, underWay: 0, isComplete: true, claimKeys: [] };
        },
      },
    });
    expect([response.status, isErased]).toEqual([503, false]);
  });

  test("says how many answers KV would not give up", async () => {
    const ports = fakePorts({ answers: { delete: async (key) => key !== "b" } });
    const erase = async () => ({
      erased: 3,
      underWay: 1,
      isComplete: false,
      claimKeys: ["a", "b", "c"],
    });
    const response = await eraseDeliveries(asking(), admin, {
      ...ports,
      reader: { ...ports.reader, erase },
    });
    expect(await response.json()).toEqual({
      erased: 3,
      under_way: 1,
      complete: false,
      kv_left: 1,
    });
  });
});
