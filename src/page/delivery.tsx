import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { Actions } from "./actions.tsx";
import type { View } from "./address.ts";
import type { Delivery, Role } from "./api-types.ts";
import { showDelivery } from "./client.ts";
import { Body, Pairs } from "./content.tsx";
import { bytes, duration, fromNow, fullTime } from "./format.ts";
import { useKeys, useNow } from "./hooks.ts";
import { Link, type Go } from "./link.tsx";
import { Outcome } from "./outcome.tsx";
import { Related } from "./related.tsx";
import { Trouble } from "./trouble.tsx";
import { afterAnswer, TWILIO_WAITS_MS, untilAnswer } from "./waterfall.ts";
import { WaterfallChart } from "./waterfall-chart.tsx";
import { causeOf, dedupeWords, errorPage, outcomeWords, signedUrlWords, spaced } from "./words.ts";

/** How often one that is not over is looked at again, ms. */
const AGAIN_MS = 3_000;

/** One delivery, whole. */
export function DeliveryView(props: {
  readonly id: string;
  readonly role: Role;
  readonly back: View;
  readonly go: Go;
  readonly onSignedOut: () => void;
}) {
  const { id, role, back, go, onSignedOut } = props;
  const [delivery, setDelivery] = useState<Delivery>();
  const [isUnmasked, setIsUnmasked] = useState(false);
  const [look, setLook] = useState(0);
  const [trouble, setTrouble] = useState<unknown>();

  useEffect(() => {
    const ended = new AbortController();
    let timer = 0;
    showDelivery(id, isUnmasked, ended.signal).then(
      (found) => {
        setDelivery(found);
        setTrouble(undefined);
        const isOver = found.outcome !== "running" && found.next_attempt_at === null;
        if (!isOver || found.under_way)
          timer = window.setTimeout(() => setLook((before) => before + 1), AGAIN_MS);
      },
      (error: unknown) => {
        if (!ended.signal.aborted) setTrouble(error);
      },
    );
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [id, isUnmasked, look]);

  useKeys(
    useCallback(
      (key) => {
        if (key === "Escape") go(back);
      },
      [back, go],
    ),
  );

  return (
    <article class="delivery">
      <p>
        <Link to={back} go={go}>
          ← Deliveries
        </Link>
      </p>
      <Trouble error={trouble} onSignedOut={onSignedOut} />
      {delivery === undefined && trouble === undefined && <p class="waiting">Loading…</p>}
      {delivery !== undefined && (
        <>
          <div class="title">
            <h1>
              <Outcome outcome={delivery.outcome} /> <span class="what">{headline(delivery)}</span>
            </h1>
          </div>
          <p class="hint">
            <time datetime={delivery.received_at}>{fullTime(delivery.received_at)}</time> ·{" "}
            <code>{delivery.id}</code>
          </p>
          <Actions
            delivery={delivery}
            role={role}
            onUnmask={setIsUnmasked}
            onReplayed={() => setLook((before) => before + 1)}
          />
          <div class="columns">
            <div>
              <Timeline delivery={delivery} />
              <Attempts delivery={delivery} />
              <RequestPart delivery={delivery} />
              <AnswerPart delivery={delivery} />
            </div>
            <div>
              <Facts delivery={delivery} go={go} />
              <Verification delivery={delivery} />
              <Related delivery={delivery} go={go} />
            </div>
          </div>
        </>
      )}
    </article>
  );
}

function headline({ request, origin, twilio_status }: Delivery): string {
  const path = URL.canParse(request.url) ? new URL(request.url).pathname : request.url;
  const asked = request.method === "" ? (origin ?? "") : `${request.method} ${path}`;
  return twilio_status === null ? asked : `${asked} · ${twilio_status}`;
}

function Timeline({ delivery }: { readonly delivery: Delivery }) {
  const after = afterAnswer(delivery);
  const share = Math.min(1, delivery.duration_ms / TWILIO_WAITS_MS);
  const isOver = delivery.outcome !== "running";
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Until Twilio had its answer</h2>
      {isOver && (
        <div class="budget">
          <span class="track" aria-hidden="true">
            <span
              class={`span ${share < 0.6 ? "good" : share < 0.95 ? "warn" : "bad"}`}
              style={{ width: `${Math.max(share * 100, 0.4)}%` }}
            />
          </span>
          <span class="hint">
            {duration(delivery.duration_ms)} of the 15 s that Twilio waits (
            {(share * 100).toFixed(share < 0.1 ? 1 : 0)} %)
            {delivery.hung_up ? " – Twilio had hung up before" : ""}
          </span>
        </div>
      )}
      <WaterfallChart label="Until Twilio had its answer" chart={untilAnswer(delivery)} />
      {after !== undefined && (
        <>
          <h3>Afterwards, since receipt</h3>
          <WaterfallChart label="Afterwards" chart={after} />
        </>
      )}
    </section>
  );
}

