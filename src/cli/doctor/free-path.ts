import type { HealthOrigin } from "../log/health.ts";

const LETTERS = "abcdefghijkmnpqrstuvwxyz";
const TRIES = 20;

/** Where probes go. */
export type ProbePath =
  /** No origin takes anything below it: a probe is answered 404 and reaches nobody. */
  | { readonly kind: "free"; readonly path: string }
  /** An origin takes every path. */
  | { readonly kind: "taken"; readonly path: string; readonly origin: string };

/**
 * Finds a path that no origin takes, to send probes to. Letters only: long numbers in a path are masked.
 *
 * @param host Of the deployment, without port.
 * @param random In [0, 1).
 */
export function freePath(
  origins: readonly Omit<HealthOrigin, "isForwarded">[],
  host: string,
  random: () => number,
): ProbePath {
  let taken: ProbePath | undefined;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const word = Array.from(
      { length: 8 },
      () => LETTERS[Math.floor(random() * LETTERS.length)] ?? "a",
    ).join("");
    const path = `/hookswitch-doctor-${word}`;
    const origin = origins.find((each) => takesBelow(each, host, path));
    if (origin === undefined) return { kind: "free", path };
    taken = { kind: "taken", path, origin: origin.name };
  }
  return taken ?? { kind: "free", path: "/hookswitch-doctor" };
}

/** Whether an origin takes a path, or anything below it. */
function takesBelow(
  { host, path }: Omit<HealthOrigin, "isForwarded">,
  ownHost: string,
  probed: string,
): boolean {
  if (path === undefined) return false;
  if (host !== undefined && host.toLowerCase() !== ownHost.toLowerCase()) return false;
  const isPrefix = path.endsWith("*");
  const own = isPrefix ? path.slice(0, -1) : path;
  return own.startsWith(`${probed}/`) || own === probed || (isPrefix && probed.startsWith(own));
}
