import type { PageFiles } from "../shared/ports.ts";

/** The page's files, out of the Worker's static assets. */
export function pageFiles(assets: Fetcher): PageFiles {
  // The host is nobody's: the binding goes by the path alone.
  return { read: (path) => assets.fetch(`https://page.invalid${path}`) };
}
