import { isPathAllowed } from "../receive/route.ts";
import { parseOverrides } from "./overrides.ts";
import { showUrl } from "./show.ts";
import type { Target } from "./types.ts";

/** What is asked of a URL beside being one. */
export interface TargetRules {
  /** Whether its path must, may or must not end with `/*`. */
  readonly star: "required" | "allowed" | "forbidden";
  /** `tt` where its fragment has none, ms. */
  readonly budgetMs: number;
}

/** What a URL says, and everything that is wrong with it. */
export interface ParsedTarget {
  /** `undefined` when the text is no URL at all; not to be used while there are problems. */
  readonly target: Target | undefined;
  /** `expected …, found …`; no query and no userinfo in them. Empty when all is well. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads an origin's `url` or `fallback`.
 *
 * Checks, in this order: characters, a URL at all, scheme, userinfo, dot segments, `*`, connection
 * overrides. Dot segments are looked for in the text, since a URL parser would resolve them silently.
 *
 * @param typed As written in the configuration.
 * @returns Never throws.
 */
export function parseTarget(typed: string, rules: TargetRules): ParsedTarget {
  const found = showUrl(typed);
  const url = /[\s\\\p{Cc}]/u.test(typed) ? undefined : parseUrl(typed);
  if (url === undefined) {
    return { target: undefined, problems: [`expected an https URL, found ${found}`], warnings: [] };
  }
  const problems: string[] = [];
  const { hostname } = url;
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(hostname))) {
    problems.push(`expected an https URL (http only for this machine itself), found ${found}`);
  }
  if (url.username !== "" || url.password !== "") {
    problems.push(
      'expected a URL without user name and password, found one with; put them into headers, as a secret: headers = { Authorization = "$NAME" }',
    );
  }
  const typedPath = /^[^:]*:\/*[^/?#]*([^?#]*)/.exec(typed)?.[1] ?? "";
  if (!isPathAllowed(typedPath === "" ? "/" : typedPath)) {
    problems.push(`expected a path without dot segments, found ${found}`);
  }
  const isPrefix = url.pathname.endsWith("/*");
  const path = isPrefix ? url.pathname.slice(0, -1) : url.pathname;
  if (path.includes("*")) {
    problems.push(`expected * only as the last segment of the path, found ${found}`);
  } else if (rules.star === "required" && !isPrefix) {
    problems.push(
      `expected /* at the end of the path, as the origin's path has it, found ${found}`,
    );
  } else if (rules.star === "forbidden" && isPrefix) {
    problems.push(
      `expected no * at the end of the path, as the origin's path has none, found ${found}`,
    );
  }
  const parsed = parseOverrides(cutFragment(typed), rules);
  return {
    target: {
      base: url.origin,
      path,
      query: url.search === "" ? undefined : url.search.slice(1),
      isPrefix,
      overrides: parsed.overrides,
    },
    problems: [...problems, ...parsed.problems],
    warnings: [
      ...(isLoopback(hostname)
        ? [`${url.host} is this machine itself: not reached from Cloudflare`]
        : []),
      ...parsed.warnings,
    ],
  };
}

/** Whether a host, as WHATWG serialises it, is the machine itself: `localhost`, 127.0.0.0/8, `[::1]`. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** `undefined` for what is no URL, or one of a kind that has no host. */
function parseUrl(typed: string): URL | undefined {
  if (!URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  return url.host === "" || url.origin === "null" ? undefined : url;
}

function cutFragment(typed: string): string {
  const hash = typed.indexOf("#");
  return hash < 0 ? "" : typed.slice(hash + 1);
}
