import { describe, expect, test } from "vitest";
import { readKeptRequest } from "../../../src/cli/replay/kept-request.ts";
import { shownDelivery, type ShownRequest } from "../../support/shown-delivery.ts";

const json = "application/json";
const form = "application/x-www-form-urlencoded";

function content(request: ShownRequest): unknown {
  const read = readKeptRequest(shownDelivery("D1", request));
  return read?.ok === true ? read.value.content : read;
}

describe("readKeptRequest()", () => {
  test("takes a form's bytes, to be signed by its parameters", () => {
    const body = Uint8Array.from([0x42, 0x3d, 0xff, 0x26, 0x43]);
    expect(content({ body, contentType: form })).toEqual({
      kind: "received",
      bytes: body,
      contentType: form,
      signedBy: "parameters",
    });
  });

  test.each<readonly [string, ShownRequest, "hash" | "parameters"]>([
    ["JSON by its hash", { contentType: json, body: "{}" }, "hash"],
    ["a form that came with a hash by its hash", { query: [["bodySHA256", "0"]] }, "hash"],
    ["a form of any case by its parameters", { contentType: form.toUpperCase() }, "parameters"],
    ["no body by its parameters", { contentType: null, body: "" }, "parameters"],
    ["a body without a type by its hash", { contentType: null, body: "x" }, "hash"],
  ])("signs %s", (_what, request, signedBy) => {
    expect(content(request)).toMatchObject({ kind: "received", signedBy });
  });

  test("takes the query of a GET, repeated names in their order", () => {
    const query = [
      ["a", "1"],
      ["b", " +&"],
      ["a", ""],
    ] as const;
    const get = { kind: "form", method: "GET", parameters: query };
    expect(content({ method: "GET", query, body: "" })).toEqual(get);
    expect(content({ method: "GET", query, body: null })).toEqual(get);
    expect(content({ method: "GET", body: "" })).toEqual({ ...get, parameters: [] });
  });

  test("has account and token, where there are any", () => {
    expect(readKeptRequest(shownDelivery("D1"))).toMatchObject({
      value: { accountSid: `AC${"12".repeat(16)}`, idempotencyToken: "token-1" },
    });
    const neither = shownDelivery("D1", { idempotencyToken: null }, { account_sid: null });
    const read = readKeptRequest(neither);
    expect(read?.ok === true && read.value).toMatchObject({
      accountSid: undefined,
      idempotencyToken: undefined,
    });
  });

  test.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    ["is not proven", shownDelivery("D1", {}, { verified: false }), "never proven"],
    ["is redacted", shownDelivery("D1", { redacted: true }), "taken out"],
    ["has no body kept", shownDelivery("D1", { body: null }), "log.bodies"],
    ["has no query kept", shownDelivery("D1", { method: "GET", body: null }), "log.bodies"],
    ["is nothing that Twilio sends", shownDelivery("D1", { method: "PUT" }), "not kept"],
    ["is sealed", shownDelivery("D1", { withheld: "sealed" }), "LOG_KEY"],
    ["is withheld for another reason", shownDelivery("D1", { withheld: "Why ever." }), "Why ever."],
  ])("says why one that %s cannot be sent", (_what, delivery, why) => {
    const read = readKeptRequest(delivery);
    expect(read?.ok === false && read.error).toContain(why);
  });

  test.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ["no request", { ...shownDelivery("D1"), request: null }],
    ["no verdict", shownDelivery("D1", {}, { verified: null })],
    ["no list of headers", changed({ headers: {} })],
    ["a header without a value", changed({ headers: [["accept"]] })],
    ["a parameter that is none", changed({ query: ["a=1"] })],
    ["a body that is no base64", changed({ raw_body: "Qm9k*" })],
    ["a body that is cut short", changed({ raw_body: "Qm9keT1IZWx" })],
    ["a body as a list", changed({ raw_body: [66] })],
    ["a type that no header can hold", changed({ content_type: "text/plain\r\nX-Y: z" })],
  ])("reads nothing of an answer with %s", (_what, delivery) => {
    expect(readKeptRequest(delivery)).toBeUndefined();
  });
});

function changed(part: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const delivery = shownDelivery("D1");
  const { request } = delivery;
  return { ...delivery, request: { ...(typeof request === "object" ? request : {}), ...part } };
}
