import type { OriginConfig, Route, Target } from "../../src/config/types.ts";
import { originConfig } from "./webhooks.ts";

/** A route of its own and the target behind it. */
export interface RouteAndTarget {
  readonly route: Route;
  readonly target: Target;
}

/**
 * A route and its target as `path` and `url` would make them: `routed("/voice/*", "https://app.example.com/app/*")`.
 * The fragment is not read.
 */
export function routed(
  path: string,
  url: string,
  defaults: OriginConfig = originConfig(),
): RouteAndTarget {
  const isPrefix = path.endsWith("/*");
  const typedPath = isPrefix ? path.slice(0, -1) : path;
  const parsed = new URL(isPrefix ? url.replace("*", "") : url);
  const hasQuery = url.includes("?");
  return {
    route: {
      host: undefined,
      kind: isPrefix ? "prefix" : "exact",
      typedPath,
      normalisedPath: new URL(typedPath, "https://host").pathname,
    },
    target: {
      ...defaults.target,
      base: parsed.origin,
      path: parsed.pathname,
      query: hasQuery ? parsed.search.slice(1) : undefined,
      isPrefix,
    },
  };
}
