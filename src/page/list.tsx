import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { filterText } from "./filter-text.ts";
import type { Filters } from "./address.ts";
import type { Row } from "./api-types.ts";
import { listDeliveries } from "./client.ts";
import { FilterBar } from "./filters.tsx";
import { useKeys, useMedia, useNow, useSight } from "./hooks.ts";
import { useOlder, useSteadyScroll, useUnseen } from "./list-hooks.ts";
import { isPlain, type Go } from "./link.tsx";
import { watch } from "./live.ts";
import { RowLine } from "./row.tsx";
import {
  MOST_ROWS,
  rowsInSight,
  withNewest,
  withOlder,
  withRows,
  type Merged,
  type Rows,
} from "./rows.ts";
import { Trouble } from "./trouble.tsx";

const PAGE_ROWS = 100;
const NARROW = "(max-width: 760px)";
/** As in the style: the window is worked out from it. */
const ROW_HEIGHT = { wide: 36, narrow: 68 };

const nothing: Rows = { rows: [], cursor: null };

/** Each by its class. */
const columns = [
  ["time", "Time"],
  ["outcome-cell", "Outcome"],
  ["origin", "Origin"],
  ["webhook", "Webhook"],
  ["status", "Status"],
  ["error", "Error"],
  ["took", "Took"],
  ["tries", "Tries"],
  ["next", "Next"],
] as const;

/** The list as it was left, for the way back from a delivery. */
let left:
  | {
      readonly of: string;
      readonly list: Rows;
      readonly selected: string;
      /** Of the window, px. */
      readonly y: number;
    }
  | undefined;

