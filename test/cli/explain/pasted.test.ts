import { describe, expect, it } from "vitest";
import { parsePasted } from "../../../src/cli/explain/pasted.ts";

const signature = "L/OH5YylLD5NRKLltdqwSvS0BnU=";
const form = "application/x-www-form-urlencoded";

/** What is read of a text, as it would stand on the wire; the sentence where it cannot be read. */
function read(text: string, scheme = "https") {
  const pasted = parsePasted(text, scheme);
  if (!pasted.ok) return pasted.error;
  const { method, url, headers, body } = pasted.value;
  return {
    method,
    url,
    body: new TextDecoder().decode(body),
    type: headers.get("content-type"),
    signature: headers.get("x-twilio-signature"),
  };
}

const sms = {
  method: "POST",
  url: "https://hooks.example.net/sms?app=1",
  body: "From=%2B15005550001&Body=It%27s+I",
  type: form,
  signature,
};

describe("parsePasted() reads a JSON object", () => {
  const { url } = sms;
  const parameters = { From: "+15005550001", Body: "It's I" };

  it.each([
    ["an object of parameters", { url, parameters, signature }],
    [
      "the log's list of parameters, signature among the headers",
      {
        url,
        method: "post",
        parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
        headers: { "X-Twilio-Signature": signature },
      },
    ],
    ["pairs", { url, parameters: Object.entries(parameters), signature: ` ${signature}\n` }],
    ["a form's body", { url, body: sms.body, signature }],
  ])("with %s", (_, object) => {
    expect(read(JSON.stringify(object))).toEqual(sms);
  });

  it("with a list of a repeated name's values", () => {
    const object = { url, parameters: { Media: ["a", "b"], NumMedia: 2 } };
    expect(read(JSON.stringify(object))).toMatchObject({ body: "Media=a&Media=b&NumMedia=2" });
  });

  it("with a JSON body, to the letter, and with none as a GET", () => {
    const body = '{ "a": 1 }';
    expect(read(JSON.stringify({ url, body }))).toMatchObject({ body, type: "application/json" });
    expect(read(JSON.stringify({ url }))).toMatchObject({ method: "GET", body: "", type: null });
  });

  it.each([
    ["{", "cannot be read"],
    ["{}", '"url"'],
    ['{"url": "https://h", "params": {}}', 'unknown "params"'],
    ['{"url": "https://h", "parameters": {"A": {}}}', '"parameters" as'],
    ['{"url": "https://h", "parameters": 1}', '"parameters" as'],
    ['{"url": "https://h", "parameters": {}, "body": ""}', "not both"],
    ['{"url": "https://h", "body": {}}', "to the letter"],
    ['{"url": "https://h", "method": "GET", "parameters": {"A": "1"}}', "in the query"],
    ['{"url": "https://h", "headers": {"a b": "1"}}', '"headers" as'],
  ])("and says what is wrong with %s", (text, said) => {
    expect(read(text)).toContain(said);
  });
});

describe("parsePasted() reads a raw request", () => {
  const head = [
    "POST /sms?app=1 HTTP/1.1",
    "Host: hooks.example.net",
    `x-twilio-signature: ${signature}`,
    `Content-Type: ${form}`,
  ];

  it.each(["\n", "\r\n"])("with lines that end in %j", (end) => {
    const text = [...head, "", sms.body].join(end);
    expect(read(text)).toEqual(sms);
    // As an editor leaves it.
    expect(read(`${text}${end}`)).toEqual(sms);
  });

  it("without its version, with a whole URL, with a byte order mark before it", () => {
    const text = `\ufeffPOST ${sms.url}\n${head.slice(2).join("\n")}\n\n${sms.body}`;
    expect(read(text)).toEqual(sms);
  });

  it("by the scheme that is said, since it has none", () => {
    expect(read([...head, "", ""].join("\n"), "http")).toMatchObject({
      url: "http://hooks.example.net/sms?app=1",
      body: "",
    });
  });

  it("with empty lines in the body, and a line end that its length counts", () => {
    const withLength = [...head, "Content-Length: 9", "", "a=1\n\nb=2\n"].join("\n");
    expect(read(withLength)).toMatchObject({ body: "a=1\n\nb=2\n" });
    expect(read(`${withLength}\n`)).toMatchObject({ body: "a=1\n\nb=2\n" });
  });

  it.each([
    ["hello", "expected a JSON object, a curl command, or a raw request"],
    ["POST /sms HTTP/1.1\n\n", "Host header"],
    ["POST /sms HTTP/1.1\nHost hooks\n\n", "without a colon"],
    ["POST /sms HTTP/1.1\nHo st: hooks\n\n", 'found "Ho st"'],
  ])("and says what is wrong with %j", (text, said) => {
    expect(read(text)).toContain(said);
  });
});

describe("parsePasted() reads a curl command", () => {
  it("with quotes of each kind and lines that go on", () => {
    const command = `curl -sS -X POST '${sms.url}' \\
      -H "X-Twilio-Signature: ${signature}" --header $'Accept: */*' \\
      -d From=%2B15005550001 --data-raw 'Body=It%27s+I' -A curl/8 --compressed`;
    expect(read(command)).toEqual(sms);
    expect(read(`# a remark\n$ ${command}`)).toEqual(sms);
  });

  it("with an apostrophe in quotes, and values that curl encodes", () => {
    const command = String.raw`curl --url=${sms.url} -d'Body=It'\''s' --data-urlencode 'City=Forl' --data-urlencode "To=+1 \"x\""`;
    expect(read(command)).toMatchObject({
      body: "Body=It's&City=Forl&To=%2B1%20%22x%22",
      type: form,
    });
  });

  it("as a GET, whose data -G puts into the query", () => {
    expect(read("curl -G https://h/sms -d a=1 -d b=2")).toMatchObject({
      method: "GET",
      url: "https://h/sms?a=1&b=2",
      body: "",
    });
    expect(read("curl hooks.example.net/sms")).toMatchObject({
      url: "http://hooks.example.net/sms",
    });
  });

  it.each(["-XPOST", "-sSX POST", "-kX POST -m 10 -u a:b"])("with %s", (options) => {
    expect(read(`curl ${options} https://h/sms`)).toMatchObject({
      method: "POST",
      url: "https://h/sms",
    });
  });

  it("as JSON by its header", () => {
    const command = `curl https://h/x -H 'content-type: application/json' --data-binary '{"a": 1}'`;
    expect(read(command)).toMatchObject({ body: '{"a": 1}', type: "application/json" });
  });

  it.each([
    ["curl -X POST", "expected a URL"],
    ["curl https://h -d @body.txt", "the body itself"],
    ["curl https://h -H nothing", "expected a header"],
  ])("and says what is wrong with %s", (text, said) => {
    expect(read(text)).toContain(said);
  });
});
