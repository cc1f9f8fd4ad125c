import { err, ok, type Result } from "../../shared/result.ts";
import { fallsWithCloudflare } from "./deployment.ts";
import { connectUrl, directUrl, type Left, reconnectUrl, type Wiring } from "./match.ts";
import { isSame, type Resource, type Setting, settings, type SetTo, setTo } from "./resource.ts";
import { cutWebhookUrl } from "./webhook-url.ts";

/** What is to become of one webhook URL. */
export type Intent =
  | {
      readonly kind: "change";
      readonly to: SetTo;
      /** The origin that it leads to; `undefined` for a fallback and what is put back. */
      readonly origin: string | undefined;
      readonly notes: readonly string[];
    }
  /** It is as it is wanted. */
  | { readonly kind: "right"; readonly origin: string | undefined }
  | ({ readonly kind: "left" } & Left)
  /** Nothing is set there. */
  | { readonly kind: "empty" };

/** One webhook URL, and what is to become of it. */
export interface Step {
  readonly resource: Resource;
  readonly setting: Setting;
  readonly present: SetTo;
  readonly intent: Intent;
}

/** What Twilio is to ask when Hookswitch has no answer, by medium; `undefined` for the application itself. */
export type Fallbacks = Readonly<Record<Setting["medium"], string | undefined>>;

/**
 * Plans how the resources come to send their webhooks to Hookswitch.
 *
 * A fallback of Twilio's follows what it is for: where that is Hookswitch's and there is none, or one that
 * falls with Cloudflare, it becomes the application itself. What somebody chose stays.
 *
 * @param base The deployment's address.
 */
export function planConnect(
  resources: readonly Resource[],
  wiring: Wiring,
  { base, fallbacks }: { readonly base: string; readonly fallbacks: Fallbacks },
): readonly Step[] {
  return resources.flatMap((resource) => {
    const first = settings[resource.kind]
      .filter(({ use }) => use !== "fallback")
      .map((setting) => stepOf(resource, setting, connectIntent(resource, setting, wiring, base)));
    const intentOf = (setting: Setting): Intent => {
      const primary = first.find(
        (step) => step.setting.use === "answer" && step.setting.medium === setting.medium,
      );
      return fallbackIntent(stepOf(resource, setting, { kind: "empty" }), primary, {
        wiring,
        wanted: fallbacks[setting.medium],
      });
    };
    return settings[resource.kind].map(
      (setting) =>
        first.find((step) => step.setting === setting) ??
        stepOf(resource, setting, intentOf(setting)),
    );
  });
}

/** Plans how all that is Hookswitch's goes straight to the origins, by the configuration alone. */
export function planDirect(resources: readonly Resource[], wiring: Wiring): readonly Step[] {
  return resources.flatMap((resource) =>
    settings[resource.kind].map((setting) => {
      const present = setTo(resource, setting);
      const cut = cutWebhookUrl(present.url);
      if (present.url === "") return stepOf(resource, setting, { kind: "empty" });
      const direct = cut === undefined ? undefined : directUrl(cut, wiring);
      if (direct === undefined) {
        return stepOf(resource, setting, leftAs("not_ours", "not Hookswitch's"));
      }
      if (!direct.ok) return stepOf(resource, setting, { kind: "left", ...direct.error });
      const { url, origin, notes } = direct.value;
      return stepOf(resource, setting, {
        kind: "change",
        to: { ...present, url },
        origin: origin.name,
        notes,
      });
    }),
  );
}

/** A step with what is set at present. */
export function stepOf(resource: Resource, setting: Setting, intent: Intent): Step {
  return { resource, setting, present: setTo(resource, setting), intent };
}

/** The intent to leave it. */
export function leftAs(reason: Left["reason"], message: string): Intent {
  return { kind: "left", reason, message };
}

function connectIntent(resource: Resource, setting: Setting, wiring: Wiring, base: string): Intent {
  const present = setTo(resource, setting);
  if (present.url === "") return { kind: "empty" };
  const unused = unusedBy(resource, setting);
  if (unused !== undefined) return unused;
  const cut = cutWebhookUrl(present.url);
  if (cut === undefined) return leftAs("no_url", "no http or https URL");
  const connected =
    reconnectUrl(cut, setting.use, wiring, base) ?? connectUrl(cut, setting.use, wiring, base);
  if (!connected.ok) return { kind: "left", ...connected.error };
  const { url, origin, notes } = connected.value;
  const to = { ...present, url };
  return isSame(present, to)
    ? { kind: "right", origin: origin.name }
    : { kind: "change", to, origin: origin.name, notes };
}

/** A status callback of a number counts whatever answers its calls. */
function unusedBy({ instead }: Resource, { use, medium }: Setting): Intent | undefined {
  const other = instead[medium];
  if (other === undefined || use === "status") return undefined;
  return leftAs("unused", `Twilio does not use it, but that of ${other}`);
}

function fallbackIntent(
  { resource, setting, present }: Step,
  primary: Step | undefined,
  { wiring, wanted }: { readonly wiring: Wiring; readonly wanted: string | undefined },
): Intent {
  const cut = cutWebhookUrl(present.url);
  const falls = cut !== undefined && fallsWithCloudflare(cut.url, wiring.deployment);
  if (primary?.intent.kind !== "change" && primary?.intent.kind !== "right") {
    if (present.url === "") return { kind: "empty" };
    return (
      unusedBy(resource, setting) ??
      leftAs(
        "not_connected",
        falls
          ? "falls with Cloudflare, yet what it is for is not changed here"
          : "what it is for is not changed here",
      )
    );
  }
  if (wanted !== undefined) return changeTo(present, { ...present, url: wanted });
  const around = wayAround(primary, wiring);
  if (present.url !== "" && !falls) {
    // Overrides aside: what somebody adds to them is theirs.
    return around.ok && cutWebhookUrl(around.value)?.url.href === cut?.url.href
      ? { kind: "right", origin: undefined }
      : leftAs("fallback_kept", "it does not depend on Hookswitch");
  }
  // The application wants it by the method that it is asked by.
  if (around.ok) return changeTo(present, { url: around.value, method: primary.present.method });
  return { kind: "left", ...around.error };
}

function changeTo(present: SetTo, to: SetTo): Intent {
  return isSame(present, to)
    ? { kind: "right", origin: undefined }
    : { kind: "change", to, origin: undefined, notes: [] };
}

/** The application's own URL: the one that is set now, else the one that Hookswitch would ask. */
function wayAround({ present }: Step, wiring: Wiring): Result<string, Left> {
  const cut = cutWebhookUrl(present.url);
  const direct = cut === undefined ? undefined : directUrl(cut, wiring);
  if (direct?.ok === false) return direct;
  const url = direct?.value.url ?? present.url;
  const host = cutWebhookUrl(url)?.url;
  if (
    host === undefined ||
    host.protocol !== "https:" ||
    fallsWithCloudflare(host, wiring.deployment)
  ) {
    return err({
      reason: "no_way_around",
      message:
        "the origin falls with Cloudflare too: name a TwiML Bin by --voice-fallback or --sms-fallback",
    });
  }
  return ok(url);
}
