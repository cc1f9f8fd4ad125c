import type { Reply } from "../exchange.ts";

type Answered = Pick<
  Extract<Reply, { kind: "answered" }>,
  "status" | "contentType" | "deliveryId" | "location" | "headers" | "body"
>;

/** Who answered in place of Hookswitch, and what lets the request through. */
export interface Blocker {
  readonly who: string;
  readonly mend: string;
}

/** What Hookswitch itself says in plain text. */
const OWN_TEXTS: ReadonlySet<string> = new Set([
  "Not Found\n",
  "Forbidden\n",
  "Internal Server Error\n",
]);

const SKIP_RULE =
  'the zone\'s Security -> Events names the rule by the ray; add the skip rule of the README, "Clear the way in front of the webhook host"';

/** Cloudflare's own codes that a Worker's host shows. */
const cloudflareErrors: Readonly<Record<string, string>> = {
  "1015": "rate limited",
  "1016": "its DNS record leads nowhere",
  "1020": "a firewall rule",
  "1027": "the plan's requests of the day are used up",
  "1101": "the Worker threw",
  "1102": "the Worker used up its CPU time",
};

/**
 * Tells who answered a webhook in place of Hookswitch; `undefined` when it was Hookswitch.
 *
 * `server: cloudflare` and a ray stand on every answer that comes through Cloudflare, the Worker's too: they
 * tell who blocked it only of what is not the Worker's.
 *
 * @see https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
 *   `cf-mitigated`; read 2026-11.
 */
export function whoBlocked(reply: Answered): Blocker | undefined {
  const { status, contentType = "", headers, location } = reply;
  const text = new TextDecoder().decode(reply.body);
  const isOwn = contentType.startsWith("text/plain") && OWN_TEXTS.has(text);
  if (reply.deliveryId !== undefined || isOwn) return undefined;

  const ray = headers["cf-ray"];
  const seen = `${status}${ray === undefined ? "" : `, cf-ray ${ray}`}`;
  if (headers["cf-mitigated"] !== undefined) {
    return {
      who: `Cloudflare asked for a challenge (${seen}, cf-mitigated: ${headers["cf-mitigated"]}): Bot Fight Mode, Under Attack mode or a rule`,
      mend: `switch Bot Fight Mode off (no rule can skip it); of others ${SKIP_RULE}`,
    };
  }
  if (location !== undefined && /^https:\/\/[^/]*\.cloudflareaccess\.com\//.test(location)) {
    return {
      who: `Cloudflare Access asks to sign in (${seen})`,
      mend: "put Access before /_log alone, never before webhooks: Twilio cannot sign in",
    };
  }
  const code = /error code: (\d{4})/i.exec(text)?.[1] ?? /\bError\s+(1\d{3})\b/.exec(text)?.[1];
  if (code !== undefined) {
    const what = Object.hasOwn(cloudflareErrors, code) ? `, ${cloudflareErrors[code]}` : "";
    return {
      who: `Cloudflare answered with its error ${code}${what} (${seen})`,
      mend: code === "1020" || code === "1015" ? SKIP_RULE : "see Cloudflare's page of that error",
    };
  }
  const isCloudflare = ray !== undefined || headers["server"] === "cloudflare";
  const type = contentType === "" ? "without a content type" : contentType;
  if (isCloudflare && (status === 403 || status === 429 || status === 503)) {
    return {
      who: `Cloudflare blocked it (${seen}, ${type})${status === 429 ? ": a rate limiting rule" : ""}`,
      mend: SKIP_RULE,
    };
  }
  if (location !== undefined) {
    return {
      who: `it is redirected (${seen}) to ${location}`,
      mend: "give Twilio the URL that answers itself: the signature is for one URL",
    };
  }
  const server = headers["server"] ?? "no server header";
  return {
    who: `something else than Hookswitch answered: ${seen}, ${type}, ${server}`,
    mend: "see what stands before the Worker, and whether its route or custom domain is this host",
  };
}
