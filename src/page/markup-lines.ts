import {
  parseXml,
  XmlCdata,
  XmlComment,
  XmlElement,
  XmlText,
  type XmlNode,
} from "@rgrove/parse-xml";

/** A piece of a line, by what it is: a class of the style, and never markup itself. */
export interface Piece {
  readonly kind: "mark" | "element" | "attribute" | "value" | "text" | "comment";
  readonly text: string;
}

/** A line of pretty-printed markup. */
export interface MarkupLine {
  readonly depth: number;
  readonly pieces: readonly Piece[];
}

/** A text in its own line breaks it where it is long anyway. */
const MAX_INLINE_TEXT = 100;

/**
 * Lays markup out, an element a line; one with nothing but a short text stays on one.
 * @param markup TwiML as a rule; anybody's text.
 * @returns `undefined` when it is not well-formed: then it is shown as it is.
 */
export function markupLines(markup: string): readonly MarkupLine[] | undefined {
  try {
    const { children } = parseXml(markup, { preserveComments: true });
    return children.flatMap((node) => linesOf(node, 0));
  } catch {
    return undefined;
  }
}

function linesOf(node: XmlNode, depth: number): readonly MarkupLine[] {
  if (node instanceof XmlText) {
    const text = node.text.trim();
    return text === "" ? [] : [{ depth, pieces: [{ kind: "text", text: escaped(node, text) }] }];
  }
  if (node instanceof XmlComment)
    return [{ depth, pieces: [{ kind: "comment", text: `<!-- ${node.content.trim()} -->` }] }];
  if (!(node instanceof XmlElement)) return [];

  const children = node.children.filter(
    (child) => !(child instanceof XmlText) || child.text.trim() !== "",
  );
  const start: Piece[] = [mark("<"), { kind: "element", text: node.name }, ...attributes(node)];
  if (children.length === 0) return [{ depth, pieces: [...start, mark(" />")] }];
  const end: Piece[] = [mark("</"), { kind: "element", text: node.name }, mark(">")];
  const [only] = children;
  if (
    children.length === 1 &&
    only instanceof XmlText &&
    only.text.trim().length <= MAX_INLINE_TEXT
  ) {
    const text: Piece = { kind: "text", text: escaped(only, only.text.trim()) };
    return [{ depth, pieces: [...start, mark(">"), text, ...end] }];
  }
  return [
    { depth, pieces: [...start, mark(">")] },
    ...children.flatMap((child) => linesOf(child, depth + 1)),
    { depth, pieces: end },
  ];
}

function attributes(element: XmlElement): readonly Piece[] {
  return Object.entries(element.attributes).flatMap<Piece>(([name, value]) => [
    { kind: "attribute", text: ` ${name}` },
    mark("="),
    { kind: "value", text: `"${escape(value).replaceAll('"', "&quot;")}"` },
  ]);
}

/** As it would stand in the document: so that a text of `<` is told from an element. */
function escaped(node: XmlNode, text: string): string {
  return node instanceof XmlCdata ? `<![CDATA[${text}]]>` : escape(text);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function mark(text: string): Piece {
  return { kind: "mark", text };
}
