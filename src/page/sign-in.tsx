import { useState } from "preact/hooks";
import type { Caller } from "./api-types.ts";
import { currentCaller, signIn } from "./client.ts";

/** Asks for a token of the log; the session that it opens is a cookie that no script can read. */
export function SignIn({ onSignedIn }: { readonly onSignedIn: (caller: Caller) => void }) {
  const [token, setToken] = useState("");
  const [trouble, setTrouble] = useState("");
  const [isAsking, setIsAsking] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setIsAsking(true);
    setTrouble("");
    try {
      await signIn(token.trim());
      const caller = await currentCaller();
      // By plain http of another machine it takes no cookie that is Secure.
      if (caller === undefined)
        throw new Error("The browser kept no session: open the page by https.");
      onSignedIn(caller);
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
      setIsAsking(false);
    }
  }

  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>Hookswitch log</h1>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          required
          autoFocus
          value={token}
          aria-describedby="token-help token-trouble"
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        <p id="token-help" class="hint">
          <code>LOG_TOKEN</code> reads. <code>LOG_ADMIN_TOKEN</code> also unmasks and replays. The
          session lasts 12 hours.
        </p>
        <p id="token-trouble" class="trouble" role="alert">
          {trouble}
        </p>
        <button type="submit" class="main" disabled={isAsking}>
          {isAsking ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
