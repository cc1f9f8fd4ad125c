/** The origins of the tests in `test/worker` and `test/ledger`. */
export const workerOrigins = {
  sms: { path: "/sms", url: "https://app.example.com/sms" },
  failures: {
    path: "/failures-only/*",
    url: "https://app.example.com/any/*",
    log: { keep: "failures" },
  },
  silent: { path: "/silent", url: "https://app.example.com/silent", log: { keep: "none" } },
  bodiless: { path: "/bodiless", url: "https://app.example.com/bodiless", log: { bodies: false } },
  one: { path: "/one", url: "https://one.example.com/", mode: "queue" },
  two: {
    path: "/two",
    url: "https://two.example.com/",
    mode: "queue",
    limit: { concurrency: 2 },
    retry: { schedule: [10, 60], hours: 1 },
  },
  unbroken: {
    path: "/unbroken",
    url: "https://unbroken.example.com/",
    mode: "queue",
    breaker: false,
  },
};

/** What an origin of its own host does until it is told otherwise. */
export interface Script {
  /** 521 is a refused connection, as Cloudflare tells it. */
  readonly status: number;
  readonly delayMs: number;
}

/** What it has seen since. */
export interface Seen {
  /** Deliveries in the order of arrival, and which attempt it was. */
  readonly requests: readonly {
    readonly delivery: string;
    readonly attempt: number;
    readonly replay: string | null;
  }[];
  /** The most that were under way at once. */
  readonly peak: number;
}

interface Scripted {
  script: Script;
  requests: { delivery: string; attempt: number; replay: string | null }[];
  underWay: number;
  peak: number;
}

const hosts = new Map<string, Scripted>();

/**
 * What the network is to a Worker under test. It runs in Node, outside of the Worker: one application,
 * and hosts that do as `https://control.example.com/<host>` is told.
 */
export async function answerAsOrigin(request: Request): Promise<Response> {
  const { hostname, pathname } = new URL(request.url);
  if (hostname === "control.example.com") return control(pathname.slice(1), request);
  const host = hosts.get(hostname);
  if (host !== undefined) return answerAsTold(host, request);
  if (pathname.endsWith("/broken")) return new Response("broken", { status: 500 });
  answers++;
  return new Response(`<Response><Message>Answer ${answers} for you</Message></Response>`, {
    headers: { "Content-Type": "text/xml" },
  });
}

let answers = 0;

/** GET tells what a host has seen; POST gives it a script and lets it forget. */
async function control(hostname: string, request: Request): Promise<Response> {
  if (request.method === "POST") {
    // oxlint-disable-next-line no-unsafe-type-assertion -- sent by the tests only
    const script = (await request.json()) as Script;
    hosts.set(hostname, { script, requests: [], underWay: 0, peak: 0 });
  }
  const { requests = [], peak = 0 } = hosts.get(hostname) ?? {};
  return Response.json({ requests, peak } satisfies Seen);
}

async function answerAsTold(host: Scripted, request: Request): Promise<Response> {
  const { status, delayMs } = host.script;
  host.requests.push({
    delivery: request.headers.get("hookswitch-delivery") ?? "",
    attempt: Number(request.headers.get("hookswitch-attempt")),
    replay: request.headers.get("hookswitch-replay"),
  });
  host.underWay++;
  host.peak = Math.max(host.peak, host.underWay);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  host.underWay--;
  if (status !== 521) return new Response(status === 200 ? "ok" : "no", { status });
  return new Response("error code: 521", { status, headers: { Server: "cloudflare" } });
}
