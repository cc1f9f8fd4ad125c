import { describe, expect, it } from "vitest";
import { readSignature } from "../../src/explain/signature-text.ts";

const signature = "L/OH5YylLD5NRKLltdqwSvS0BnU=";
const withPlus = "L+/H5YylLD5NRKLltdqwSvS0BnU=";

describe("readSignature()", () => {
  it("leaves a well-formed one as it is", () => {
    expect(readSignature(signature)).toMatchObject({ isMended: false, algorithm: "HMAC-SHA1" });
    const long = btoa("x".repeat(32));
    expect(readSignature(long)).toMatchObject({ isMended: false, algorithm: "HMAC-SHA256" });
  });

  it.each([
    ["quotes", `"${signature}"`, signature],
    ["percent-encoding", encodeURIComponent(signature), signature],
    ["a + that became a space", withPlus.replace("+", " "), withPlus],
    ["the URL's alphabet", withPlus.replace("+", "-").replace("/", "_"), withPlus],
    ["a lost padding", signature.slice(0, -1), signature],
    ["the header twice", `${signature}, ${signature}`, signature],
  ])("mends %s", (_, header, meant) => {
    expect(readSignature(header)).toEqual({ ...readSignature(meant), isMended: true });
  });

  it.each([null, "", "abc", "not a signature at all", `${signature}x`])(
    "reads none in %s",
    (text) => {
      expect(readSignature(text)).toBeUndefined();
    },
  );
});
