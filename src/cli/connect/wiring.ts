import { relative, resolve } from "node:path";
import { unstable_readConfig } from "wrangler";
import { parseConfig } from "../../config/config.ts";
import { collectOrigins } from "../../config/tables.ts";
import { openReport, type Remark } from "../../config/report.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { isTable } from "../../shared/table.ts";
import type { Io } from "../io.ts";
import { type ConfigChoice, readWorkerEnv } from "../read-config.ts";
import { textOf } from "../read-table.ts";
import { findDeployment, type WrittenRoutes } from "./deployment.ts";
import type { Wiring, WrittenOrigin } from "./match.ts";

/** The configuration as far as webhook URLs go, and what is wrong with it. */
export interface ReadWiring {
  readonly wiring: Omit<Wiring, "accountSid">;
  /** The file, as a message names it. */
  readonly file: string;
  readonly problems: readonly Remark[];
}

/**
 * Reads from wrangler's file what origins there are and where Hookswitch answers.
 *
 * @param said The address that was said; `undefined` for none.
 * @returns One sentence when the file cannot be read at all, or the address is none.
 */
export function readWiring(
  choice: ConfigChoice,
  said: { readonly url: string; readonly source: string } | undefined,
  io: Pick<Io, "cwd" | "env">,
): Result<ReadWiring, string> {
  const read = readWorkerEnv(choice, io);
  if (!read.ok) return read;
  const { env, file } = read.value;
  const config = parseConfig(env, { absentSecrets: "note" });
  const deployment = findDeployment(said?.url, routesIn(choice, io), config.origins);
  if (!deployment.ok) return err(`${said?.source ?? file}: ${deployment.error}`);
  return ok({
    wiring: { config, written: writtenOrigins(env), deployment: deployment.value },
    file: relative(io.cwd, resolve(io.cwd, file)),
    problems: [...read.value.problems, ...config.problems],
  });
}

function routesIn(choice: ConfigChoice, { cwd }: Pick<Io, "cwd">): WrittenRoutes {
  const path = resolve(cwd, choice.config ?? "wrangler.toml");
  const { name, workers_dev, routes, route } = unstable_readConfig(
    { config: path, env: choice.env },
    { hideWarnings: true },
  );
  const all = [...(routes ?? []), ...(route === undefined ? [] : [route])];
  return {
    name,
    // Wrangler's own default: there, unless there are routes.
    hasWorkersDev: workers_dev ?? all.length === 0,
    patterns: all.map((each) =>
      typeof each === "string"
        ? { pattern: each, isCustomDomain: false }
        : {
            pattern: each.pattern,
            isCustomDomain: "custom_domain" in each && each.custom_domain === true,
          },
    ),
  };
}

function writtenOrigins(
  env: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, WrittenOrigin> {
  // What is wrong with them was told when they were parsed.
  const nowhere = openReport(
    { problems: [], warnings: [], notes: [] },
    { key: "", concerns: { kind: "all" }, absentSecrets: "note" },
  );
  const { origins } = collectOrigins(env, () => nowhere);
  return new Map(
    origins.map(({ name, value }) => {
      const table = isTable(value) ? value : {};
      const headers = table["headers"];
      return [
        name,
        {
          fragment: /#(.*)$/s.exec(textOf(table["url"]) ?? "")?.[1] ?? "",
          headers: isTable(headers) ? Object.keys(headers) : [],
        },
      ];
    }),
  );
}
