import type { Delivery, Report } from "./api-types.ts";
import { ErrorLink } from "./error-link.tsx";
import { fullTime } from "./format.ts";
import { Link, type Go } from "./link.tsx";
import { Outcome } from "./outcome.tsx";
import { spaced } from "./words.ts";

/** Twilio's own view: of a report what it speaks of, and of any delivery what Twilio has reported. */
export function TwilioView({ delivery, go }: { readonly delivery: Delivery; readonly go: Go }) {
  const report = delivery.report ?? null;
  const reports = [...(report === null ? [] : [report]), ...(delivery.twilio_reports ?? [])];
  if (reports.length === 0) return null;
  return (
    <section aria-labelledby="twilio-view">
      <h2 id="twilio-view">What Twilio saw</h2>
      <ol class="reports">
        {reports.map((each) => (
          <li key={each.id}>
            <p>
              <strong>{titleOf(each)}</strong>{" "}
              {typeof each.error_code === "number" && <ErrorLink code={each.error_code} />}{" "}
              {each.error}
            </p>
            <p>{each.verdict}</p>
            <p class="hint">
              <time datetime={each.at}>{fullTime(each.at)}</time>
            </p>
            {each !== report ? (
              <Link to={{ kind: "delivery", id: each.id }} go={go} class="sid">
                {each.id}
              </Link>
            ) : (
              each.about !== null && (
                <p>
                  <Outcome outcome={each.about.outcome} />{" "}
                  <Link to={{ kind: "delivery", id: each.about.id }} go={go} class="sid">
                    {each.about.id}
                  </Link>
                </p>
              )
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function titleOf({ kind, level }: Report): string {
  return kind === "debugger" ? `Debugger ${level ?? ""}` : spaced(kind);
}
