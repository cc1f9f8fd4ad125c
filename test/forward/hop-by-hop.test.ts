import { expect, test } from "vitest";
import { endToEndHeaders } from "../../src/forward/hop-by-hop.ts";

test("endToEndHeaders() drops what speaks of one connection", () => {
  const headers = new Headers({
    connection: "keep-alive",
    "keep-alive": "timeout=5",
    "proxy-authenticate": "Basic",
    "proxy-authorization": "Basic eA==",
    "proxy-connection": "keep-alive",
    te: "trailers",
    trailer: "x-sum",
    "transfer-encoding": "chunked",
    upgrade: "h2c",
    accept: "*/*",
  });
  expect(endToEndHeaders(headers)).toEqual([["accept", "*/*"]]);
});

test.each(["x-hop", "X-HOP", "close, x-hop", " x-hop ,, close"])(
  "endToEndHeaders() drops what Connection names in %j",
  (connection) => {
    expect(endToEndHeaders(new Headers({ connection, "x-hop": "1", "x-end": "2" }))).toEqual([
      ["x-end", "2"],
    ]);
  },
);
