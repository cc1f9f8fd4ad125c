import { describe, expect, it } from "vitest";
import { readBody } from "../../src/receive/body.edge.ts";

const URL_OF_IT = "https://hooks.example.net/sms";

/** A chunked body that tells how far it was read. */
function chunked(chunks: readonly number[]) {
  const seen = { pulls: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const length = chunks[seen.pulls];
        seen.pulls += 1;
        if (length === undefined) controller.close();
        else controller.enqueue(new Uint8Array(length).fill(seen.pulls));
      },
      cancel() {
        seen.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { seen, request: new Request(URL_OF_IT, { method: "POST", body }) };
}

describe("readBody()", () => {
  it("reads bytes as they came, whatever they mean", async () => {
    const body = new Uint8Array([0xef, 0xbb, 0xbf, 0x00, 0xff, 0x0d, 0x0a]);
    const request = new Request(URL_OF_IT, { method: "POST", body });
    expect(await readBody(request, 100)).toEqual({ ok: true, value: body });
  });

  it("reads no body as no bytes", async () => {
    expect(await readBody(new Request(URL_OF_IT), 100)).toEqual({
      ok: true,
      value: new Uint8Array(),
    });
    const empty = new Request(URL_OF_IT, { method: "POST", body: "" });
    expect(await readBody(empty, 100)).toEqual({ ok: true, value: new Uint8Array() });
  });

  it("puts chunks together in their order", async () => {
    const { request } = chunked([2, 1, 2]);
    expect(await readBody(request, 100)).toEqual({
      ok: true,
      value: new Uint8Array([1, 1, 2, 3, 3]),
    });
  });

  it("takes a body of exactly the limit and none of one byte more", async () => {
    expect(await readBody(chunked([6, 4]).request, 10)).toMatchObject({ ok: true });
    expect(await readBody(chunked([6, 5]).request, 10)).toEqual({
      ok: false,
      error: { reason: "body_too_large", maxBodyBytes: 10 },
    });
  });

  it("believes no length that is none, and no more than it is", async () => {
    for (const length of ["abc", "-1", "", "1e9", "0x10"]) {
      const { request, seen } = chunked([6, 5, 5, 5]);
      const lying = new Request(request, { headers: { "content-length": length } });
      expect(await readBody(lying, 10)).toMatchObject({ error: { reason: "body_too_large" } });
      expect(seen.pulls).toBeLessThan(4);
    }
    const short = new Request(chunked([6, 5]).request, { headers: { "content-length": "3" } });
    expect(await readBody(short, 10)).toMatchObject({ ok: false });
  });

  it("stops at the chunk that crosses the limit and cancels the rest", async () => {
    const { request, seen } = chunked([6, 5, 5, 5]);
    await readBody(request, 10);
    expect(seen).toEqual({ pulls: 2, isCancelled: true });
  });

  it.each([
    ["10", true],
    ["11", false],
  ])(
    "with a Content-Length of %s and a limit of 10 reads it: %s",
    async (contentLength, isRead) => {
      const { request, seen } = chunked([1]);
      const withLength = new Request(request, { headers: { "content-length": contentLength } });
      expect((await readBody(withLength, 10)).ok).toBe(isRead);
      expect(seen.pulls > 0).toBe(isRead);
    },
  );

  it("tells of a body that breaks off", async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new Error("connection lost"));
      },
    });
    const request = new Request(URL_OF_IT, { method: "POST", body });
    expect(await readBody(request, 10)).toEqual({
      ok: false,
      error: { reason: "body_unreadable" },
    });
  });

  it("tells of a body that was read before", async () => {
    const request = new Request(URL_OF_IT, { method: "POST", body: "a" });
    await request.text();
    expect(await readBody(request, 10)).toEqual({
      ok: false,
      error: { reason: "body_unreadable" },
    });
  });
});
