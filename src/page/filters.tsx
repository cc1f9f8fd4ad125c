import { useEffect, useState } from "preact/hooks";
import type { Ref } from "preact";
import type { FilterName, Filters } from "./address.ts";
import { filterText, readFilterText, unknownNames } from "./filter-text.ts";
import { Link, type Go } from "./link.tsx";
import { outcomeOrder, outcomeWords, spaced } from "./words.ts";

/** Outcomes that one looks for first, each a click away. */
const quick = [undefined, "failed", "fell_back", "refused", "queued", "dead"];

interface Field {
  readonly name: FilterName;
  readonly label: string;
  readonly hint: string;
}

const fields: readonly Field[] = [
  { name: "origin", label: "Origin", hint: "sms" },
  { name: "sid", label: "Any sid", hint: "CA…, SM…, RE…" },
  { name: "account", label: "Account", hint: "AC…" },
  { name: "twilio_status", label: "Twilio's status", hint: "completed" },
  { name: "http_status", label: "HTTP status", hint: "502" },
  { name: "error_code", label: "Error code", hint: "11217" },
  { name: "min_ms", label: "At least, ms", hint: "5000" },
  { name: "since", label: "Since", hint: "2h, 7d, 2026-11-24" },
  { name: "until", label: "Until", hint: "15m, 2026-11-24" },
  { name: "q", label: "Shows the text", hint: "any value of it" },
  { name: "from", label: "From, exactly", hint: "+14155551234" },
  { name: "to", label: "To, exactly", hint: "+14155551234" },
];

/** All filters of the list: as one line to type, and each by its name. */
export function FilterBar(props: {
  readonly filters: Filters;
  readonly origins: readonly string[];
  readonly inputRef: Ref<HTMLInputElement>;
  readonly go: Go;
}) {
  const { filters, origins, inputRef, go } = props;
  const shown = filterText(filters);
  const [text, setText] = useState(shown);
  const [unknown, setUnknown] = useState<readonly string[]>([]);
  useEffect(() => setText(shown), [shown]);

  const apply = (next: Filters): void => go({ kind: "list", filters: next });
  const submit = (event: Event): void => {
    event.preventDefault();
    const names = unknownNames(text);
    setUnknown(names);
    if (names.length === 0) apply(readFilterText(text));
  };
  const change = (name: FilterName, value: string): void => {
    const { [name]: _before, ...rest } = filters;
    apply(value.trim() === "" ? rest : { ...rest, [name]: value.trim() });
  };

  return (
    <section class="filters" aria-label="Filter">
      <form role="search" onSubmit={submit}>
        <label class="sr" for="filter">
          Filter deliveries
        </label>
        <input
          id="filter"
          ref={inputRef}
          type="search"
          autocomplete="off"
          spellcheck={false}
          placeholder='Filter: failed voice 2h, a sid, code:11217, >5000, "a text"'
          value={text}
          aria-describedby="filter-trouble"
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onSearch={({ currentTarget }) => {
            if (currentTarget.value === "") apply({});
          }}
        />
        <kbd aria-hidden="true">/</kbd>
        <button type="submit">Filter</button>
      </form>
      <p id="filter-trouble" class="trouble" role="status">
        {unknown.length > 0 && `There is no filter ${unknown.join(", ")}.`}
      </p>
      <nav class="quick" aria-label="Outcome">
        {quick.map((outcome) => {
          const { outcome: _before, ...rest } = filters;
          return (
            <Link
              key={outcome ?? "all"}
              to={{ kind: "list", filters: outcome === undefined ? rest : { ...rest, outcome } }}
              go={go}
              isCurrent={filters.outcome === outcome}
            >
              {outcome === undefined ? "All" : spaced(outcome)}
            </Link>
          );
        })}
      </nav>
      <details>
        <summary>All filters</summary>
        <div class="fields">
          <label>
            <span>Outcome</span>
            <select
              value={filters.outcome ?? ""}
              onChange={({ currentTarget }) => change("outcome", currentTarget.value)}
            >
              <option value="">any</option>
              {outcomeOrder.map((outcome) => (
                <option key={outcome} value={outcome}>
                  {outcomeWords(outcome).word}
                </option>
              ))}
            </select>
          </label>
          {fields.map(({ name, label, hint }) => (
            <label key={name}>
              <span>{label}</span>
              <input
                autocomplete="off"
                spellcheck={false}
                placeholder={hint}
                list={name === "origin" ? "origins" : undefined}
                value={filters[name] ?? ""}
                onChange={({ currentTarget }) => change(name, currentTarget.value)}
              />
            </label>
          ))}
          <datalist id="origins">
            {origins.map((origin) => (
              <option key={origin} value={origin} />
            ))}
          </datalist>
        </div>
        <p class="hint">
          Numbers are found by a keyed hash and never stand in the address; everything else does, so
          that it can be sent to a colleague.
        </p>
      </details>
    </section>
  );
}
