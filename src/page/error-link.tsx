import { errorPage } from "./words.ts";

/** An error code, as a link to Twilio's page of it. */
export function ErrorLink({ code }: { readonly code: number }) {
  return (
    <a href={errorPage(code)} rel="noreferrer" target="_blank">
      {code}
    </a>
  );
}
