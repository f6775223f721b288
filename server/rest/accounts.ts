/** Whether the account that a token names is still there, and since when its tokens count (contract 3.1, 3.2). */
import type { Store } from "../store/store.ts";
import type { Claims } from "./tokens.ts";

/** Epoch seconds; undefined when no token of the account counts. */
export function tokensFrom({ isPublic, sub, userId }: Claims, store: Store): number | undefined {
  if (isPublic) return store.customers.byId(sub)?.isPublic === 1 ? 0 : undefined;
  const user = store.users.byId(userId);
  return user?.enabled === 1 ? user.tokensFrom : undefined;
}
