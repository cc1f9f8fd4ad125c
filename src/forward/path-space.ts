import type { Route, Target } from "../config/types.ts";

/** How the paths of one webhook's route stand to those of its target. */
export interface PathSpace {
  /**
   * `rest`: what follows the route's prefix is appended to the target's. `same`: one path each.
   * `single`: many paths lead to one, such as a prefix to its fallback; there is no way back.
   */
  readonly kind: "rest" | "same" | "single";
  /** Where the route begins at the proxy, spelt as this webhook's URL spells it: `/sms`, `/voice/`. Raw. */
  readonly own: string;
  /** Where the target begins: `/twilio/sms`, `/app/voice/`. Serialised. */
  readonly target: string;
}

/**
 * Pairs a route's path with its target's.
 *
 * @param path The received one, raw. It may be spelt as typed or as URL normalisation left it.
 * @returns `undefined` when the route does not take that path.
 */
export function pathSpace(target: Target, route: Route, path: string): PathSpace | undefined {
  const own = [route.typedPath, route.normalisedPath].find((start) =>
    route.kind === "exact" ? path === start : path.startsWith(start) || `${path}/` === start,
  );
  return own === undefined ? undefined : { kind: kindOf(target, route), own, target: target.path };
}

function kindOf(target: Target, route: Route): PathSpace["kind"] {
  if (target.isPrefix) return "rest";
  return route.kind === "exact" ? "same" : "single";
}

/** The path at the target for one at the proxy, not yet serialised; `undefined` outside of the route. */
export function toTargetPath(space: PathSpace, path: string): string | undefined {
  return space.kind === "single" ? space.target : map(path, space.own, space.target, space.kind);
}

/** The path at the proxy for one at the target; `undefined` outside of the target's own space. */
export function toOwnPath(space: PathSpace, path: string): string | undefined {
  return space.kind === "single" ? undefined : map(path, space.target, space.own, space.kind);
}

/** A prefix without its slash stays without: `/voice/*` takes `/voice` too, and many servers tell the two apart. */
function map(path: string, from: string, to: string, kind: "rest" | "same"): string | undefined {
  if (kind === "same") return path === from ? to : undefined;
  if (path.startsWith(from)) return to + path.slice(from.length);
  return `${path}/` === from ? withoutSlash(to) : undefined;
}

/** `/voice` for `/voice/`; the root stays `/`. */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
