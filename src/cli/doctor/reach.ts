import { exchange, type Reply } from "../exchange.ts";
import { cutTypedUrl } from "../typed-url.ts";
import type { Finding } from "./finding.ts";
import { whoBlocked } from "./who-answered.ts";

/** Asks a path without a body, as a plain client does. */
export async function ask(
  baseUrl: string,
  path: string,
  options: { readonly method?: string; readonly token?: string } = {},
): Promise<Reply> {
  const url = cutTypedUrl(`${baseUrl}${path}`);
  if (url === undefined) return { kind: "failed", message: "no URL to be asked", timeMs: 0 };
  const headers = [
    ["User-Agent", "hookswitch-doctor"],
    ["Accept", "*/*"],
    ...(options.token === undefined ? [] : [["Authorization", `Bearer ${options.token}`] as const]),
  ] as const;
  return exchange({ method: options.method ?? "GET", url, headers, body: new Uint8Array() });
}

/** Whether Hookswitch is there, by its open health route. */
export async function reachFinding(baseUrl: string): Promise<Finding> {
  const check = "reachable";
  const reply = await ask(baseUrl, "/_health");
  if (reply.kind === "failed") {
    return {
      check,
      state: "failed",
      detail: `GET /_health: ${reply.message}`,
      mend: "look at the address, its DNS record and the Worker's custom domain or route",
    };
  }
  const { status, body, timeMs } = reply;
  // Nothing else answers without a word that it must not be kept.
  const isOurs = body.byteLength === 0 && reply.headers["cache-control"] === "no-store";
  if (isOurs && status === 200) {
    return { check, state: "ok", detail: `GET /_health answers 200, ${timeMs} ms` };
  }
  if (isOurs && status === 503) {
    return {
      check,
      state: "warning",
      detail: "GET /_health answers 503: a problem, or ledger or KV out of reach",
    };
  }
  const blocker = whoBlocked(reply);
  return {
    check,
    state: "failed",
    detail: `GET /_health: ${blocker?.who ?? `answers ${status}, which Hookswitch does not`}`,
    mend: blocker?.mend ?? "look at the address: is this the Worker's host?",
  };
}

/** Whether the log is closed to whoever has no token, or a made-up one. */
export async function strangerFinding(baseUrl: string): Promise<Finding> {
  const check = "log closed";
  for (const token of [undefined, "a-token-that-somebody-has-made-up"]) {
    const options = token === undefined ? {} : { token };
    const reply = await ask(baseUrl, "/_log/deliveries?limit=1", options);
    if (reply.kind === "failed") return { check, state: "failed", detail: reply.message };
    const finding = closedFinding(reply);
    if (finding !== undefined) return { check, ...finding };
  }
  return { check, state: "ok", detail: "strangers are answered 401" };
}

/** `undefined` for the 401 that it should be. */
function closedFinding(
  reply: Extract<Reply, { kind: "answered" }>,
): Omit<Finding, "check"> | undefined {
  const { status, challenge, location, contentType = "" } = reply;
  if (status === 401 && challenge?.includes('realm="hookswitch"') === true) return undefined;
  if (status === 403 && reply.body.includes('"log_closed"')) {
    return {
      state: "warning",
      detail: "closed to everybody, you too",
      mend: "set LOG_TOKEN, 32 characters or more; npx hookswitch check tells what is wrong",
    };
  }
  if (status >= 200 && status < 300) {
    return {
      state: "failed",
      detail: `GET /_log/deliveries answers ${status} ${contentType} to strangers`,
      mend: "something in front answers for the log, or adds a token of its own: take that away",
    };
  }
  const isAccess = location?.includes(".cloudflareaccess.com/") === true;
  return {
    state: isAccess ? "ok" : "warning",
    detail: isAccess
      ? "Cloudflare Access stands before it"
      : `strangers are answered ${status} ${contentType}, and not by Hookswitch`,
  };
}
