/** A webhook URL taken apart at its own delimiters, nothing decoded or encoded. */
export interface WebhookUrl {
  /** `user:password@`, or nothing. */
  readonly userinfo: string;
  /** Without userinfo and fragment, as WHATWG reads it. */
  readonly url: URL;
  /** As typed, without `?`; `undefined` without one. */
  readonly query: string | undefined;
  /** What follows `#`: Twilio's connection overrides. `""` without one. */
  readonly fragment: string;
}

/** @returns `undefined` for what is no http(s) URL. */
export function cutWebhookUrl(typed: string): WebhookUrl | undefined {
  const [, start = "", userinfo = "", rest = "", query, fragment = ""] =
    /^(https?:\/\/)([^/?#\\]*@)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(typed.trim()) ?? [];
  if (start === "") return undefined;
  const url = URL.parse(`${start}${rest}${query === undefined ? "" : `?${query}`}`);
  return url === null ? undefined : { userinfo, url, query, fragment };
}

/** Puts a URL together again. `base` is scheme, host and port, `path` begins with a slash. */
export function webhookUrl(
  base: string,
  {
    userinfo = "",
    path,
    query,
    fragment = "",
  }: {
    readonly userinfo?: string;
    readonly path: string;
    readonly query?: string | undefined;
    readonly fragment?: string;
  },
): string {
  const [scheme = "", host = ""] = base.split("://");
  const end = `${query === undefined ? "" : `?${query}`}${fragment === "" ? "" : `#${fragment}`}`;
  return `${scheme}://${userinfo}${host}${path}${end}`;
}

/**
 * A webhook URL for whoever reads: without its password and the values of its query, in which tokens stand.
 */
export function shownUrl(typed: string): string {
  const cut = cutWebhookUrl(typed);
  if (cut === undefined) return typed.replace(/[?#@].*$/s, "…");
  const { userinfo, url, query, fragment } = cut;
  return webhookUrl(url.origin, {
    userinfo: userinfo === "" ? "" : "…@",
    path: url.pathname,
    query: query?.replaceAll(/=[^&]+/g, "=…"),
    fragment,
  });
}

/** What Twilio is told to do beside its defaults: it retries what costs little, Hookswitch's 502 too. */
const recommended: readonly (readonly [name: string, value: string])[] = [
  ["rc", "2"],
  ["rp", "5xx,ct,rt"],
];

/**
 * The connection overrides for a URL of Hookswitch: those that somebody chose, and the recommended ones
 * for what they leave open.
 *
 * @param chosen A fragment, `""` for none.
 */
export function withOverrides(chosen: string): string {
  const missing = recommended.filter(
    ([name]) => !chosen.split("&").some((pair) => pair.startsWith(`${name}=`)),
  );
  const added = missing.map(([name, value]) => `${name}=${value}`);
  return [...(chosen === "" ? [] : [chosen]), ...added].join("&");
}
