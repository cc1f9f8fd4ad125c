import type { Delivery } from "./api-types.ts";
import { Body, Pairs } from "./content.tsx";
import { bytes } from "./format.ts";
import { spaced } from "./words.ts";

/** What Twilio sent. */
export function RequestPart({ delivery: { request, masked } }: { readonly delivery: Delivery }) {
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

/** What Twilio was given. */
export function AnswerPart({ delivery: { answer } }: { readonly delivery: Delivery }) {
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
