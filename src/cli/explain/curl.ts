import { err, ok, type Result } from "../../shared/result.ts";
import { utf8 } from "../../shared/utf8.ts";
import type { Pasted } from "./pasted.ts";

const METHOD = new Set(["-X", "--request"]);
const HEADER = new Set(["-H", "--header"]);
const DATA = new Set(["-d", "--data", "--data-raw", "--data-binary", "--data-ascii"]);
/** Options that take a value which changes nothing of what is signed. */
const WITH_VALUE = new Set([
  ..."-A -b -c -e -m -o -u -w -x".split(" "),
  ..."--user-agent --cookie --cookie-jar --referer --max-time --output --user --write-out --proxy --connect-to --resolve --retry".split(
    " ",
  ),
]);

/**
 * Reads a curl command as a shell would: quotes, escapes and lines that go on.
 *
 * @returns One sentence that says what is wrong with it.
 */
export function parseCurl(command: string): Result<Pasted, string> {
  const [, ...words] = wordsOf(command.replace(/^\$ */, ""));
  const headers = new Headers();
  const data: string[] = [];
  let method: string | undefined;
  let url: string | undefined;
  let isGet = false;
  for (let at = 0; at < words.length; at++) {
    const { name, attached } = optionOf(words[at] ?? "");
    const value = (): string => attached ?? words[++at] ?? "";
    if (METHOD.has(name)) method = value().toUpperCase();
    else if (DATA.has(name)) data.push(value());
    else if (name === "--data-urlencode") data.push(urlEncoded(value()));
    else if (name === "--url") url = value();
    else if (name === "-G" || name === "--get") isGet = true;
    else if (WITH_VALUE.has(name)) value();
    else if (HEADER.has(name)) {
      const [, header = "", text = ""] = /^([^:]+):\s*(.*)$/s.exec(value()) ?? [];
      try {
        headers.append(header.trim(), text.trim());
      } catch {
        return err(`expected a header behind ${name}, Name: value`);
      }
    } else if (!name.startsWith("-")) url ??= name;
  }
  if (url === undefined) return err("expected a URL in the curl command");
  if (data.some((each) => each.startsWith("@")))
    return err("expected the body itself in the curl command, found the name of a file (@)");
  const body = data.join("&");
  if (isGet && body !== "") url += `${url.includes("?") ? "&" : "?"}${body}`;
  const hasBody = !isGet && data.length > 0;
  if (hasBody && !headers.has("content-type"))
    headers.set("content-type", "application/x-www-form-urlencoded");
  return ok({
    method: method ?? (hasBody ? "POST" : "GET"),
    url: /^\w+:\/\//.test(url) ? url : `http://${url}`,
    headers,
    body: utf8(hasBody ? body : ""),
  });
}

/** Also `--name=value`, `-Xvalue` and, behind letters that take nothing, `-sX value`. */
function optionOf(word: string): { readonly name: string; readonly attached: string | undefined } {
  const long = /^(--[\w-]+)=(.*)$/s.exec(word);
  if (long !== null) return { name: long[1] ?? "", attached: long[2] };
  const [, letter, rest] = /^-[sSvikLfgnN46#]*([XHdAbceomuwx])(.*)$/s.exec(word) ?? [];
  if (letter !== undefined) return { name: `-${letter}`, attached: rest || undefined };
  return { name: word, attached: undefined };
}

/** As curl encodes what is behind `--data-urlencode`: the value alone, the name as it is. */
function urlEncoded(text: string): string {
  const at = text.indexOf("=");
  const name = at > 0 ? text.slice(0, at + 1) : "";
  return name + encodeURIComponent(text.slice(at + 1));
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** One piece of a word: in quotes of three kinds, an escaped character, or bare. */
const PIECE =
  /\$'((?:[^'\\]|\\.)*)'|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(?:\r?\n)|\\(.)|([^\s'"\\]+)|(\s+)/gs;

function wordsOf(command: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, ansi, single, double, escaped, bare, space] of command.matchAll(PIECE)) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const piece =
      ansi?.replaceAll(/\\(.)/gs, (_, each: string) => ESCAPES[each] ?? each) ??
      single ??
      double?.replaceAll(/\\(["\\$`])/g, "$1").replaceAll(/\\\r?\n/g, "") ??
      escaped ??
      bare;
    if (piece !== undefined) word = (word ?? "") + piece;
  }
  return word === undefined ? words : [...words, word];
}
