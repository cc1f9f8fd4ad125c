import { expect, test } from "vitest";
import { decodeXml } from "../../src/check/decode.ts";
import { err, ok } from "../../src/shared/result.ts";

const utf8 = new TextEncoder();
const umlaut = "<a>ü</a>";
const latin1 = bytes(umlaut);

/** Every character as one byte. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function utf16(text: string, isLittleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  Array.from({ length: text.length }, (_, i) =>
    view.setUint16(i * 2, text.charCodeAt(i), isLittleEndian),
  );
  return new Uint8Array(view.buffer);
}

test.each([
  ["UTF-8 when nothing is said", utf8.encode(umlaut), "text/xml", umlaut],
  ["UTF-8 without its byte order mark", utf8.encode(`\uFEFF${umlaut}`), "text/xml", umlaut],
  ["the charset", latin1, "text/xml; charset=ISO-8859-1", umlaut],
  ["a quoted charset", latin1, 'text/xml; Charset = "iso-8859-1"; q=1', umlaut],
  [
    "UTF-8 where a declaration that is read byte by byte says UTF-16, as .NET's string writer has it",
    utf8.encode('<?xml version="1.0" encoding="utf-16"?><a/>'),
    "text/xml",
    '<?xml version="1.0" encoding="utf-16"?><a/>',
  ],
  [
    "the charset before the declaration",
    utf8.encode('<?xml version="1.0" encoding="utf-16"?><a/>'),
    "text/xml; charset=utf-8",
    '<?xml version="1.0" encoding="utf-16"?><a/>',
  ],
  [
    "the declaration",
    bytes(`<?xml version='1.0' encoding = 'latin1'?>${umlaut}`),
    "text/xml",
    `<?xml version='1.0' encoding = 'latin1'?>${umlaut}`,
  ],
  [
    "a byte order mark before the charset",
    utf16(`\uFEFF${umlaut}`, true),
    "text/xml; charset=utf-8",
    umlaut,
  ],
  ["big-endian UTF-16 by its mark", utf16(`\uFEFF${umlaut}`, false), "text/xml", umlaut],
  [
    "UTF-16 by its declaration's first bytes",
    utf16("<?xml version='1.0'?><a/>", false),
    "text/xml",
    "<?xml version='1.0'?><a/>",
  ],
  [
    "UTF-8 where the charset is not known",
    utf8.encode(umlaut),
    "text/xml; charset=utf8mb4",
    umlaut,
  ],
  ["nothing out of no bytes", new Uint8Array(), "text/xml", ""],
])("decodeXml() goes by %s", (_, body, contentType, text) => {
  expect(decodeXml(body, contentType)).toEqual(ok(text));
});

test.each([
  ["UTF-8", latin1, "text/xml", "utf-8"],
  ["the charset", Uint8Array.of(0x81, 0x20), "text/xml; charset=shift_jis", "shift_jis"],
  [
    "UTF-16 with half a character at the end",
    Uint8Array.of(0xff, 0xfe, 0x3c),
    "text/xml",
    "utf-16le",
  ],
])("decodeXml() tells that the bytes are not %s", (_, body, contentType, charset) => {
  expect(decodeXml(body, contentType)).toEqual(err(charset));
});
