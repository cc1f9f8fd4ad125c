import type { ComponentChildren } from "preact";
import type { Delivery } from "./api-types.ts";
import { ErrorLink } from "./error-link.tsx";
import { Explanation } from "./explanation.tsx";
import { duration, fromNow, fullTime } from "./format.ts";
import { useNow } from "./hooks.ts";
import { Link, type Go } from "./link.tsx";
import { causeOf, dedupeWords, outcomeWords, signedUrlWords, spaced } from "./words.ts";

/** What became of a delivery, and what it was about. */
export function Facts({ delivery, go }: { readonly delivery: Delivery; readonly go: Go }) {
  const nowMs = useNow(1_000);
  const { reason, origin, account_sid, error_code, error, next_attempt_at } = delivery;
  const cause = delivery.verified ? causeOf(reason) : undefined;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">What happened</h2>
      <dl>
        <Fact name="Outcome">{outcomeWords(delivery.outcome).meaning}</Fact>
        {reason !== null && (
          <Fact name="Reason">
            {spaced(reason)}
            {cause !== undefined && (
              <span class="hint">
                {" "}
                {cause.cause} {cause.advice}
              </span>
            )}
          </Fact>
        )}
        {error_code !== null && (
          <Fact name="Error">
            <ErrorLink code={error_code} /> {error}
          </Fact>
        )}
        {origin !== null && (
          <Fact name="Origin">
            <Link to={{ kind: "list", filters: { origin } }} go={go}>
              {origin}
            </Link>
          </Fact>
        )}
        <Fact name="Status">{delivery.http_status ?? "none yet"}</Fact>
        <Fact name="Took">{duration(delivery.duration_ms)}</Fact>
        {delivery.under_way && <Fact name="Next attempt">under way</Fact>}
        {next_attempt_at !== null && (
          <Fact name="Next attempt">
            {fromNow(next_attempt_at, nowMs)} <span class="hint">{fullTime(next_attempt_at)}</span>
          </Fact>
        )}
        {delivery.dedupe !== null && delivery.dedupe !== "off" && (
          <Fact name="Duplicate?">{dedupeWords(delivery.dedupe)}</Fact>
        )}
        {delivery.first_delivery_id !== null && (
          <Fact name="First one">
            <Link to={{ kind: "delivery", id: delivery.first_delivery_id }} go={go} class="sid">
              {delivery.first_delivery_id}
            </Link>
          </Fact>
        )}
        {delivery.replay !== null && <Fact name="Replay">{delivery.replay}</Fact>}
        {account_sid !== null && (
          <Fact name="Account">
            <Link to={{ kind: "list", filters: { account: account_sid } }} go={go} class="sid">
              {account_sid}
            </Link>
          </Fact>
        )}
        {delivery.sids.length > 0 && (
          <Fact name="Sids">
            {delivery.sids.map((sid) => (
              <Link key={sid} to={{ kind: "list", filters: { sid } }} go={go} class="sid">
                {sid}
              </Link>
            ))}
          </Fact>
        )}
      </dl>
    </section>
  );
}

/** By which key and which URL it was proven, or why not and what to do. */
export function Verification({ delivery }: { readonly delivery: Delivery }) {
  const { verified, key, signed_url, reason } = delivery;
  const cause = causeOf(reason);
  return (
    <section aria-labelledby="verification">
      <h2 id="verification">Verification</h2>
      {verified ? (
        <dl>
          <Fact name="Proven">yes, Twilio signed it</Fact>
          {key !== null && (
            <Fact name="Key">
              <code>{key}</code>
            </Fact>
          )}
          {signed_url !== null && <Fact name="Signed URL">{signedUrlWords(signed_url)}</Fact>}
        </dl>
      ) : (
        <>
          <dl>
            <Fact name="Proven">no</Fact>
            {reason !== null && <Fact name="Why">{cause?.cause ?? spaced(reason)}</Fact>}
            {cause !== undefined && <Fact name="What to do">{cause.advice}</Fact>}
          </dl>
          {reason !== null && reason !== "misconfigured" && <Explanation id={delivery.id} />}
        </>
      )}
    </section>
  );
}

function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
