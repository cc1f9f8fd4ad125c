import { useState } from "preact/hooks";
import { explanationWords, type ExplanationWords } from "../explain/words.ts";
import { explainDelivery } from "./client.ts";

/** Asks why one was refused, and says so. */
export function Explanation({ id }: { readonly id: string }) {
  const [words, setWords] = useState<ExplanationWords>();
  const [trouble, setTrouble] = useState("");

  async function explain(): Promise<void> {
    setTrouble("");
    try {
      setWords(explanationWords(await explainDelivery(id)));
    } catch (error) {
      setWords(undefined);
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <>
      <div class="buttons">
        <button type="button" onClick={() => void explain()}>
          Explain
        </button>
      </div>
      <div role="status">
        {trouble !== "" && <p class="trouble">{trouble}</p>}
        {words !== undefined && (
          <>
            <p>{words.what}</p>
            <p>{words.mend}</p>
            {words.next.length > 0 && (
              <ul>
                {words.next.map((step) => (
                  <li key={step}>{step}</li>
                ))}
              </ul>
            )}
          </>
        )}
      </div>
    </>
  );
}
