import { isTable, type Table } from "../../shared/table.ts";
import { countOf, textOf } from "../read-table.ts";

/** What `GET /_log/health` tells, as far as the commands look. */
export interface Health {
  readonly version: string;
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** Names of the keys that are set; `undefined` where an earlier release answers. */
  readonly keys: readonly string[] | undefined;
  /** `undefined` where an earlier release answers. */
  readonly origins: readonly HealthOrigin[] | undefined;
  readonly shards: readonly {
    readonly shard: number;
    readonly isReachable: boolean;
    /** 0 to 1. */
    readonly full: number;
  }[];
  readonly breakers: readonly { readonly origin: string; readonly state: string }[];
  readonly queue: readonly {
    readonly origin: string;
    readonly count: number;
    readonly oldestAgeSeconds: number;
    readonly held: string | undefined;
  }[];
  readonly kv: string;
}

/** One thing that is wrong, or deserves a look. */
export interface Remark {
  readonly key: string;
  readonly message: string;
}

/** An origin and the path it takes. */
export interface HealthOrigin {
  readonly name: string;
  readonly host: string | undefined;
  /** Ends in `*` for all that begins so; `undefined` where it cannot be read. */
  readonly path: string | undefined;
  /** Whether there is an application behind it, and not what Twilio tells of itself. */
  readonly isForwarded: boolean;
}

/** Reads it; `undefined` when it has another form. */
export function readHealth(answer: Table): Health | undefined {
  const version = textOf(answer["version"]);
  const { keys, origins, kv } = answer;
  if (version === undefined || !Array.isArray(answer["problems"])) return undefined;
  return {
    version,
    problems: remarks(answer["problems"]),
    warnings: remarks(answer["warnings"]),
    keys: Array.isArray(keys) ? keys.flatMap((name) => textOf(name) ?? []) : undefined,
    origins: Array.isArray(origins)
      ? origins.filter(isTable).map((origin) => ({
          name: textOf(origin["name"]) ?? "",
          host: textOf(origin["host"]),
          path: textOf(origin["path"]),
          isForwarded: origin["forwards"] !== false,
        }))
      : undefined,
    shards: tables(answer["ledger"]).map((shard) => ({
      shard: countOf(shard["shard"]) ?? 0,
      isReachable: shard["reachable"] === true,
      full: typeof shard["storage_full"] === "number" ? shard["storage_full"] : 0,
    })),
    breakers: tables(answer["breakers"]).map((breaker) => ({
      origin: textOf(breaker["origin"]) ?? "",
      state: textOf(breaker["state"]) ?? "",
    })),
    queue: tables(answer["queue"]).map((queued) => ({
      origin: textOf(queued["origin"]) ?? "",
      count: countOf(queued["count"]) ?? 0,
      oldestAgeSeconds: countOf(queued["oldest_age_s"]) ?? 0,
      held: textOf(queued["held"]),
    })),
    kv: textOf(kv) ?? "",
  };
}

function remarks(value: unknown): readonly Remark[] {
  return tables(value).map((remark) => ({
    key: textOf(remark["key"]) ?? "",
    message: textOf(remark["message"]) ?? "",
  }));
}

function tables(value: unknown): readonly Table[] {
  return Array.isArray(value) ? value.filter(isTable) : [];
}
