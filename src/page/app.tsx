import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { addressOf, DEFAULT_SINCE, viewOf, type Filters, type View } from "./address.ts";
import type { Caller } from "./api-types.ts";
import { currentCaller, signOut } from "./client.ts";
import { DeliveryView } from "./delivery.tsx";
import { Link, type Go } from "./link.tsx";
import { ListView } from "./list.tsx";
import { OverviewView } from "./overview.tsx";
import { SignIn } from "./sign-in.tsx";

type Session = "unknown" | "none" | Caller;

/** The page: who is signed in, and which view its address names. */
export function App() {
  const [session, setSession] = useState<Session>("unknown");
  const [view, go] = useAddress();
  // Where the way back leads: the list as it was left.
  const [lastList, setLastList] = useState<Filters>({});

  useEffect(() => {
    currentCaller().then(
      (caller) => setSession(caller ?? "none"),
      () => setSession("none"),
    );
  }, []);
  useEffect(() => {
    if (view.kind === "list") setLastList(view.filters);
  }, [view]);
  // Whoever reads on by keys or by ear begins with the new view.
  const isFirst = useRef(true);
  const place = view.kind === "delivery" ? view.id : view.kind;
  useEffect(() => {
    const main = document.querySelector<HTMLElement>("#main");
    // The list may have given it to the row that one comes back to.
    if (!isFirst.current && main?.contains(document.activeElement) === false)
      main.focus({ preventScroll: true });
    isFirst.current = false;
  }, [place]);
  useEffect(() => {
    document.title = `${titleOf(view)} · Hookswitch`;
  }, [view]);

  const onSignedOut = useCallback(() => setSession("none"), []);
  if (session === "unknown") return <p class="waiting">Loading…</p>;
  if (session === "none") return <SignIn onSignedIn={setSession} />;

  const back: View = { kind: "list", filters: lastList };
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <Link class="brand" to={{ kind: "list", filters: {} }} go={go}>
          <Mark />
          Hookswitch
        </Link>
        <nav aria-label="Views">
          <Link to={back} go={go} isCurrent={view.kind !== "overview"}>
            Deliveries
          </Link>
          <Link
            to={{ kind: "overview", since: DEFAULT_SINCE }}
            go={go}
            isCurrent={view.kind === "overview"}
          >
            Overview
          </Link>
        </nav>
        <span class="grow" />
        <span class="role" title={session.who}>
          {session.role === "admin" ? "administrator" : "reader"}
        </span>
        <button
          type="button"
          class="quiet"
          onClick={() => void signOut(session).then(onSignedOut, onSignedOut)}
        >
          Sign out
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {view.kind === "list" && (
          <ListView filters={view.filters} go={go} onSignedOut={onSignedOut} />
        )}
        {view.kind === "delivery" && (
          <DeliveryView
            key={view.id}
            id={view.id}
            role={session.role}
            back={back}
            go={go}
            onSignedOut={onSignedOut}
          />
        )}
        {view.kind === "overview" && (
          <OverviewView since={view.since} go={go} onSignedOut={onSignedOut} />
        )}
      </main>
    </>
  );
}

function titleOf(view: View): string {
  if (view.kind === "delivery") return `Delivery ${view.id}`;
  return view.kind === "overview" ? "Overview" : "Deliveries";
}

/** The view that the address names, and how to get to another. */
function useAddress(): [View, Go] {
  const [view, setView] = useState(() => viewOf(location.pathname, location.search));
  useEffect(() => {
    // Back and forward: what is private of a list is with the entry, and never in the address.
    const follow = ({ state }: PopStateEvent): void => {
      const found = viewOf(location.pathname, location.search);
      setView(
        found.kind === "list" ? { ...found, filters: { ...found.filters, ...state } } : found,
      );
    };
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const go = useCallback((next: View, how: "push" | "replace" = "push") => {
    const kept = next.kind === "list" ? privateOf(next.filters) : null;
    history[how === "push" ? "pushState" : "replaceState"](kept, "", addressOf(next));
    if (how === "push") scrollTo(0, 0);
    setView(next);
  }, []);
  return [view, go];
}

function privateOf({ from, to }: Filters): Filters {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function Mark() {
  return (
    <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true" class="mark">
      <rect width="16" height="16" rx="4" />
      <path d="M4 4v8M4 8h5a3 3 0 0 1 3 3v1" />
    </svg>
  );
}
