/** Filters of the list that stand in an address, by the API's names. */
export const addressFilters = [
  "origin",
  "outcome",
  "sid",
  "account",
  "twilio_status",
  "http_status",
  "error_code",
  "min_ms",
  "since",
  "until",
  "q",
] as const;

/** Filters that stand in no address, since they hold a number. */
export const privateFilters = ["from", "to"] as const;

/** Any filter of the list. */
export type FilterName = (typeof addressFilters)[number] | (typeof privateFilters)[number];

/** What a list is asked for: text as the API takes it, absent ones do not filter. */
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

/** What the page shows. Each but its private filters has an address. */
export type View =
  | { readonly kind: "list"; readonly filters: Filters }
  | { readonly kind: "delivery"; readonly id: string }
  | { readonly kind: "overview"; readonly since: string };

/** How far back the overview looks unless its address says so. */
export const DEFAULT_SINCE = "24h";

/**
 * Reads an address.
 * @param path `location.pathname`, anybody's text.
 * @param search `location.search`, anybody's text: what is no filter is left out.
 */
export function viewOf(path: string, search: string): View {
  const query = new URLSearchParams(search);
  const id = /^\/_log\/d\/([^/]+)\/?$/.exec(path)?.[1];
  if (id !== undefined) return { kind: "delivery", id };
  if (/^\/_log\/overview\/?$/.test(path))
    return { kind: "overview", since: query.get("since") ?? DEFAULT_SINCE };
  const filters: Partial<Record<FilterName, string>> = {};
  for (const name of addressFilters) {
    const value = query.get(name)?.trim() ?? "";
    if (value !== "") filters[name] = value;
  }
  return { kind: "list", filters };
}

/** The address of a view, without its private filters: it can be sent to a colleague. */
export function addressOf(view: View): string {
  switch (view.kind) {
    case "delivery":
      return `/_log/d/${encodeURIComponent(view.id)}`;
    case "overview":
      return view.since === DEFAULT_SINCE
        ? "/_log/overview"
        : `/_log/overview?${new URLSearchParams({ since: view.since })}`;
    case "list": {
      const query = new URLSearchParams(publicPairs(view.filters));
      return query.size === 0 ? "/_log" : `/_log?${query}`;
    }
  }
}

/** Those that may stand in an address, in the API's order. */
export function publicPairs(filters: Filters): [string, string][] {
  return addressFilters.flatMap((name) => {
    const value = filters[name];
    return value === undefined ? [] : [[name, value] as [string, string]];
  });
}

/** Whether a list is asked for a number, which only a POST may hold. */
export function hasPrivate(filters: Filters): boolean {
  return privateFilters.some((name) => filters[name] !== undefined);
}
