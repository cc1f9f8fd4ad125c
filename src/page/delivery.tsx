import type { View } from "./address.ts";
import type { Role } from "./api-types.ts";
import type { Go } from "./link.tsx";

export function DeliveryView(_props: {
  readonly id: string;
  readonly role: Role;
  readonly back: View;
  readonly go: Go;
  readonly onSignedOut: () => void;
}) {
  return <p class="nothing">Not in this version.</p>;
}
