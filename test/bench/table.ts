/** Rows as a table of Markdown. */
export function inColumns(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rest.map(line)].join("\n");
}

/** The middle one; of none `NaN`. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.filter((number) => !Number.isNaN(number)).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** How far the rounds lie apart, as a part of their median. */
export function spread(numbers: readonly number[]): string {
  const widest = Math.max(...numbers) - Math.min(...numbers);
  return `±${((widest / 2 / median(numbers)) * 100).toFixed(0)} %`;
}
