import type { PageFiles } from "../shared/ports.ts";
import { problem } from "./json-answer.ts";

/** The addresses of the page's views, as the router spells them. The page itself finds out which it is. */
export const pagePaths = ["/_log", "/_log/overview", "/_log/d/:id"];

/** Its script and its style, each named by a hash of what is in it. */
export const pageFilePath = "/_log/assets/:file";

/**
 * Nothing but the page's own files may run, and nobody may frame it: what Twilio passes on from
 * strangers is shown on it.
 */
const ownHeaders = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

const withoutPage =
  'This Worker runs without its page (assets are not bound). Read the log with: curl -H "Authorization: Bearer $LOG_TOKEN" <this host>/_log/deliveries\n';

/** The page, for anybody: it holds no data. */
export async function showPage(request: Request, page: PageFiles | undefined): Promise<Response> {
  const refused = onlyRead(request);
  if (refused !== undefined) return refused;
  const file = await page?.read("/index.html");
  if (file === undefined || !file.ok) {
    return new Response(request.method === "HEAD" ? null : withoutPage, {
      headers: { ...ownHeaders, "Cache-Control": "no-store", "Content-Type": "text/plain" },
    });
  }
  return served(request, file, "text/html; charset=utf-8", "no-store");
}

/** A file of the page. */
export async function showPageFile(
  request: Request,
  name: string,
  page: PageFiles | undefined,
): Promise<Response> {
  const refused = onlyRead(request);
  if (refused !== undefined) return refused;
  const type = typeOf(name);
  const file = type === undefined ? undefined : await page?.read(`/assets/${name}`);
  if (type === undefined || file === undefined || !file.ok)
    return problem(404, "not_found", "No such file of the page.");
  return served(request, file, type, "public, max-age=31536000, immutable");
}

function served(
  { method }: Request,
  { body }: Response,
  type: string,
  cacheControl: string,
): Response {
  return new Response(method === "HEAD" ? null : body, {
    headers: { ...ownHeaders, "Content-Type": type, "Cache-Control": cacheControl },
  });
}

function onlyRead({ method }: Request): Response | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  const refused = problem(405, "method_not_allowed", "Only GET, HEAD is answered here.");
  refused.headers.set("Allow", "GET, HEAD");
  return refused;
}

/** Names are the build's own: anything else is no file of it. */
function typeOf(name: string): string | undefined {
  const kind = /^[\w-]+\.(js|css)$/.exec(name)?.[1];
  if (kind === undefined) return undefined;
  return kind === "js" ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8";
}
