import { useCallback, useEffect, useState } from "preact/hooks";
import { Actions } from "./actions.tsx";
import type { View } from "./address.ts";
import type { Delivery, Role } from "./api-types.ts";
import { showDelivery } from "./client.ts";
import { AnswerPart, RequestPart } from "./exchange.tsx";
import { Facts, Verification } from "./facts.tsx";
import { fullTime } from "./format.ts";
import { useKeys } from "./hooks.ts";
import { Link, type Go } from "./link.tsx";
import { Outcome } from "./outcome.tsx";
import { Related } from "./related.tsx";
import { Attempts, Timeline } from "./timeline.tsx";
import { Trouble } from "./trouble.tsx";
import { TwilioView } from "./twilio-view.tsx";

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
        const isOver =
          found.outcome !== "running" && !found.under_way && found.next_attempt_at === null;
        // Each look at what is personal is one that an administrator asked for.
        if (!isOver && !isUnmasked)
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
              <TwilioView delivery={delivery} go={go} />
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
