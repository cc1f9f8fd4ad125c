import { useRef, useState } from "preact/hooks";
import type { Delivery, Replayed, Role } from "./api-types.ts";
import { replayDelivery } from "./client.ts";
import { curlCommand, sendCommand } from "./commands.ts";
import { duration } from "./format.ts";
import { spaced } from "./words.ts";

/** What can be done with a delivery. */
export function Actions(props: {
  readonly delivery: Delivery;
  readonly role: Role;
  readonly onUnmask: (isUnmasked: boolean) => void;
  readonly onReplayed: () => void;
}) {
  const { delivery, role, onUnmask, onReplayed } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [hasNewToken, setHasNewToken] = useState(false);
  const [isSending, setIsSending] = useState(false);
  const [said, setSaid] = useState<{ readonly isGood: boolean; readonly text: string }>();
  // Where the browser has no clipboard for us, it is shown, to be copied by hand.
  const [shown, setShown] = useState("");
  const isAdmin = role === "admin";

  async function copy(command: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(command);
      setShown("");
      setSaid({ isGood: true, text: "Copied." });
    } catch {
      setShown(command);
    }
  }

  async function replay(): Promise<void> {
    dialog.current?.close();
    setIsSending(true);
    setSaid({ isGood: true, text: "Sending…" });
    try {
      setSaid(replayWords(await replayDelivery(delivery.id, hasNewToken)));
    } catch (error) {
      setSaid({ isGood: false, text: error instanceof Error ? error.message : String(error) });
    }
    setIsSending(false);
    onReplayed();
  }

  return (
    <div class="actions">
      <div class="buttons">
        <button
          type="button"
          disabled={!isAdmin || isSending}
          title={isAdmin ? undefined : "takes LOG_ADMIN_TOKEN"}
          onClick={() => dialog.current?.showModal()}
        >
          Replay…
        </button>
        <button
          type="button"
          disabled={!isAdmin}
          aria-pressed={!delivery.masked}
          title={isAdmin ? undefined : "takes LOG_ADMIN_TOKEN"}
          onClick={() => onUnmask(delivery.masked)}
        >
          {delivery.masked ? "Unmask" : "Mask again"}
        </button>
        <button type="button" onClick={() => void copy(curlCommand(delivery))}>
          Copy as curl
        </button>
        <button type="button" onClick={() => void copy(sendCommand(delivery))}>
          Copy as hookswitch send
        </button>
      </div>
      <p role="status" class={said?.isGood === false ? "trouble" : "hint"}>
        {said?.text}
      </p>
      {shown !== "" && (
        <pre class="code" tabIndex={0}>
          {shown}
        </pre>
      )}
      <dialog ref={dialog} aria-labelledby="replay-title">
        <h2 id="replay-title">Send this delivery again?</h2>
        <p>
          It goes to the origin <strong>{delivery.origin ?? "(none)"}</strong> as it is configured
          now, with the body as received, marked <code>Hookswitch-Replay</code>. Your application
          acts on it.
        </p>
        <label class="check">
          <input
            type="checkbox"
            checked={hasNewToken}
            onChange={({ currentTarget }) => setHasNewToken(currentTarget.checked)}
          />
          <span>
            With an idempotency token of its own, for an application that has answered this one and
            would not look again
          </span>
        </label>
        <div class="buttons">
          <button type="button" class="main" onClick={() => void replay()}>
            Send again
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </dialog>
    </div>
  );
}

function replayWords({ delivered, attempt, outcome }: Replayed): {
  readonly isGood: boolean;
  readonly text: string;
} {
  const how = [attempt.status, attempt.class, attempt.detail].filter((part) => part !== null);
  return {
    isGood: delivered,
    text: `${delivered ? "Delivered" : "Not delivered"}: attempt ${attempt.number}, ${how.join(", ")}, in ${duration(attempt.duration_ms)}. It is ${spaced(outcome)}.`,
  };
}
