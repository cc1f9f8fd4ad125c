import { DurableObject } from "cloudflare:workers";
export class Ledger extends DurableObject {}
export default { fetch: () => new Response("not built yet", { status: 501 }) };
