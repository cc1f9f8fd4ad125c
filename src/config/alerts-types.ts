/** Who is told. Addresses and keys are ready to use: they are secrets, and go into no message. */
export type AlertDestination =
  | { readonly kind: "slack"; readonly url: string }
  | {
      readonly kind: "webhook";
      readonly url: string;
      /** The key of Standard Webhooks, base64 without its `whsec_`. */
      readonly secret: string;
    }
  | { readonly kind: "pagerduty"; readonly url: string; readonly key: string };

/** So many of so many. */
export interface RateRule {
  /** 0–1, of the webhooks of an origin in the window. */
  readonly share: number;
  /** ≥ 1: fewer are no rate. */
  readonly atLeast: number;
}

/** When it is too quiet. */
export interface SilenceRule {
  /** Without a webhook for so long, ms. */
  readonly afterMs: number;
  /** Minutes of the day, 0–1440; from after to: over midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** `Mon` … `Sun`. Over midnight a day is the one that the hours begin on. */
  readonly days: readonly string[];
  /** IANA's name. */
  readonly timeZone: string;
}

/** What is told of; `undefined` or `false` for what is not. */
export interface AlertRules {
  readonly failing: RateRule | undefined;
  readonly refusals: RateRule | undefined;
  /** `used`: 0–1 of the budget. */
  readonly budget: (RateRule & { readonly used: number }) | undefined;
  readonly backlogMs: number | undefined;
  /** 0–1 of what an object may store. */
  readonly storage: { readonly warn: number; readonly full: number } | undefined;
  readonly silence: SilenceRule | undefined;
  readonly breaker: boolean;
  readonly dead: boolean;
  readonly ledger: boolean;
  readonly configuration: boolean;
  readonly usage_trigger: boolean;
  readonly debugger: boolean;
  readonly twilio_fallback: boolean;
}

/** `[vars.ALERTS]`, ready to use. */
export interface AlertsConfig {
  /** Of this deployment, in every alert. */
  readonly name: string;
  /** One at least. */
  readonly destinations: readonly AlertDestination[];
  /** Where the log's page is, for a link. */
  readonly logUrl: string | undefined;
  /** What `#<rule>` is put behind. */
  readonly runbookUrl: string;
  /** What rates are counted over. */
  readonly windowMs: number;
  /** The least between two alerts of one rule about the same thing. */
  readonly intervalMs: number;
  /** How often one that goes on is told again; `undefined` for never. */
  readonly repeatMs: number | undefined;
  readonly rules: AlertRules;
}
