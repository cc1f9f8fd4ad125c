/**
 * What most probably lies behind refusals, by the reason that most of them have: what a person looks at first.
 * @param isAllRefused Whether nothing at all was proven to be Twilio's meanwhile.
 */
export function likelyCause(reason: string, isAllRefused: boolean): string {
  switch (reason) {
    case "signature_mismatch":
      return isAllRefused
        ? "all of them: an auth token that was rotated at Twilio, or a URL that is not the one Twilio signed (public_url, normalisation)"
        : "some pass: forged requests, a number with another account's token, or a URL that is rewritten on the way";
    case "signature_missing":
    case "signature_malformed":
      return isAllRefused
        ? "no signature: a proxy that takes the header off, or nobody but strangers calls"
        : "no signature: strangers, such as scanners";
    case "account_without_key":
    case "account_not_allowed":
      return "an account without a key here: set TWILIO_AUTH_TOKEN_<AccountSid>, or look at accounts";
    case "signing_key_unknown":
      return "a signing key that TWILIO_SIGNING_KEYS does not have";
    case "body_hash_mismatch":
    case "body_hash_missing":
      return "a body that was changed on the way, or is not Twilio's";
    case "body_too_large":
    case "body_unreadable":
      return "bodies that are too large or break off";
    default:
      return "open one of them in the log: it says why";
  }
}
