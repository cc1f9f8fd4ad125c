import { isForm } from "../../receive/parameters.ts";
import type { Parameters } from "../../receive/webhook.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { isTable, type Table } from "../../shared/table.ts";
import { headerNames } from "../../twilio/headers.ts";
import { whyNot } from "../log/failure.ts";
import { textOf } from "../read-table.ts";
import type { WebhookContent } from "../webhook-request.ts";

/** What the log has of a webhook, to be signed and sent again. */
export interface KeptRequest {
  /** `undefined` when the webhook named none. */
  readonly accountSid: string | undefined;
  /** `undefined` when it came without one. */
  readonly idempotencyToken: string | undefined;
  readonly content: WebhookContent;
}

/**
 * Reads the answer to `GET /_log/deliveries/:id?unmask=1` as something that can be sent again.
 *
 * What was never proven to be Twilio's is not: it would be signed here, and whoever sent it has no
 * signature (G1).
 *
 * @returns The request, or why it cannot be sent; `undefined` when the answer has another form.
 */
export function readKeptRequest(delivery: Table): Result<KeptRequest, string> | undefined {
  const { request, verified } = delivery;
  if (!isTable(request) || typeof verified !== "boolean") return undefined;
  if (!verified) return err(whyNot("unverified"));
  const withheld = textOf(request["withheld"]);
  if (withheld !== undefined) return err(whyNot(withheld));
  if (request["redacted"] === true) return err(whyNot("redacted"));

  const content = contentOf(request);
  const headers = pairs(request["headers"], (each) => (Array.isArray(each) ? each : []));
  if (content === undefined || headers === undefined) return undefined;
  if (content === "not_kept") return err(whyNot("not_kept"));
  const token = headers.find(([name]) => name.toLowerCase() === headerNames.idempotencyToken);
  return ok({ accountSid: textOf(delivery["account_sid"]), idempotencyToken: token?.[1], content });
}

function contentOf(request: Table): WebhookContent | "not_kept" | undefined {
  const { method, raw_body: rawBody } = request;
  const query = pairs(request["query"], (each) =>
    isTable(each) ? [each["name"], each["value"]] : [],
  );
  if (query === undefined) return undefined;
  if (method === "GET") {
    // Of a GET the query is what a body is of a POST, and kept where that is.
    if (query.length === 0 && rawBody === null) return "not_kept";
    return { kind: "form", method, parameters: query };
  }
  if (method !== "POST" || rawBody === null) return "not_kept";
  const bytes = decoded(rawBody);
  const contentType = textOf(request["content_type"]);
  if (bytes === undefined || !/^[\x20-\x7e]*$/.test(contentType ?? "")) return undefined;
  const isParameters =
    isForm(new Headers({ "content-type": contentType ?? "" })) || bytes.byteLength === 0;
  // As in verifying: the hash goes before the content type.
  const isHashed = query.some(([name]) => name === "bodySHA256") || !isParameters;
  return { kind: "received", bytes, contentType, signedBy: isHashed ? "hash" : "parameters" };
}

function pairs(
  list: unknown,
  pairOf: (each: unknown) => readonly unknown[],
): Parameters | undefined {
  if (!Array.isArray(list)) return undefined;
  const read = list
    .map(pairOf)
    .flatMap(([name, value]): Parameters =>
      typeof name === "string" && typeof value === "string" ? [[name, value]] : [],
    );
  return read.length === list.length ? read : undefined;
}

/** Strictly: what is cut short or garbled must not pass for the body. */
function decoded(base64: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof base64 !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 ? Uint8Array.from(bytes) : undefined;
}