function Attempts({ delivery: { attempts, received_at } }: { readonly delivery: Delivery }) {
  if (attempts.length === 0) return null;
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts">Attempts</h2>
      <div class="wide" role="region" aria-labelledby="attempts" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {["", "To", "Began", "Took", "Bound", "Result", "What happened"].map((column) => (
                <th key={column} scope="col">
                  {column === "" ? <span class="sr">Number</span> : column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {attempts.map((attempt) => (
              <tr key={attempt.number}>
                <td>{attempt.number}</td>
                <td>
                  {attempt.to}
                  {attempt.replay === null ? "" : " (replay)"}
                </td>
                <td class="number">
                  +{duration(Date.parse(attempt.started_at) - Date.parse(received_at))}
                </td>
                <td class="number">{duration(attempt.duration_ms)}</td>
                <td class="number">{duration(attempt.timeout_ms)}</td>
                <td>
                  <span class={`result ${attempt.result === "usable" ? "good" : "bad"}`}>
                    {[attempt.status, attempt.class].filter((part) => part !== null).join(" ")}
                  </span>
                </td>
                <td>
                  {attempt.detail ?? ""}{" "}
                  {attempt.twilio_code !== null && <ErrorLink code={attempt.twilio_code} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function RequestPart({ delivery: { request, masked } }: { readonly delivery: Delivery }) {
  const { parameters, body, query, headers, withheld, redacted } = request;
  return (
    <section aria-labelledby="request">
      <h2 id="request">
        Request{" "}
        <span class="hint">
          {[request.content_type, bytes(request.body_bytes), masked ? "masked" : "unmasked"]
            .filter((part) => part !== null)
            .join(" · ")}
        </span>
      </h2>
      {request.url !== "" && (
        <p class="address">
          <code>
            {request.method} {request.url}
          </code>
        </p>
      )}
      {withheld !== null && (
        <p class="trouble">
          Its content cannot be shown: {spaced(withheld)}. It was sealed with a LOG_KEY that is not
          there, or cannot be read.
        </p>
      )}
      {redacted && (
        <p class="notice">
          It held keypad digits or card data, which are not kept: it cannot be sent again.
        </p>
      )}
      {query.length > 0 && (
        <>
          <h3>Query</h3>
          <Pairs label="Query" pairs={query} nothing="None." />
        </>
      )}
      {parameters !== null && (
        <>
          <h3>Parameters</h3>
          <Pairs label="Parameters" pairs={parameters} nothing="None." />
        </>
      )}
      {body !== null && (
        <>
          <h3>Body</h3>
          <Body text={body} type={request.content_type ?? ""} />
        </>
      )}
      {parameters === null && body === null && request.body_bytes > 0 && withheld === null && (
        <p class="hint">The body is not kept.</p>
      )}
      <Headers headers={headers} />
    </section>
  );
}

function AnswerPart({ delivery: { answer } }: { readonly delivery: Delivery }) {
  const type = answer?.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  return (
    <section aria-labelledby="answer">
      <h2 id="answer">
        Answer to Twilio{" "}
        {answer !== null && (
          <span class="hint">
            {[answer.status, type, bytes(answer.body_bytes)]
              .filter((part) => part !== "")
              .join(" · ")}
          </span>
        )}
      </h2>
      {answer === null ? (
        <p class="hint">Not kept: a duplicate, one without an origin, or bodies are not kept.</p>
      ) : (
        <>
          <Body text={answer.body} type={type} />
          <Headers headers={answer.headers} />
        </>
      )}
    </section>
  );
}

function Headers(props: { readonly headers: readonly (readonly [name: string, value: string])[] }) {
  if (props.headers.length === 0) return null;
  return (
    <details>
      <summary>Headers ({props.headers.length})</summary>
      <Pairs
        label="Headers"
        pairs={props.headers.map(([name, value]) => ({ name, value }))}
        nothing="None."
      />
    </details>
  );
}

function Facts({ delivery, go }: { readonly delivery: Delivery; readonly go: Go }) {
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
        {delivery.dedupe !== null && <Fact name="Duplicate?">{dedupeWords(delivery.dedupe)}</Fact>}
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

function Verification({ delivery }: { readonly delivery: Delivery }) {
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
        <dl>
          <Fact name="Proven">no</Fact>
          {reason !== null && <Fact name="Why">{cause?.cause ?? spaced(reason)}</Fact>}
          {cause !== undefined && <Fact name="What to do">{cause.advice}</Fact>}
        </dl>
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

function ErrorLink({ code }: { readonly code: number }) {
  return (
    <a href={errorPage(code)} rel="noreferrer" target="_blank">
      {code}
    </a>
  );
}
