import { changesOf } from "./run.ts";
import type { Step } from "./plan.ts";
import { plural } from "./text.ts";

/** What to know beside a plan that leads to Hookswitch. */
export function adviceOn(steps: readonly Step[], base: string): readonly string[] {
  const changes = changesOf(steps);
  const domain = domainOf(base);
  const near = changes
    .filter(
      ({ setting, intent }) => setting.use === "fallback" && domainOf(intent.to.url) === domain,
    )
    .map(({ intent }) => new URL(intent.to.url).host);
  const byGet = changes.filter(
    ({ setting, present }) => setting.use !== "fallback" && present.method === "GET",
  );
  return [
    ...[...new Set(near)].map(
      (host) =>
        `${host} is a fallback on the domain of Hookswitch: where Cloudflare proxies it too, it falls with it. A TwiML Bin does not (--voice-fallback, --sms-fallback)`,
    ),
    ...(byGet.length === 0
      ? []
      : [
          `${plural(byGet.length, "URL")} asked by GET, which is kept: numbers and texts stand in such URLs, and so in logs. POST is better once your application takes it`,
        ]),
  ];
}

/** The last two labels of a host: near enough for a hint. */
function domainOf(url: string): string | undefined {
  return URL.parse(url)?.hostname.split(".").slice(-2).join(".");
}
