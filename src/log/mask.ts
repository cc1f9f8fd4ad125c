import { parseXml, XmlElement, XmlText, type XmlNode } from "@rgrove/parse-xml";
import { parseQuery } from "../receive/parameters.ts";
import type { Parameters } from "../receive/webhook.ts";
import { isPersonal, normalise } from "../twilio/parameters.ts";

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

/** Masks the personal fields of JSON text, at any depth; `undefined` when it is not JSON. */
export function maskJson(text: string, rule: MaskRule): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), (name, value: unknown) =>
      typeof value === "string"
        ? maskNamed(name, value, rule)
        : isMasked(name, rule)
          ? maskDeep(value)
          : value,
    );
  } catch {
    return undefined;
  }
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

/** Masks the personal parameters in a URL's query. */
export function maskUrl(url: string, rule: MaskRule): string {
  const at = url.indexOf("?");
  if (at < 0) return url;
  const masked = maskParameters(parseQuery(url.slice(at + 1)), rule);
  return `${url.slice(0, at)}?${masked.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

/** Masks long runs of digits in a path: some put the caller's number there. */
export function maskPath(path: string): string {
  return path.replaceAll(/\d{7,}/g, (digits) => `…${digits.slice(-2)}`);
}

function maskNamed(name: string, value: string, rule: MaskRule): string {
  if (isMasked(name, rule)) return maskValue(value);
  // A value that holds others: a Debugger payload, an event's data.
  if (/^\s*[[{]/.test(value)) return maskJson(value, rule) ?? maskValue(value);
  return /^https?:\/\//i.test(value) ? maskUrl(value, rule) : value;
}

function isMasked(name: string, { mask, unmask }: MaskRule): boolean {
  const has = (names: readonly string[]): boolean =>
    names.some((each) => normalise(each) === normalise(name));
  return has(mask) || (isPersonal(name) && !has(unmask));
}

function maskDeep(value: unknown): unknown {
  if (typeof value === "string") return maskValue(value);
  if (typeof value === "number") return maskValue(String(value));
  if (Array.isArray(value)) return value.map(maskDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskDeep(inner)]));
}
