import { urlText } from "../forward/public-url.ts";
import type { RawUrl } from "../receive/webhook.ts";
import { signedUrls } from "../verify/signed-url.ts";
import type { Refusal } from "./trial.ts";

/** The texts that are signed for a URL, in all the spellings that verifying knows. */
export function urlsFor({ webhook, origin }: Refusal, rawUrl: RawUrl): readonly string[] {
  const route = origin && { route: origin.route, publicUrl: undefined };
  return signedUrls({ ...webhook, rawUrl }, route).map(({ url }) => url);
}

/** A URL as it may be told: a query holds what is personal. */
export function withoutQuery(url: RawUrl): string {
  return urlText({ ...url, query: undefined });
}
