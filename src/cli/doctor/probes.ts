import type { Parameters } from "../../receive/webhook.ts";

/** A webhook that is sent to see whether it arrives as it was signed. */
export interface Probe {
  /** For the report. */
  readonly name: string;
  readonly method: "GET" | "POST";
  /** Behind the path that no origin takes: the rest of it and the query, to the letter. */
  readonly rest: string;
  /** Beside those that every probe has. */
  readonly parameters: Parameters;
  /** What it stands for: a webhook like any other, a spelling, a text. */
  readonly kind: "plain" | "spelling" | "text";
}

/** What attacks look like to a firewall, and people may well write to a number. */
const HOSTILE =
  "' OR '1'='1' -- <script>alert(document.cookie)</script> ../../../../etc/passwd ${jndi:ldap://x/a}; cat /etc/passwd | id; UNION SELECT * FROM users";

const spellings: readonly (readonly [name: string, rest: string])[] = [
  ["%27", "/it%27s?q=it%27s"],
  ["' in the query", "/q?q=it's"],
  ["%40 and %3A", "/a%40b%3Ac?q=a%40b%3Ac"],
  ["//", "/a//b"],
  ["%2e", "/a%2eb"],
  ["%7E", "/%7Ea"],
  ["%2F", "/a%2Fb"],
  ["%c3%a9 (lower case)", "/caf%c3%a9"],
  ["%C3%A9 (upper case)", "/caf%C3%A9"],
  ["non-ASCII", "/café?q=é"],
  ["+ and %20", "/q?q=a+b%20c"],
];

/**
 * All of them. Spellings are sent by POST: of a GET the Worker also accepts some that were changed on the way.
 * Fewer than the refusals a minute that the log lists in full.
 */
export const probes: readonly Probe[] = [
  { name: "a plain webhook", method: "POST", rest: "/plain?a=1", parameters: [], kind: "plain" },
  {
    name: "a text that looks like an attack",
    method: "POST",
    rest: "/text",
    parameters: [["Body", HOSTILE]],
    kind: "text",
  },
  {
    name: "the same in the query (GET)",
    method: "GET",
    rest: "/text",
    parameters: [["Body", HOSTILE]],
    kind: "text",
  },
  ...spellings.map(([name, rest]): Probe => ({
    name,
    method: "POST",
    rest,
    parameters: [],
    kind: "spelling",
  })),
];
