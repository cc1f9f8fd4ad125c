import { DurableObject } from "cloudflare:workers";

/**
 * The Worker: proves each webhook, forwards it once, answers in time, keeps the log. A Worker of your own that
 * does more hands it what is Twilio's: `hookswitch.fetch(request, env, ctx)`.
 */
declare const hookswitch: {
  readonly fetch: ExportedHandlerFetchHandler<Cloudflare.Env>;
  /** Works out whether somebody is to be told (`[vars.ALERTS]`): for a trigger of each minute. */
  readonly scheduled: ExportedHandlerScheduledHandler<Cloudflare.Env>;
};
export default hookswitch;

/** The ledger's Durable Object class. Export it from the Worker's entry, bind it as `LEDGER`. */
export declare class Ledger extends DurableObject {}
