/** A URL cut at its own delimiters, everything as typed: what is signed is the text. */
export interface TypedUrl {
  /** `http` or `https`, as typed. */
  readonly scheme: string;
  /** `user:password`, as typed; `undefined` when there is none. Never signed. */
  readonly userinfo: string | undefined;
  /** Host and port, as typed. */
  readonly authority: string;
  /** Host without port and without the brackets of an IPv6 address. */
  readonly hostname: string;
  /** The port typed, or the scheme's. */
  readonly port: number;
  /** As typed; `/` when there is none, which is what goes over the wire. */
  readonly path: string;
  /** Without `?`; `undefined` when there is none. */
  readonly query: string | undefined;
}

const typedUrlPattern =
  /^(https?):\/\/(?:([^/?#]*)@)?((\[[\da-f:.]+\]|[^/?#:[\]@]+)(?::(\d{1,5}))?)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/iu;

/**
 * Cuts a URL as typed. The fragment is left out: it is Twilio's own and goes nowhere.
 *
 * @returns `undefined` when the text is no absolute `http` or `https` URL that could be sent as it is.
 */
export function cutTypedUrl(text: string): TypedUrl | undefined {
  // What could not stand on a request line: Node and workerd refuse it both.
  if (/[\p{Cc} "<>`]/u.test(text)) return undefined;
  const [, scheme, userinfo, authority, host, port, path, query] = typedUrlPattern.exec(text) ?? [];
  if (scheme === undefined || authority === undefined || host === undefined) return undefined;
  const portNumber = port === undefined ? defaultPort(scheme) : Number(port);
  if (portNumber < 1 || portNumber > 65_535) return undefined;
  return {
    scheme,
    userinfo,
    authority,
    hostname: host.replaceAll(/[[\]]/g, ""),
    port: portNumber,
    path: path || "/",
    query,
  };
}

function defaultPort(scheme: string): number {
  return scheme.toLowerCase() === "https" ? 443 : 80;
}

/** The URL as it is signed: as typed, without userinfo and fragment. */
export function urlText({ scheme, authority, path, query }: TypedUrl): string {
  return `${scheme}://${authority}${path}${query === undefined ? "" : `?${query}`}`;
}
