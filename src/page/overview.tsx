import type { Go } from "./link.tsx";

export function OverviewView(_props: {
  readonly since: string;
  readonly go: Go;
  readonly onSignedOut: () => void;
}) {
  return <p class="nothing">Not in this version.</p>;
}
