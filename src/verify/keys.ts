/** The HMACs Twilio signs with: SHA-1 for auth tokens, either for signing keys. */
export type SignatureAlgorithm = "HMAC-SHA1" | "HMAC-SHA256";

/** An auth token or a signing key of Twilio's. Its secret is never logged; its name is. */
export interface Key {
  /** How logs and headers call it, such as `TWILIO_AUTH_TOKEN#1`, `TWILIO_AUTH_TOKEN_AC…#2` or the key sid. Never the value. */
  readonly name: string;
  readonly secret: string;
  readonly algorithm: SignatureAlgorithm;
}

/** Every key of the configuration. */
export interface ConfiguredKeys {
  /** `TWILIO_AUTH_TOKEN`: primary first. */
  readonly defaultTokens: readonly Key[];
  /** `TWILIO_AUTH_TOKEN_AC…` by AccountSid: an account listed here is checked with these alone. */
  readonly accountTokens: ReadonlyMap<string, readonly Key[]>;
  /** `TWILIO_SIGNING_KEYS` by key sid. */
  readonly signingKeys: ReadonlyMap<string, Key>;
}