/** The deliveries, newest first, as they come in. */
export function ListView(props: {
  readonly filters: Filters;
  readonly go: Go;
  readonly onSignedOut: () => void;
}) {
  const { filters, go, onSignedOut } = props;
  const of = filterText(filters);
  const kept = left?.of === of ? left : undefined;
  const [list, setList] = useState<Rows>(kept?.list ?? nothing);
  const [selected, setSelected] = useState(kept?.selected ?? "");
  const [isLoading, setIsLoading] = useState(kept === undefined);
  const [isLive, setIsLive] = useState(true);
  const [trouble, setTrouble] = useState<unknown>();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [restarts, setRestarts] = useState(0);
  const [body, setBody] = useState<HTMLElement | null>(null);
  const inputRef = useRef<HTMLInputElement>(null);
  const isNarrow = useMedia(NARROW);
  const rowHeight = isNarrow ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide;
  const sight = useSight(body);
  const nowMs = useNow(1_000);
  const unseen = useUnseen(sight.offset > rowHeight);

  // What is loaded belongs to one filter; another begins anew.
  const now = useRef({ of, list, selected });
  if (now.current.of !== of) {
    now.current = { of, list: nothing, selected: "" };
    setList(nothing);
    setSelected("");
    setIsLoading(true);
  }

  // Rows and keys may come twice before anything is drawn: what counts is not what was drawn last.
  const change = useCallback((next: Rows) => {
    now.current.list = next;
    setList(next);
  }, []);
  const select = useCallback((id: string) => {
    now.current.selected = id;
    setSelected(id);
  }, []);
  const take = useCallback((asked: string, merge: (list: Rows) => Merged) => {
    // An answer to the filter before may come until its effects are ended, which is after the next drawing.
    if (now.current.of !== asked) return;
    const before = now.current.list;
    const merged = merge(before);
    change(merged);
    if (before.rows.length === 0 || merged.fresh.length === 0) return;
    setFresh(new Set(merged.fresh));
    unseen.add(merged.fresh.length);
  }, []);

  useEffect(() => {
    const ended = new AbortController();
    listDeliveries(filters, { limit: PAGE_ROWS, signal: ended.signal }).then(
      (page) => {
        if (ended.signal.aborted) return;
        take(of, (before) => withNewest(restarts === 0 ? before : nothing, page));
        setIsLoading(false);
        setTrouble(undefined);
      },
      (error: unknown) => {
        if (ended.signal.aborted) return;
        setIsLoading(false);
        setTrouble(error);
      },
    );
    return () => ended.abort();
  }, [of, restarts]);

  useEffect(() => {
    if (!isLive) return undefined;
    return watch(filters, {
      onRows: (rows) => take(of, (before) => withRows(before, rows)),
      onPage: (page) => take(of, (before) => withNewest(before, page)),
      onTrouble: setTrouble,
    });
  }, [of, isLive]);

  // Watched for days: what is far below is not looked at any more, and can be loaded again.
  const isTooLong = list.rows.length > MOST_ROWS && sight.offset <= 0;
  useEffect(() => {
    if (isTooLong) setRestarts((before) => before + 1);
  }, [isTooLong]);

  const older = useOlder({
    filters,
    list,
    sight,
    rowHeight,
    onPage: (page) => change(withOlder(now.current.list, page)),
    onTrouble: setTrouble,
  });
  useSteadyScroll(list.rows, sight.offset, rowHeight);

  // A row takes the focus once it is drawn, which may be after it has come into sight.
  const toFocus = useRef(kept?.selected ?? "");
  useLayoutEffect(() => {
    const row = `[data-id="${CSS.escape(toFocus.current)}"] a`;
    const link = toFocus.current === "" ? null : body?.querySelector<HTMLElement>(row);
    if (!link) return;
    toFocus.current = "";
    link.focus({ preventScroll: true });
  });

  // The way back: where it was left, with the focus on what was opened.
  const leftAt = useRef(0);
  useLayoutEffect(() => {
    if (kept !== undefined) scrollTo(0, kept.y);
    return () => {
      left = { ...now.current, y: leftAt.current };
    };
  }, []);

  const open = useCallback(
    (row: Row) => {
      leftAt.current = scrollY; // before the other view begins at its top
      now.current.selected = row.id;
      go({ kind: "delivery", id: row.id });
    },
    [go],
  );

  const move = useCallback(
    (by: number) => {
      const { rows } = now.current.list;
      const at = rows.findIndex(({ id }) => id === now.current.selected);
      const first = Math.max(0, Math.ceil(-(body?.getBoundingClientRect().top ?? 0) / rowHeight));
      const to = at < 0 ? first : Math.min(rows.length - 1, Math.max(0, at + by));
      const row = rows[to];
      if (row === undefined || body === null) return;
      select(row.id);
      bringIntoSight(body, to * rowHeight, rowHeight);
      toFocus.current = row.id;
    },
    [body, rowHeight],
  );

  useKeys(
    useCallback(
      (key, event) => {
        if (key === "/") inputRef.current?.select();
        else if (key === "j" || key === "ArrowDown") move(1);
        else if (key === "k" || key === "ArrowUp") move(-1);
        else if (key === "g") scrollTo(0, 0);
        else if (key === "p") setIsLive((before) => !before);
        else if (key === "Enter" && isOnNothing()) {
          const row = now.current.list.rows.find(({ id }) => id === now.current.selected);
          if (row === undefined) return;
          open(row);
        } else return;
        event.preventDefault();
      },
      [move, open],
    ),
  );

  const origins = useMemo(
    () => [...new Set(list.rows.flatMap(({ origin }) => origin ?? []))].toSorted(),
    [list.rows],
  );
  const { start, end } = rowsInSight({ count: list.rows.length, rowHeight, ...sight });
  const selectedAt = list.rows.findIndex(({ id }) => id === selected);
  const hasFilters = of !== "";

  return (
    <>
      <div class="title">
        <h1>Deliveries</h1>
        <span class="hint">
          {list.rows.length.toLocaleString()}
          {list.cursor === null ? "" : "+"} {hasFilters ? "matching" : "listed"}
        </span>
        <span class="grow" />
        <button
          type="button"
          class={`live ${isLive ? "on" : "off"}`}
          aria-pressed={isLive}
          onClick={() => setIsLive(!isLive)}
        >
          <span class="dot" aria-hidden="true" />
          {isLive ? "Live" : "Paused"}
        </button>
      </div>
      <FilterBar filters={filters} origins={origins} inputRef={inputRef} go={go} />
      <Trouble error={trouble} onSignedOut={onSignedOut} />
      <p class="sr" role="status">
        {unseen.said}
      </p>
      <div
        class="list"
        role="table"
        aria-label="Deliveries, newest first"
        aria-rowcount={list.cursor === null ? list.rows.length + 1 : -1}
        aria-busy={isLoading}
      >
        <div role="rowgroup" class="head">
          <div role="row" aria-rowindex={1} class="line">
            {columns.map(([name, title]) => (
              <span key={name} role="columnheader" class={name}>
                {title}
              </span>
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          class="body"
          ref={setBody}
          style={{ height: `${list.rows.length * rowHeight}px` }}
        >
          {list.rows.slice(start, end).map((row, index) => (
            <RowLine
              key={row.id}
              row={row}
              index={start + index}
              top={(start + index) * rowHeight}
              isSelected={row.id === selected}
              isTabStop={selectedAt < 0 ? start + index === 0 : row.id === selected}
              isFresh={fresh.has(row.id)}
              nowMs={nowMs}
              onOpen={(event) => {
                if (!isPlain(event)) return;
                event.preventDefault();
                open(row);
              }}
              onFocus={() => select(row.id)}
            />
          ))}
        </div>
      </div>
      {unseen.count > 0 && (
        <button type="button" class="unseen main" onClick={() => scrollTo(0, 0)}>
          {unseen.count} new ↑
        </button>
      )}
      {list.lookedAt !== undefined && (
        <LookedAt lookedAt={list.lookedAt} isLooking={older.isLoading} onMore={older.lookFurther} />
      )}
      {!isLoading && list.rows.length === 0 && trouble === undefined && (
        <Nothing hasFilters={hasFilters} go={go} />
      )}
      <p class="foot hint">
        {list.cursor === null || list.lookedAt !== undefined
          ? ""
          : "Older ones load as you scroll. "}
        <kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> or arrows move <kbd>Enter</kbd> opens{" "}
        <kbd>Esc</kbd> back <kbd>g</kbd> top <kbd>p</kbd> pause
      </p>
    </>
  );
}

/** How far a search for a text has come. */
function LookedAt(props: {
  readonly lookedAt: NonNullable<Rows["lookedAt"]>;
  readonly isLooking: boolean;
  readonly onMore: () => void;
}) {
  const { lookedAt, isLooking, onMore } = props;
  const { deliveries, back_to: backTo } = lookedAt;
  return (
    <p class="looked hint" role="status">
      Looked through {deliveries.toLocaleString()} {deliveries === 1 ? "delivery" : "deliveries"},{" "}
      {backTo === null ? "to the end of the log" : `back to ${new Date(backTo).toLocaleString()}`}.{" "}
      {backTo !== null && (
        <button type="button" disabled={isLooking} onClick={onMore}>
          {isLooking ? "Looking …" : "Look further back"}
        </button>
      )}
    </p>
  );
}

function Nothing({ hasFilters, go }: { readonly hasFilters: boolean; readonly go: Go }) {
  return hasFilters ? (
    <p class="nothing">
      No delivery matches.{" "}
      <button type="button" onClick={() => go({ kind: "list", filters: {} })}>
        Clear the filter
      </button>
    </p>
  ) : (
    <p class="nothing">
      No webhook has come in yet. Send one of your own:
      <br />
      <code>npx hookswitch send sms {location.origin}/sms</code>
    </p>
  );
}

/** Whether the focus is on nothing that takes an Enter itself. */
function isOnNothing(): boolean {
  const { activeElement } = document;
  return activeElement === document.body || activeElement?.id === "main";
}

function bringIntoSight(body: HTMLElement, top: number, rowHeight: number): void {
  const y = body.getBoundingClientRect().top + top;
  const above = y - rowHeight * 1.5; // the head sticks to the upper edge
  const below = y + rowHeight * 2 - innerHeight;
  if (above < 0) scrollBy(0, above);
  else if (below > 0) scrollBy(0, below);
}
