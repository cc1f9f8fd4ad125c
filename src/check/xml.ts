import { parseXml, XmlElement, XmlError } from "@rgrove/parse-xml";

/** What a text turned out to be. `detail` is one sentence with a place and never the text itself. */
export type ParsedTwiml =
  | {
      readonly ok: true;
      /** Whether `Response` holds no verb: `<Response/>`, which tells Twilio to do nothing. */
      readonly isEmpty: boolean;
    }
  | {
      readonly ok: false;
      readonly error: {
        readonly reason: "malformed" | "root_not_response";
        readonly detail: string;
      };
    };

/**
 * Decides whether a text is TwiML: well-formed XML 1.0 whose root element is `Response`. Which verbs
 * are in it is Twilio's business (12200 is a warning, and verbs are added without notice).
 *
 * Checks, in this order: well-formed, root. An origin chooses the text, so two things are bounded: a
 * document type declaration is skipped unread and the entities it declares stay undefined, which
 * makes using one a mistake and a bomb of them impossible; elements nested thousands deep run the
 * parser out of stack, which is told as `malformed`. The length (64 kB) is the caller's to bound.
 *
 * @param text Decoded. A byte order mark at its beginning is allowed; white space before an XML
 *   declaration is not.
 * @returns Never throws.
 */
export function parseTwiml(text: string): ParsedTwiml {
  try {
    // XML 1.0 §2.11 has this done before parsing; the parser does it string by string, in quadratic time.
    const document = parseXml(text.replace(/\r\n?/g, "\n"));
    const root = document.root;
    if (root?.name !== "Response") {
      return fail("root_not_response", "The XML's root element is not Response.");
    }
    return { ok: true, isEmpty: !root.children.some((child) => child instanceof XmlElement) };
  } catch (error) {
    if (error instanceof XmlError) return fail("malformed", describe(error));
    if (error instanceof RangeError) return fail("malformed", "The XML is nested too deeply.");
    throw error;
  }
}

/** Names are cut off as well: an answer's words are not for the log. Line and column find them. */
function describe(error: XmlError): string {
  const what = (error.message.split(" (line ", 1)[0] ?? "").replace(
    /(?<=^Duplicate attribute|tag for element|entity isn't defined):? .*$/s,
    "",
  );
  return `The XML is not well-formed at line ${error.line}, column ${error.column}: ${what}.`;
}

function fail(reason: "malformed" | "root_not_response", detail: string): ParsedTwiml {
  return { ok: false, error: { reason, detail } };
}
