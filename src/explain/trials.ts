import type { Key, SignatureAlgorithm } from "../verify/keys.ts";
import { signedUrls } from "../verify/signed-url.ts";
import { coverageTrials } from "./coverage-trials.ts";
import { parameterTrials } from "./parameter-trials.ts";
import type { ReadSignature } from "./signature-text.ts";
import type { Refusal, Trial } from "./trial.ts";
import { urlTrials } from "./url-trials.ts";

/** Every trial, in the order of `changes`. */
export async function* trials(refusal: Refusal, signature: ReadSignature): AsyncGenerator<Trial> {
  const { urls, webhook, origin, called } = refusal;
  if (signature.isMended) yield { change: "signature_text", urls };
  if (origin?.publicUrl !== undefined) {
    const asReceived = signedUrls(webhook, { route: origin.route, publicUrl: undefined });
    const texts = asReceived.map(({ url }) => url);
    yield { change: "public_url", urls: texts, from: called.host, to: webhook.rawUrl.host };
  }
  yield { change: "key", urls, keys: refusal.otherKeys, from: refusal.accountSid };
  yield { change: "key_algorithm", urls, keys: turned(refusal, signature.algorithm) };
  yield* urlTrials(refusal);
  yield* coverageTrials(refusal);
  yield* parameterTrials(refusal);
}

/** Signing keys that are configured with the other HMAC than the signature's. */
function turned({ config }: Refusal, algorithm: SignatureAlgorithm): readonly Key[] {
  const others = [...config.keys.signingKeys.values()].filter((key) => key.algorithm !== algorithm);
  return others.map((key) => ({ ...key, algorithm }));
}
