import type { Report } from "./report.ts";
import { openTable, type Shape } from "./shapes.ts";
import { show } from "./show.ts";
import { isTable } from "../shared/table.ts";
import type { AccessConfig } from "./types.ts";

const TEAM = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;
const AUDIENCE = /^[\da-f]{64}$/;

const team: Shape<string> = {
  expected: 'the name of your team, "example" of https://example.cloudflareaccess.com',
  accepts: (value): value is string => typeof value === "string" && issuerOf(value) !== undefined,
};
const audience: Shape<string> = {
  expected: "the application's audience tag (AUD), 64 hexadecimal digits",
  accepts: (value): value is string => typeof value === "string" && AUDIENCE.test(value),
};
const admins: Shape<readonly string[]> = {
  expected: "a list of e-mail addresses, or of the client ids of service tokens",
  accepts: (value): value is readonly string[] =>
    Array.isArray(value) &&
    value.every((each) => typeof each === "string" && /^[^\s@]+(@[^\s@]+|\.access)$/.test(each)),
};

/**
 * Reads `ACCESS`: whose JWTs of Cloudflare Access open the log.
 * @returns `undefined` where it is absent or wrong: then no JWT opens it.
 */
export function parseAccess(value: unknown, report: Report): AccessConfig | undefined {
  if (value === undefined) return undefined;
  if (!isTable(value)) {
    report.problem(`expected a table with team and audience, found ${show(value)}`);
    return undefined;
  }
  const table = openTable(value, ["team", "audience", "admins"], report);
  const teamName = table.required("team", team);
  const tag = table.required("audience", audience);
  const listed = table.optional("admins", admins, []);
  const issuer = teamName === undefined ? undefined : issuerOf(teamName);
  if (issuer === undefined || tag === undefined) return undefined;
  return { issuer, audience: tag, admins: listed.map((each) => each.toLowerCase()) };
}

/** Of a team's name or its whole URL; http for this machine only. */
function issuerOf(typed: string): string | undefined {
  if (TEAM.test(typed)) return `https://${typed}.cloudflareaccess.com`;
  const isWhole =
    /^https:\/\/[a-z\d-]+\.cloudflareaccess\.com$/.test(typed) ||
    /^http:\/\/(127\.0\.0\.1|localhost)(:\d{1,5})?$/.test(typed);
  return isWhole ? typed : undefined;
}
