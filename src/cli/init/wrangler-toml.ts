/** What of a `wrangler.toml` depends on where it stands. */
export interface WranglerTomlParts {
  /** Of the Worker, and so of its workers.dev address. */
  readonly name: string;
  /** The Worker's entry, relative to the file. */
  readonly main: string;
  /** The folder of the log's page, relative to the file. */
  readonly page: string;
  /** What builds that page; nothing where it came built with the package. */
  readonly buildCommand: string | undefined;
  /** How wrangler is to be told of the file: nothing where it finds it by itself. */
  readonly configFlag: string;
}

/**
 * A `wrangler.toml` for an application of one's own, to be read from top to bottom. A test holds it against the
 * one of this repository: flags, bindings and migrations are the same.
 */
export function wranglerToml(parts: WranglerTomlParts): string {
  const { configFlag } = parts;
  return `# Hookswitch on Cloudflare. \`npx hookswitch check${configFlag}\` tells what is wrong with this file.
# Secrets never stand here: on this machine they are in .dev.vars, in production they are set with
# \`npx wrangler secret put TWILIO_AUTH_TOKEN${configFlag}\` (all their names: .dev.vars.example).

name = "${parts.name}"
main = "${parts.main}"
minify = true
keep_names = false
compatibility_date = "2026-10-01"
compatibility_flags = [
  "enable_request_signal", # tells when Twilio has hung up
  "global_fetch_strictly_public", # an origin on the same zone goes through its front door
]

# Where Twilio reaches the Worker. The first deploy answers on https://${parts.name}.<account>.workers.dev. For a host
# name of your own, of a zone on Cloudflare, take the two lines below instead of workers_dev = true.
workers_dev = true
# routes = [{ pattern = "hooks.example.com", custom_domain = true }]
# workers_dev = false

# Every version would get a public address of its own, with the same secrets.
preview_urls = false

# Cloudflare's own logs, without what holds phone numbers and message texts.
[observability]
enabled = true
redact_query_string = true

[observability.logs]
invocation_logs = false

${pageSection(parts)}
# The ledger: claims and the log of deliveries, in a SQLite-backed Durable Object.
[[durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Ledger"]

# Answers for duplicates, for when the ledger cannot be asked. \`wrangler deploy\` makes the namespace, so no id stands
# here. It may be left out; on the free plan it carries 1,000 writes a day.
[[kv_namespaces]]
binding = "ANSWERS"

# Works out each minute whether somebody is to be told. Does nothing without [vars.ALERTS], such as the one here; the
# address is a secret (docs/alerts.md of the package).
[triggers]
crons = ["* * * * *"]

# [vars.ALERTS]
# slack = "$SLACK_URL"

# --- Origins ---------------------------------------------------------------------------------------------------------
#
# One table for each of your application's webhook URLs. Put your own https URLs in the place of these, which lead to
# an application on this machine. What follows a \`#\` is Twilio's own syntax of connection overrides (rc: retries,
# rp: when, rt: ms for one attempt, tt: ms in all).

# Incoming messages. Retried on a 5xx and where nothing was reached; then a message of our own.
[vars.ORIGINS.sms]
path = "/sms"
url = "http://127.0.0.1:3000/sms#rc=2&rp=5xx,ct"
fallback_twiml = "<Response><Message>We have your message and will answer soon.</Message></Response>"

# Incoming calls, and the steps of a call: relative URLs in TwiML keep working under a prefix.
[vars.ORIGINS.voice]
path = "/voice/*"
url = "http://127.0.0.1:3000/voice/*#rt=4000&rc=1&rp=5xx,rt,ct"
fallback_twiml = "<Response><Say>We cannot take your call right now. Please call back in a minute.</Say></Response>"

# Status callbacks, which want no TwiML: Twilio is acknowledged at once, the application is asked afterwards, again and
# again for three days if it has to be.
# [vars.ORIGINS.status]
# path = "/status"
# url = "https://app.example.com/status"
# mode = "queue"

# Event Streams, as JSON. Twilio waits 5 s, and repeats an event for up to 4 hours.
# [vars.ORIGINS.events]
# path = "/events"
# url = "https://app.example.com/events#tt=4500"
# dedupe = { ttl = 14400 }

# --- Staging and production ------------------------------------------------------------------------------------------
#
# An environment inherits neither vars nor bindings: it has the ledger, KV and origins of its own, and its own secrets.
# \`npx hookswitch check --env production${configFlag}\` tells what is missing, \`npx wrangler deploy --env production${configFlag}\` deploys it.
# [env.production]
# routes = [{ pattern = "hooks.example.com", custom_domain = true }]
# workers_dev = false
#
# [[env.production.durable_objects.bindings]]
# name = "LEDGER"
# class_name = "Ledger"
#
# [[env.production.kv_namespaces]]
# binding = "ANSWERS"
#
# [env.production.vars.ORIGINS.sms]
# path = "/sms"
# url = "https://app.example.com/sms#rc=2&rp=5xx,ct"
`;
}

function pageSection({ page, buildCommand }: WranglerTomlParts): string {
  const build = buildCommand === undefined ? "" : `[build]\ncommand = "${buildCommand}"\n\n`;
  const whence =
    buildCommand === undefined
      ? "in the installed package, so npm update brings the new one"
      : "built from src/page";
  return `# The log's page, ${whence}. Webhooks come to the Worker first, and so does the
# page, which gets its headers there. Without this there is no page, and nothing else changes.
${build}[assets]
directory = "${page}"
binding = "PAGE"
run_worker_first = true
html_handling = "none"
`;
}
