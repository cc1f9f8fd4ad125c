/**
 * What the names of Twilio's parameters mean to a log. Compared without regard to case or to `_`:
 * JSON bodies spell the same names in other ways (`AccountSid`, `accountSid`, `account_sid`).
 * @see https://www.twilio.com/docs/usage/webhooks (per product) and the field descriptions of
 *   github.com/twilio/twilio-oai, both read 2026-10.
 */

/** Kept nowhere: keypad digits and card data. A delivery that held one is marked redacted. */
const KEYPAD_AND_CARD = words(`
  Digits FinishedOnKey
  PaymentCardNumber PaymentCardType PaymentCardPostalCode PaymentToken PaymentConfirmationCode
  ExpirationDate SecurityCode BankAccountNumber BankRoutingNumber PostalCode ProfileId`);

/** Kept nowhere either: secrets that an application uses at once or not at all. */
const SECRETS = words("CallToken StirPassportToken");

/** Shown masked: who, where and what was said. */
const PERSONAL = words(`
  From To Caller Called ForwardedFrom WaId DialCallFrom DialCallTo Author Identity ClientIdentity
  MessagingBinding.Address MessagingBinding.ProxyAddress Address ProxyAddress
  CallerName ProfileName SipCallId SipDomain Latitude Longitude Label
  Body ButtonText ButtonPayload InteractiveData FlowData ChannelMetadata AddOns
  Attributes TaskAttributes WorkerAttributes FriendlyName
  SpeechResult UnstableSpeechResult TranscriptionText RecordingUrl TranscriptionUrl ErrorUrl`);

const neverKept = normalised([...KEYPAD_AND_CARD, ...SECRETS]);
const keypadAndCard = normalised(KEYPAD_AND_CARD);
const personal = normalised(PERSONAL);
// Families with a number or a place in the name: MediaUrl0, ReferralBody, FromCity, CalledZip.
const PERSONAL_FAMILY = /^(mediaurl\d*|referral.*|(from|to|caller|called)(city|state|zip))$/;
const SID = /^[A-Z]{2}[0-9a-f]{32}$/;

// The more telling one first: a message's callback has both MessageStatus and SmsStatus.
const STATUS_NAMES = words(`
  MessageStatus SmsStatus DialCallStatus RecordingStatus TranscriptionStatus StatusCallbackEvent
  CallStatus EventType Level Status`);

// A cheap look at a whole body: letters and digits are never percent-encoded by Twilio.
const neverKeptAnywhere = new RegExp(
  [...KEYPAD_AND_CARD, ...SECRETS]
    .map((name) => name.replaceAll(/(?<!^)(?=[A-Z])/g, "_?"))
    .join("|"),
  "i",
);

/** Whether a raw body or query may hold something that must not be kept; `false` is certain. */
export function mayHoldNeverKept(encoded: string): boolean {
  return neverKeptAnywhere.test(encoded);
}

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

function normalise(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function words(list: string): readonly string[] {
  return list.trim().split(/\s+/);
}
