import type { Random } from "../shared/ports.ts";

// Crockford's base 32: sorts as the numbers do, and has no letter that is read as a digit.
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARACTERS = 10;
const SHARD_CHARACTERS = 2;
const RANDOM_CHARACTERS = 14;
const FORM = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/**
 * Makes the id of a delivery: 26 characters that sort by time of receipt and name the shard, so that
 * one is found without asking every shard, also after their number was raised.
 *
 * @param input.receivedAtMs Epoch ms.
 * @param input.shard 0–1023.
 */
export function newDeliveryId(input: {
  readonly receivedAtMs: number;
  readonly shard: number;
  readonly random: Random;
}): string {
  let id = encode(input.receivedAtMs, TIME_CHARACTERS) + encode(input.shard, SHARD_CHARACTERS);
  for (let n = 0; n < RANDOM_CHARACTERS; n++)
    id += ALPHABET.charAt(Math.floor(input.random() * 32));
  return id;
}

/** Whether a text, which anybody may have typed, has the form of a delivery's id. */
export function isDeliveryId(text: string): boolean {
  return FORM.test(text);
}

/** The instant of receipt in an id, epoch ms. */
export function receivedAtMsOf(deliveryId: string): number {
  return decode(deliveryId.slice(0, TIME_CHARACTERS));
}

/** The shard that an id names. */
export function shardOf(deliveryId: string): number {
  return decode(deliveryId.slice(TIME_CHARACTERS, TIME_CHARACTERS + SHARD_CHARACTERS));
}

/**
 * The shard that keeps a claim.
 * @param claimKey Hexadecimal.
 */
export function shardForClaim(claimKey: string, shards: number): number {
  return Number.parseInt(claimKey.slice(0, 8), 16) % shards;
}

function encode(value: number, length: number): string {
  let text = "";
  for (let rest = value, n = 0; n < length; n++, rest = Math.floor(rest / 32)) {
    text = ALPHABET.charAt(rest % 32) + text;
  }
  return text;
}

function decode(text: string): number {
  let value = 0;
  for (const character of text) value = value * 32 + ALPHABET.indexOf(character);
  return value;
}

/**
 * Gives a webhook the id of the shard that its claim belongs to, so that claim and delivery are in
 * one object; without a claim any shard will do.
 */
export function inShardOfClaim<W extends { readonly deliveryId: string }>(
  webhook: W,
  claimKey: string | undefined,
  shards: number,
  random: Random,
): W {
  const shard =
    claimKey === undefined ? Math.floor(random() * shards) : shardForClaim(claimKey, shards);
  const { deliveryId } = webhook;
  const end = TIME_CHARACTERS + SHARD_CHARACTERS;
  return {
    ...webhook,
    deliveryId:
      deliveryId.slice(0, TIME_CHARACTERS) +
      encode(shard, SHARD_CHARACTERS) +
      deliveryId.slice(end),
  };
}
