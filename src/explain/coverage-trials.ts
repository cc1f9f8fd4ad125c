import { isForm, parseForm, parseQuery } from "../receive/parameters.ts";
import type { Parameters } from "../receive/webhook.ts";
import { isTable } from "../shared/table.ts";
import { hashOf } from "../verify/body-hash.ts";
import type { Refusal, Trial } from "./trial.ts";
import { urlsFor } from "./urls.ts";

/** A webhook's URL seldom has more of its own. */
const MAX_OWN_PAIRS = 3;

/** Other ways in which a signature may cover the body than the one that its type and its URL tell. */
export async function* coverageTrials(refusal: Refusal): AsyncGenerator<Trial> {
  const { webhook, called, urls, parameters, query } = refusal;
  const { body, headers } = webhook;
  if (parameters.length > 0) yield { change: "parameters_unsigned", urls, parameters: [] };
  if (body.length > 0) {
    const flat = fieldsOf(body);
    if (flat !== undefined) yield { change: "form_as_json", urls, parameters: flat };
    if (parameters.length === 0) yield { change: "form_type", urls, parameters: parseForm(body) };
    if (!query.some(([name]) => name === "bodySHA256")) {
      const hash = `bodySHA256=${await hashOf(body)}`;
      const other = called.query === undefined ? hash : `${called.query}&${hash}`;
      const hashed = urlsFor(refusal, { ...called, query: other });
      yield { change: "hash_dropped", urls: hashed, parameters: [] };
    }
    if (isForm(headers)) {
      const text = new TextDecoder().decode(body);
      const other = called.query === undefined ? text : `${called.query}&${text}`;
      const asGet = { ...refusal, webhook: { ...webhook, method: "GET" as const } };
      yield { change: "method", urls: urlsFor(asGet, { ...called, query: other }), parameters: [] };
    }
  } else if (called.query !== undefined) {
    // Twilio's own parameters stand behind those of the URL that it was given.
    const pairs = called.query.split("&");
    for (let own = 0; own <= Math.min(MAX_OWN_PAIRS, pairs.length - 1); own++) {
      const other = own === 0 ? undefined : pairs.slice(0, own).join("&");
      const asPost = urlsFor(refusal, { ...called, query: other });
      yield { change: "method", urls: asPost, parameters: parseQuery(pairs.slice(own).join("&")) };
    }
  }
}

/** A flat JSON object, which a form may have been turned into. */
function fieldsOf(body: Uint8Array): Parameters | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isTable(value)) return undefined;
    return Object.entries(value).map(([name, field]) => [name, fieldText(field)]);
  } catch {
    return undefined;
  }
}

function fieldText(field: unknown): string {
  return typeof field === "string" ? field : field === null ? "" : JSON.stringify(field);
}
