import type { Parameter } from "./api-types.ts";
import { markupLines } from "./markup-lines.ts";

/** Names and values, as a table. */
export function Pairs(props: {
  readonly label: string;
  readonly pairs: readonly Parameter[];
  readonly nothing: string;
}) {
  if (props.pairs.length === 0) return <p class="hint">{props.nothing}</p>;
  return (
    <table class="pairs">
      <caption class="sr">{props.label}</caption>
      <tbody>
        {props.pairs.map(({ name, value }, index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            <td>{value === "" ? <span class="hint">empty</span> : value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A body by its kind: markup and JSON laid out, anything else as it is. Always text, never markup of the page. */
export function Body({ text, type }: { readonly text: string; readonly type: string }) {
  if (text === "") return <p class="hint">Empty.</p>;
  const lines = /xml|html/i.test(type) ? markupLines(text) : undefined;
  if (lines === undefined) {
    return (
      <pre class="code" tabIndex={0}>
        {laidOutJson(text) ?? text}
      </pre>
    );
  }
  return (
    <pre class="code" tabIndex={0}>
      {lines.map(({ depth, pieces }, index) => (
        <span key={index} class="code-line">
          {"  ".repeat(depth)}
          {pieces.map(({ kind, text: piece }, at) => (
            <span key={at} class={`piece-${kind}`}>
              {piece}
            </span>
          ))}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

function laidOutJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}
