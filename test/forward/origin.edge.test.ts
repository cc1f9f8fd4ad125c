import { afterEach, expect, test, vi } from "vitest";
import { originClient } from "../../src/forward/origin.edge.ts";
import type { OriginRequest } from "../../src/forward/origin.ts";

// What needs a server (resets, truncation, TLS, what is on the wire) is tested over real sockets; here
// the network is made to answer what one would not.

afterEach(() => vi.unstubAllGlobals());

const never = new AbortController().signal;

function request(overrides: Partial<OriginRequest> = {}): OriginRequest {
  return {
    url: "https://app.example.com/sms?key=secret",
    method: "POST",
    headers: new Headers({ "x-app": "1" }),
    body: new Uint8Array(new TextEncoder().encode("a=1")),
    maxBodyBytes: 10,
    ...overrides,
  };
}

/** Makes the network answer so, and tells what it was asked. */
function answerWith(answer: () => Response | Promise<Response>) {
  const network = vi.fn<typeof fetch>(async () => answer());
  vi.stubGlobal("fetch", network);
  return network;
}

/** A body in pieces, and whether the rest of it was called off. */
function pieces(...texts: readonly string[]) {
  const cancel = vi.fn<() => void>();
  const left = texts.map((text) => new TextEncoder().encode(text));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = left.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(next);
    },
    cancel,
  });
  return { body, cancel };
}

test("originClient sends bytes, follows no redirect and gives the signal along", async () => {
  const network = answerWith(() => new Response());
  const { signal } = new AbortController();
  const asked = request();
  await originClient.send(asked, signal);
  const { method, headers, body } = asked;
  expect(network).toHaveBeenCalledExactlyOnceWith(asked.url, {
    method,
    headers,
    body,
    redirect: "manual",
    signal,
  });
});

test("originClient sends a GET without a body and past the zone's cache", async () => {
  const network = answerWith(() => new Response());
  await originClient.send(request({ method: "GET", body: undefined }), never);
  const init = network.mock.calls[0]?.[1];
  expect(init).toMatchObject({ method: "GET", cache: "no-store" });
  expect(init).not.toHaveProperty("body");
});

test("originClient gives the answer whole, cookies apart", async () => {
  const { body } = pieces("<Resp", "onse/>");
  const headers = new Headers({ "content-type": "text/xml" });
  headers.append("set-cookie", "a=1; Expires=Tue, 24 Nov 2026 12:00:00 GMT");
  headers.append("set-cookie", "b=2");
  answerWith(() => new Response(body, { status: 201, headers }));
  expect(await originClient.send(request({ maxBodyBytes: 11 }), never)).toMatchObject({
    kind: "answered",
    status: 201,
    setCookies: ["a=1; Expires=Tue, 24 Nov 2026 12:00:00 GMT", "b=2"],
    body: new TextEncoder().encode("<Response/>"),
  });
});

test.each([204, 302])("originClient gives a %i without a body as no bytes", async (status) => {
  answerWith(() => new Response(null, { status, headers: { location: "/next" } }));
  expect(await originClient.send(request(), never)).toMatchObject({
    kind: "answered",
    status,
    body: new Uint8Array(),
  });
});

test("originClient takes exactly as much body as it may", async () => {
  const { body, cancel } = pieces("12345", "67890");
  answerWith(() => new Response(body));
  expect(await originClient.send(request({ maxBodyBytes: 10 }), never)).toMatchObject({
    kind: "answered",
  });
  expect(cancel).not.toHaveBeenCalled();
});

test("originClient stops reading at one byte more and calls the rest off", async () => {
  const { body, cancel } = pieces("12345", "678901", "never read");
  answerWith(() => new Response(body, { status: 503, headers: { "retry-after": "1" } }));
  const reply = await originClient.send(request({ maxBodyBytes: 10 }), never);
  expect(reply).toMatchObject({ kind: "too_large", status: 503, maxBodyBytes: 10 });
  expect(reply.kind === "too_large" && reply.headers.get("retry-after")).toBe("1");
  expect(cancel).toHaveBeenCalledOnce();
});

test("originClient tells a failure before the headers from one after", async () => {
  answerWith(() => Promise.reject(new Error("Network connection lost.")));
  const before = {
    kind: "threw",
    name: "Error",
    message: "Network connection lost.",
    afterHeaders: false,
  };
  expect(await originClient.send(request(), never)).toEqual(before);

  const broken = new ReadableStream({
    pull: (controller) => controller.error(new TypeError("Gzip decompression failed.")),
  });
  answerWith(() => new Response(broken));
  const after = {
    kind: "threw",
    name: "TypeError",
    message: "Gzip decompression failed.",
    afterHeaders: true,
  };
  expect(await originClient.send(request(), never)).toEqual(after);
});

test("originClient calls a timeout by its name and any other abort AbortError", async () => {
  for (const [reason, name] of [
    [new DOMException("late", "TimeoutError"), "TimeoutError"],
    [new DOMException("gone", "AbortError"), "AbortError"],
    [new Error("settled"), "AbortError"],
    ["settled", "AbortError"],
  ] as const) {
    answerWith(() => Promise.reject(reason));
    expect(await originClient.send(request(), AbortSignal.abort(reason))).toMatchObject({
      kind: "threw",
      name,
    });
  }
});

test("originClient asks nobody once its signal has aborted", async () => {
  const reply = await originClient.send(
    request(),
    AbortSignal.abort(new DOMException("late", "TimeoutError")),
  );
  expect(reply).toMatchObject({ kind: "threw", name: "TimeoutError", afterHeaders: false });
});

test("originClient keeps URLs out of messages, and messages short", async () => {
  answerWith(() =>
    Promise.reject(
      new TypeError(
        "Cannot load https://app.example.com/sms?key=secret, HTTP://user:pass@x/ or y.",
      ),
    ),
  );
  expect(await originClient.send(request(), never)).toMatchObject({
    message: "Cannot load <url> <url> or y.",
  });

  answerWith(() => Promise.reject(new Error("x".repeat(1000))));
  expect(await originClient.send(request(), never)).toMatchObject({ message: "x".repeat(200) });
});

test("originClient never throws for what the runtime refuses to send", async () => {
  const refused: Partial<OriginRequest>[] = [
    { url: "https://[" },
    { url: "ftp://app.example.com/" },
    { method: "GET" },
  ];
  for (const overrides of refused) {
    expect(await originClient.send(request(overrides), never)).toMatchObject({
      kind: "threw",
      name: "TypeError",
      afterHeaders: false,
    });
  }
});
