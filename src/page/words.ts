import { refusalReasons } from "../explain/reasons.ts";

/** How an outcome looks; colour never stands alone, the word and the sign go with it. */
export type Tone = "good" | "warn" | "bad" | "deny" | "info" | "mute";

interface OutcomeWords {
  readonly tone: Tone;
  readonly sign: string;
  /** What it means, in a sentence. */
  readonly meaning: string;
}

const outcomes: Readonly<Record<string, OutcomeWords>> = {
  answered: { tone: "good", sign: "✓", meaning: "The origin's own answer." },
  delivered: { tone: "good", sign: "✓", meaning: "Delivered afterwards, or by a replay." },
  fell_back: {
    tone: "warn",
    sign: "↷",
    meaning: "The origin had no usable answer; Twilio was given the fallback's.",
  },
  failed: { tone: "bad", sign: "✕", meaning: "Nobody had an answer." },
  dead: { tone: "bad", sign: "■", meaning: "Acknowledged, and given up." },
  refused: { tone: "deny", sign: "⊘", meaning: "Not proven to be Twilio's." },
  unrouted: { tone: "mute", sign: "?", meaning: "Twilio's, but no origin takes its path." },
  duplicate: { tone: "mute", sign: "=", meaning: "The same webhook again." },
  running: { tone: "info", sign: "…", meaning: "Not over yet." },
  queued: { tone: "info", sign: "◷", meaning: "Acknowledged, and still to be delivered." },
  interrupted: { tone: "bad", sign: "↯", meaning: "Its process was lost." },
};

/** Every outcome, in the order that a stack of them is drawn in: the good at the bottom. */
export const outcomeOrder = [
  "answered",
  "delivered",
  "duplicate",
  "queued",
  "running",
  "fell_back",
  "refused",
  "unrouted",
  "interrupted",
  "dead",
  "failed",
];

/** The words for an outcome; a later version's new one is shown as it is. */
export function outcomeWords(outcome: string): OutcomeWords & { readonly word: string } {
  const known = Object.hasOwn(outcomes, outcome) ? outcomes[outcome] : undefined;
  return { ...(known ?? { tone: "mute", sign: "·", meaning: "" }), word: spaced(outcome) };
}

/** `fell_back` as one reads it. */
export function spaced(word: string): string {
  return word.replaceAll("_", " ");
}

/** Twilio's page of an error code. */
export function errorPage(code: number): string {
  return `https://www.twilio.com/docs/api/errors/${code}`;
}

const causes: Readonly<Record<string, readonly [cause: string, advice: string]>> = {
  ...refusalReasons,
  misconfigured: [
    "The configuration has a problem.",
    "See the problems in the overview, or run: npx hookswitch check",
  ],
  websocket_unsupported: [
    "A WebSocket handshake, which Hookswitch does not carry.",
    "Point Media Streams and ConversationRelay at your application.",
  ],
  not_a_report: [
    "It tells nothing of what Twilio saw itself, and this origin sends nothing on.",
    "Give it the URL of an origin of your application's.",
  ],
  debugger_error: ["An error in Twilio's own view.", "See what Twilio saw."],
  debugger_warning: ["A warning in Twilio's own view.", "See what Twilio saw."],
  twilio_fallback: ["Twilio had no usable answer from the first URL.", "See what Twilio saw."],
  usage_trigger: ["A threshold of use or price was reached.", "See Twilio's console, Usage."],
  first_did_not_end: [
    "The first webhook's answer did not come in time.",
    "Look at the first delivery.",
  ],
  wants_twiml: [
    "It looks like a request for TwiML, on a queued path.",
    'Take mode = "respond" for this origin: a caller is given nothing.',
  ],
  ledger_unavailable: [
    "The ledger did not answer within a second: it was forwarded at once.",
    "Nothing, unless it happens often: see the overview.",
  ],
  digits_without_log_key: [
    "It holds keypad digits or card data and there is no LOG_KEY: it was forwarded at once.",
    "Set LOG_KEY, to have such webhooks queued.",
  ],
  lease_ended: [
    "Its process was lost before there was an answer.",
    "Twilio's retry may have come.",
  ],
  gone: ["The application answered 410.", "Send it again once the application takes it."],
  not_retried: ["The application answered a 4xx.", "Mend the application, then send it again."],
  hours_used: ["It was tried for all of retry.hours.", "Mend the application, then send it again."],
  unreadable: ["What was kept of it cannot be read.", "Nothing can be sent."],
};

/** Why, and what to do (README, "Why a webhook was refused"); `undefined` for a reason that is not known here. */
export function causeOf(
  reason: string | null,
): { readonly cause: string; readonly advice: string } | undefined {
  const known = reason !== null && Object.hasOwn(causes, reason) ? causes[reason] : undefined;
  return known && { cause: known[0], advice: known[1] };
}

const signedUrls: Readonly<Record<string, string>> = {
  raw: "the URL exactly as it was requested",
  "without-port": "the URL without its port",
  "default-port": "the URL with the scheme's default port",
  "typed-path": "the path as it is typed in the configuration",
};

/** Which spelling of the URL matched, in words. */
export function signedUrlWords(candidate: string): string {
  return Object.hasOwn(signedUrls, candidate) ? (signedUrls[candidate] ?? candidate) : candidate;
}

const notes: Readonly<Record<string, string>> = {
  off: "not looked at: nothing identifies it, or it is switched off",
  first: "the first of its kind",
  taken_over: "taken over from a process that was lost",
  isolate: "a repetition, answered by the isolate that had just answered it",
  ledger: "a repetition, answered from the ledger",
  kv: "a repetition, answered from KV",
  waited: "a repetition that waited for the first one's answer",
  unavailable: "could not be told: neither ledger nor KV answered",
};

/** What is known of duplicates, in words. */
export function dedupeWords(dedupe: string): string {
  return Object.hasOwn(notes, dedupe) ? (notes[dedupe] ?? dedupe) : dedupe;
}
