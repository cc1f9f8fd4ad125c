/**
 * What the names of Twilio's parameters mean to a log. Compared without regard to case or to `_`:
 * JSON bodies spell the same names in other ways (`AccountSid`, `accountSid`, `account_sid`).
 * @see https://www.twilio.com/docs/usage/webhooks (per product) and the field descriptions of
 *   github.com/twilio/twilio-oai, both read 2026-10.
 */

/** Kept nowhere: keypad digits and card data. A delivery that held one is marked redacted. */
export const KEYPAD_AND_CARD = words(`
  Digits FinishedOnKey
  PaymentCardNumber PaymentCardType PaymentCardPostalCode PaymentToken PaymentConfirmationCode
  ExpirationDate SecurityCode BankAccountNumber BankRoutingNumber PostalCode ProfileId`);

/** Kept nowhere either: secrets that an application uses at once or not at all. */
export const SECRETS = words("CallToken StirPassportToken");

/** Shown masked: who, where and what was said; and what a webhook URL's own query may hold for a password. */
export const PERSONAL = words(`
  From To Caller Called ForwardedFrom WaId DialCallFrom DialCallTo Author Identity ClientIdentity
  ReferTransferTarget ParticipantIdentity ParticipantLabel
  MessagingBinding.Address MessagingBinding.ProxyAddress Address ProxyAddress
  CallerName ProfileName SipCallId SipDomain Latitude Longitude Label
  Body ButtonText ButtonPayload InteractiveData FlowData ChannelMetadata AddOns
  Attributes TaskAttributes WorkerAttributes FriendlyName
  Token AccessToken AuthToken ApiKey Key Secret Password Sig Signature
  SpeechResult StableSpeechResult UnstableSpeechResult TranscriptionText TranscriptionData RecordingUrl TranscriptionUrl ErrorUrl`);

const neverKept = normalised([...KEYPAD_AND_CARD, ...SECRETS]);
const keypadAndCard = normalised(KEYPAD_AND_CARD);
const personal = normalised(PERSONAL);
// Families with a number or a place in the name: MediaUrl0, ReferralBody, FromCity, CalledZip.
const PERSONAL_FAMILY =
  /^(mediaurl\d*|referral.*|sipheader.*|(from|to|caller|called)(city|state|zip))$/;
const SID = /^[A-Z]{2}[0-9a-f]{32}$/;

// The more telling one first: a message's callback has both MessageStatus and SmsStatus.
const STATUS_NAMES = words(`
  MessageStatus SmsStatus DialCallStatus RecordingStatus TranscriptionStatus StatusCallbackEvent
  CallStatus EventType Level Status`);

const neverKeptAnywhere = new RegExp(
  [...KEYPAD_AND_CARD, ...SECRETS]
    .map((name) => name.replaceAll(/(?<!^)(?=[A-Z])/g, "_?"))
    .join("|"),
  "i",
);

// Letters of a name are never escaped by Twilio, in a form or in JSON; a stranger's may be.
const ENCODED_LETTER = /(?:%|\\u00)(4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])/i;

/** Whether a raw body or query may hold something that must not be kept; `false` is certain. Linear in its length. */
export function mayHoldNeverKept(encoded: string): boolean {
  return neverKeptAnywhere.test(encoded) || ENCODED_LETTER.test(encoded);
}

/** `Digits=1234` and the like in any text; the first group is what may stay. */
export const neverKeptAssignments = new RegExp(
  String.raw`\b((?:${neverKeptAnywhere.source})=)[^&"'<>\s]+`,
  "gi",
);

/** Whether a parameter must not be kept at all. */
export function isNeverKept(name: string): boolean {
  return neverKept.has(normalise(name));
}

/** Whether it is keypad digits or card data: what a replay would need and does not get. */
export function isKeypadOrCard(name: string): boolean {
  return keypadAndCard.has(normalise(name));
}

/** Whether a parameter's value is personal, and so shown masked. */
export function isPersonal(name: string): boolean {
  const wanted = normalise(name);
  return personal.has(wanted) || PERSONAL_FAMILY.test(wanted);
}

/** Which side of a call or message a parameter names; `undefined` for neither. */
export function partyOf(name: string): "from" | "to" | undefined {
  switch (normalise(name)) {
    case "from":
    case "caller":
      return "from";
    case "to":
    case "called":
      return "to";
    default:
      return undefined;
  }
}

/** Whether a value has the form of a Twilio sid, such as `CA…`. */
export function isSid(value: string): boolean {
  return SID.test(value);
}

/** The status a webhook reports, in Twilio's spelling; `undefined` when it reports none. */
export function statusOf(value: (name: string) => string | undefined): string | undefined {
  for (const name of STATUS_NAMES) {
    const status = value(name);
    if (status !== undefined && status !== "") return status;
  }
  return undefined;
}

function normalised(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map(normalise));
}

/** A name as it is compared. */
export function normalise(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function words(list: string): readonly string[] {
  return list.trim().split(/\s+/);
}
