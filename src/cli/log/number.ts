import type { Io } from "../io.ts";
import { takePrivate } from "../prompt.ts";

/** Takes a number or address from a prompt or standard input; `undefined` when there is none. */
export async function takeNumber(message: string, io: Io): Promise<string | undefined> {
  const typed = await takePrivate(message, io);
  return typed === undefined ? undefined : asTwilioWrites(typed);
}

/**
 * A number as Twilio writes it, by which alone it is found: without the blanks, dots, dashes and brackets
 * that people put in. Any other address stays as it was typed.
 */
export function asTwilioWrites(typed: string): string {
  const bare = typed.replaceAll(/[\s().\u2010-\u2013-]/g, "");
  return /^(?:[a-z]+:)?\+\d+$/i.test(bare) ? bare : typed;
}
