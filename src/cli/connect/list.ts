import { ok } from "../../shared/result.ts";
import { type Resource, type ResourceKind, withService } from "./resource.ts";
import type { ApiFailure, TwilioAccount } from "./twilio-account.ts";

/** What an account has, and what could not be looked at. */
export interface Listed {
  readonly resources: readonly Resource[];
  readonly failures: readonly ApiFailure[];
}

/** What is looked at. */
export interface Listing {
  /** Services have no account in their URL: only their own account's credentials reach them. */
  readonly kinds: readonly ResourceKind[];
  /** Whether it must be known which numbers belong to a Messaging Service. */
  readonly hasMembers: boolean;
}

/** Lists all that webhook URLs are set on. What cannot be listed is told, and the rest is there all the same. */
export async function listResources(
  account: Pick<TwilioAccount, "list" | "members">,
  { kinds, hasMembers }: Listing,
): Promise<Listed> {
  const list = async (kind: ResourceKind): ReturnType<TwilioAccount["list"]> =>
    kinds.includes(kind) ? account.list(kind) : ok([]);
  const lists = await Promise.all([list("number"), list("service"), list("app")]);
  const resources = lists.flatMap((each) => (each.ok ? each.value : []));
  // Not asked where the rest has failed: without all of it nothing is planned that needs this.
  const isWhole = lists.every((each) => each.ok);
  const members =
    hasMembers && isWhole
      ? await account.members(
          resources.filter(({ kind, instead }) => kind === "service" && !instead.message),
        )
      : ok(new Map<string, string>());
  const failures = [...lists, members].flatMap((each) => (each.ok ? [] : [each.error]));
  return {
    resources: resources.map((resource) => {
      const service = members.ok ? members.value.get(resource.sid) : undefined;
      return service === undefined ? resource : withService(resource, service);
    }),
    failures: failures.filter(
      ({ message }, index) => failures.findIndex((each) => each.message === message) === index,
    ),
  };
}
