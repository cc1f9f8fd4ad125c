/** What a conversation with Twilio is told apart by, the most telling first. */
const kinds = ["CA", "CF", "SM", "MM", "CH", "WT", "FN", "FX"];

/** The sid that the deliveries of one call or message have in common; `undefined` where there is none. */
export function mainSid(sids: readonly string[]): string | undefined {
  for (const kind of kinds) {
    const found = sids.find((sid) => sid.startsWith(kind));
    if (found !== undefined) return found;
  }
  return sids[0];
}
