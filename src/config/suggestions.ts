/**
 * Finds the word that was probably meant: the same but for case, `-` and `_`, or at most one letter
 * in three away.
 *
 * @returns `undefined` when no word is near. The first of equally near ones.
 */
export function nearest(found: string, words: readonly string[]): string | undefined {
  const wanted = simplify(found);
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const word of words) {
    const distance = editDistance(wanted, simplify(word));
    if (distance > Math.floor(word.length / 3)) continue;
    if (best === undefined || distance < best.distance) best = { word, distance };
  }
  return best?.word;
}

/** `; did you mean "…"?` as the end of a message, or nothing. */
export function didYouMean(found: string, words: readonly string[]): string {
  const word = nearest(found, words);
  return word === undefined ? "" : `; did you mean "${word}"?`;
}

function simplify(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, "");
}

/** Levenshtein's: letters put in, taken out or exchanged. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(exchanged, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
