/** The origins of the tests in `test/worker`. */
export const workerOrigins = {
  sms: { path: "/sms", url: "https://app.example.com/sms" },
  failures: {
    path: "/failures-only/*",
    url: "https://app.example.com/any/*",
    log: { keep: "failures" },
  },
  silent: { path: "/silent", url: "https://app.example.com/silent", log: { keep: "none" } },
  bodiless: { path: "/bodiless", url: "https://app.example.com/bodiless", log: { bodies: false } },
};

/** What the network is to a Worker under test: one application. It runs in Node, outside of the Worker. */
export function answerAsOrigin(request: { readonly url: string }): Response {
  const { pathname } = new URL(request.url);
  if (pathname.endsWith("/broken")) return new Response("broken", { status: 500 });
  answers++;
  return new Response(`<Response><Message>Answer ${answers} for you</Message></Response>`, {
    headers: { "Content-Type": "text/xml" },
  });
}

let answers = 0;
