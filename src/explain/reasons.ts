/** What a refusal's reason means, and what to do (README, "Why a webhook was refused"). */
export const refusalReasons: Readonly<Record<string, readonly [cause: string, advice: string]>> = {
  signature_mismatch: [
    "No key and spelling of the URL gives this signature.",
    "If it is genuine: compare the auth token first. Then: is URL normalisation off? Are https and the host what Twilio was given (public_url)? Does anything in front rewrite the body?",
  ],
  signature_missing: [
    "There was no X-Twilio-Signature.",
    "Not Twilio, or something in front drops the header.",
  ],
  signature_malformed: [
    "The signature has not the form of one.",
    "Not Twilio, or a signing key is missing.",
  ],
  signing_key_unknown: [
    "X-Twilio-Signature-Key-Sid names a key that is not configured.",
    "Add it to TWILIO_SIGNING_KEYS.",
  ],
  account_without_key: [
    "There is no auth token for its account.",
    "Set the subaccount's own token, TWILIO_AUTH_TOKEN_<AccountSid>.",
  ],
  account_ambiguous: [
    "Query, form and JSON name different accounts.",
    "Not Twilio, or an AccountSid of your own in the webhook URL's query: rename it.",
  ],
  account_not_allowed: [
    "Genuine, but the origin's accounts does not list its account.",
    "List it, if it is yours.",
  ],
  body_hash_missing: [
    "A body that is no form, and no bodySHA256 in the URL.",
    "Not Twilio, or the Content-Type was changed on the way.",
  ],
  body_hash_malformed: ["bodySHA256 is no SHA-256.", "Not Twilio."],
  body_hash_ambiguous: ["There are two different bodySHA256.", "Not Twilio."],
  body_hash_mismatch: [
    "The URL is genuine, the body is not the one that was hashed.",
    "Look for what re-encodes bodies in front. Else: a captured URL with another body.",
  ],
  body_on_get: ["A GET with a body, which nothing signs.", "Not Twilio."],
  body_encoding_unsupported: [
    "A compressed or multipart body, or one in another charset than UTF-8.",
    "Not Twilio, or something in front re-encodes bodies.",
  ],
  too_many_parameters: ["A form of more than 1,000 parameters.", "Not Twilio."],
  path_not_allowed: [
    "A dot segment, a backslash or a control character in the path.",
    "Not Twilio; keep such out of the URL.",
  ],
  method_not_allowed: ["Neither GET nor POST.", "Not Twilio."],
  body_too_large: ["The body is over 1 MiB.", "Nothing: Twilio sends none so large."],
  body_unreadable: ["The body broke off.", "Nothing, unless it happens often."],
};
