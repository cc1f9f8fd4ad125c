import type { OriginConfig } from "./types.ts";

/**
 * Products for which Twilio waits less than its 15 s, and the words that give them away.
 * @see https://www.twilio.com/docs/conversations/conversations-webhooks,
 *   https://www.twilio.com/docs/taskrouter/handle-assignment-callbacks,
 *   https://www.twilio.com/docs/events/webhook-quickstart,
 *   https://www.twilio.com/docs/studio/widget-library/http-request read 2026-11.
 */
const products = [
  { name: "Conversations", words: /conversation/, waitsMs: 5_000 },
  { name: "TaskRouter", words: /task[-_]?router/, waitsMs: 5_000 },
  { name: "Event Streams", words: /event[-_]?stream/, waitsMs: 5_000 },
  { name: "Studio", words: /studio/, waitsMs: 10_000 },
];

/**
 * Tells when an origin seems to serve a product that has given up before the origin's budget is over.
 *
 * Nothing in a webhook's configuration names its product, so this goes by words in the origin's name
 * and path, and is a hint only: TaskRouter's event callbacks do wait 15 s.
 *
 * @returns One sentence, or `undefined`.
 */
export function warnOfBudget(
  origin: Pick<OriginConfig, "name" | "route" | "target">,
): string | undefined {
  const words = `${origin.name} ${origin.route.typedPath}`.toLowerCase();
  const product = products.find((each) => each.words.test(words));
  const { budgetMs } = origin.target.overrides;
  if (product === undefined || budgetMs <= product.waitsMs) return undefined;
  return (
    `by its name this serves ${product.name}, which waits ${product.waitsMs} ms at most, and its budget (tt) ` +
    `is ${budgetMs} ms: a late answer is lost; set tt=${product.waitsMs - 500} or less`
  );
}
