import { parseConfig } from "../../config/config.ts";
import type { Target } from "../../config/types.ts";
import type { Io } from "../io.ts";
import type { ConfigChoice } from "../read-config.ts";
import type { Finding } from "./finding.ts";
import { ask } from "./reach.ts";

/**
 * Asks each origin and fallback URL of the configuration, from this machine, whether it is there: by OPTIONS,
 * which changes nothing and is no webhook. Any answer below 500 will do, a 404 or 405 too.
 */
export async function originProbes(choice: ConfigChoice, io: Io): Promise<readonly Finding[]> {
  // Loaded here: it reads wrangler.toml with wrangler, which takes a second to load.
  const { readWorkerEnv } = await import("../read-config.ts");
  const read = readWorkerEnv(choice, io);
  if (!read.ok) return [{ check: "origin", state: "failed", detail: read.error }];
  const { origins } = parseConfig(read.value.env, { absentSecrets: "note" });
  const asked = origins.flatMap(({ name, target, fallback }) => [
    { name, target },
    ...(fallback.kind === "url" ? [{ name: `${name}'s fallback`, target: fallback.target }] : []),
  ]);
  return Promise.all(asked.map(({ name, target }) => probe(name, target)));
}

async function probe(name: string, { base, path }: Target): Promise<Finding> {
  const check = "origin";
  const url = `${base}${path}`;
  const reply = await ask(base, path, { method: "OPTIONS" });
  const what = `${name}: OPTIONS ${url} from this machine`;
  if (reply.kind === "failed") {
    return {
      check,
      state: "failed",
      detail: `${what}: ${reply.message}`,
      mend: "start it, or mend its url in wrangler.toml; where only Cloudflare reaches it, go by the log",
    };
  }
  const state = reply.status < 500 ? "ok" : "warning";
  return { check, state, detail: `${what}: ${reply.status}, ${reply.timeMs} ms` };
}
