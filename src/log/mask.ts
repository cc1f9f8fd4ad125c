import { parseXml, XmlElement, XmlText, type XmlNode } from "@rgrove/parse-xml";
import { parseQuery } from "../receive/parameters.ts";
import type { Parameters } from "../receive/webhook.ts";
import { isTable, type Table } from "../shared/table.ts";
import { isNeverKept, isPersonal, isSid, normalise } from "../twilio/parameters.ts";
import { nestedKind, withUrls } from "./nested.ts";

// Country codes by their length (ITU-T E.164 assignments, read 2026-11): 1 and 7; the two-digit ones; all others have three digits.
const COUNTRY = /^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;
const NUMBER = /^((?:[a-z]+:)?\+)(\d{7,15})$/i;

/** A value as those may see it who may not see it: a number's country and last two digits, the length of a text. */
export function maskValue(value: string): string {
  if (value === "") return "";
  const number = NUMBER.exec(value);
  if (number === null) return `(${Array.from(value).length} characters)`;
  const [, prefix = "", digits = ""] = number;
  return `${prefix}${COUNTRY.exec(digits)?.[0] ?? ""}…${digits.slice(-2)}`;
}

/** Which names are masked: the built-in personal ones, as an origin's `log.mask` and `log.unmask` change them. */
export interface MaskRule {
  readonly mask: readonly string[];
  readonly unmask: readonly string[];
}

/** Masks the personal ones of some parameters. */
export function maskParameters(parameters: Parameters, rule: MaskRule): Parameters {
  return parameters.map(([name, value]) => [name, maskNamed(name, value, rule)]);
}

/** Masks the personal fields of JSON text, at any depth; `undefined` when it is not JSON, or a bare value, which has no name. */
export function maskJson(text: string, rule: MaskRule): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object") return undefined;
    return JSON.stringify(parsed, (name, value: unknown) => {
      if (typeof value === "string") return maskNamed(name, value, rule);
      if (isMasked(name, rule)) return maskDeep(value);
      return name === "more_info" && isTable(value) ? maskMessages(value) : value;
    });
  } catch {
    return undefined;
  }
}

/** Of a Debugger event: sentences such as "The 'To' number +1… is not a valid phone number". */
function maskMessages(info: Table): Table {
  return Object.fromEntries(
    Object.entries(info).map(([name, value]) => [
      name,
      typeof value === "string" ? maskPath(value) : value,
    ]),
  );
}

/** Masks all text and every attribute's value of XML; its elements stay to be seen. What is not XML is masked as a whole. */
export function maskMarkup(markup: string): string {
  try {
    return parseXml(markup).children.map(maskNode).join("");
  } catch {
    return maskValue(markup);
  }
}

function maskNode(node: XmlNode): string {
  if (node instanceof XmlText)
    return node.text.trim() === "" ? node.text : maskValue(node.text.trim());
  if (!(node instanceof XmlElement)) return "";
  const attributes = Object.entries(node.attributes).map(
    ([name, value]) => ` ${name}="${maskValue(value)}"`,
  );
  const start = `<${node.name}${attributes.join("")}`;
  if (node.children.length === 0) return `${start}/>`;
  return `${start}>${node.children.map(maskNode).join("")}</${node.name}>`;
}

/** Masks the personal parameters in a URL's query, and long numbers in front of it. */
export function maskUrl(url: string, rule: MaskRule): string {
  const at = url.indexOf("?");
  if (at < 0) return maskPath(url);
  return `${maskPath(url.slice(0, at))}?${joined(maskParameters(parseQuery(url.slice(at + 1)), rule))}`;
}

/** Masks long runs of digits in a path: some put the caller's number there. Sids stay. */
export function maskPath(path: string): string {
  return path.replaceAll(/[A-Z]{2}[0-9a-f]{32}|\d{7,}/g, (found) =>
    isSid(found) ? found : `…${found.slice(-2)}`,
  );
}

function joined(parameters: Parameters): string {
  return parameters.map(([name, value]) => `${name}=${value}`).join("&");
}

function maskNamed(name: string, value: string, rule: MaskRule): string {
  if (isMasked(name, rule)) return maskValue(value);
  switch (nestedKind(value)) {
    case "json":
      return maskJson(value, rule) ?? maskValue(value);
    case "markup":
      return maskMarkup(value);
    case "url":
      return maskUrl(value, rule);
    case "form":
      return maskForm(value, rule);
    case "sentence":
      return withUrls(value, (url) => maskUrl(url, rule));
    case undefined:
      return value;
  }
}

/** A form in a value; one that holds nothing personal, or only looks like one, stays to the letter. */
function maskForm(value: string, rule: MaskRule): string {
  const parameters = parseQuery(value);
  const masked = maskParameters(parameters, rule);
  const isSame = masked.every(([, shown], n) => shown === parameters[n]?.[1]);
  return isSame ? value : joined(masked);
}

function isMasked(name: string, { mask, unmask }: MaskRule): boolean {
  const has = (names: readonly string[]): boolean =>
    names.some((each) => normalise(each) === normalise(name));
  return has(mask) || isNeverKept(name) || (isPersonal(name) && !has(unmask));
}

function maskDeep(value: unknown): unknown {
  if (typeof value === "string") return maskValue(value);
  if (typeof value === "number") return maskValue(String(value));
  if (Array.isArray(value)) return value.map(maskDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskDeep(inner)]));
}
