declare namespace Cloudflare {
  // What vitest.config.ts gives the Worker beside wrangler.toml.
  interface Env {
    readonly TWILIO_AUTH_TOKEN: string;
    readonly LOG_TOKEN: string;
    readonly LOG_ADMIN_TOKEN: string;
  }
}
