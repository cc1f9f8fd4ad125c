import type { ShownExplanation } from "../explain/shown.ts";
import { hasPrivate, publicPairs, type Filters } from "./address.ts";
import type { Caller, Delivery, Health, Page, Replayed, Stats } from "./api-types.ts";

/** An answer of the API that is no success. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Who is signed in; `undefined` when nobody is. */
export async function currentCaller(): Promise<Caller | undefined> {
  try {
    return await ask<Caller>("/_log/session");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

/** Opens a session; rejects with the API's words where the token is none. */
export async function signIn(token: string): Promise<void> {
  await ask("/_log/session", post({ token }));
}

/** Ends the session of this browser; that of Cloudflare Access on its own page. */
export async function signOut({ by }: Caller): Promise<void> {
  if (by === "access") return location.assign("/cdn-cgi/access/logout");
  await fetch("/_log/session", { method: "DELETE" });
}

/** A page of the list; one that is asked for a number is asked by a POST, so that it stands in no URL. */
export function listDeliveries(
  filters: Filters,
  more: { readonly cursor?: string; readonly limit: number; readonly signal: AbortSignal },
): Promise<Page> {
  const { cursor, limit, signal } = more;
  const rest: Record<string, string> = { limit: String(limit) };
  if (cursor !== undefined) rest["cursor"] = cursor;
  if (hasPrivate(filters)) return ask("/_log/search", { ...post({ ...filters, ...rest }), signal });
  const query = new URLSearchParams([...publicPairs(filters), ...Object.entries(rest)]);
  return ask(`/_log/deliveries?${query}`, { signal });
}

/** One delivery; unmasked for an administrator only. */
export function showDelivery(
  id: string,
  isUnmasked: boolean,
  signal: AbortSignal,
): Promise<Delivery> {
  const query = isUnmasked ? "?unmask=1" : "";
  return ask(`/_log/deliveries/${encodeURIComponent(id)}${query}`, { signal });
}

/** Sends one again, and waits for what comes of it. */
export function replayDelivery(id: string, hasNewToken: boolean): Promise<Replayed> {
  const query = hasNewToken ? "?new_token=1" : "";
  return ask(`/_log/deliveries/${encodeURIComponent(id)}/replay${query}`, { method: "POST" });
}

/** Why one was refused, worked out now. */
export function explainDelivery(id: string): Promise<ShownExplanation> {
  return ask(`/_log/deliveries/${encodeURIComponent(id)}/explain`, { method: "POST" });
}

/** Rejects with 404 where this version has none. */
export function readStats(since: string, signal: AbortSignal): Promise<Stats> {
  return ask(`/_log/stats?${new URLSearchParams({ since })}`, { signal });
}

/** Health says 503 where something is wrong, with the same report. */
export async function readHealth(signal: AbortSignal): Promise<Health> {
  const response = await fetch("/_log/health", { signal });
  if (response.status !== 200 && response.status !== 503) throw await errorOf(response);
  return response.json();
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, init);
  if (!response.ok) throw await errorOf(response);
  return response.json();
}

async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code, message } = told(body) ?? {
    code: "unreadable",
    message: `The log answered ${response.status}.`,
  };
  return new ApiError(response.status, code, message);
}

function told(body: unknown): { readonly code: string; readonly message: string } | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  const { error } = body;
  if (typeof error !== "object" || error === null) return undefined;
  if (!("code" in error) || !("message" in error)) return undefined;
  return { code: String(error.code), message: String(error.message) };
}

function post(body: unknown): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
}
