import { useEffect } from "preact/hooks";
import { ApiError } from "./client.ts";

/** Says what went wrong; a session that is over leads to the sign-in. */
export function Trouble(props: { readonly error: unknown; readonly onSignedOut: () => void }) {
  const { error, onSignedOut } = props;
  const isSignedOut = error instanceof ApiError && error.status === 401;
  useEffect(() => {
    if (isSignedOut) onSignedOut();
  }, [isSignedOut, onSignedOut]);
  if (error === undefined || isSignedOut) return null;
  return (
    <p class="trouble" role="alert">
      {error instanceof ApiError
        ? error.message
        : "The log cannot be reached. It is asked again in a moment."}
    </p>
  );
}
