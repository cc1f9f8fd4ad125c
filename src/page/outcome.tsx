import { outcomeWords } from "./words.ts";

/** An outcome: sign, word and colour. */
export function Outcome({ outcome }: { readonly outcome: string }) {
  const { tone, sign, word, meaning } = outcomeWords(outcome);
  return (
    <span class={`outcome ${tone}`} title={meaning}>
      <span class="sign" aria-hidden="true">
        {sign}
      </span>
      {word}
    </span>
  );
}
