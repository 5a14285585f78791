import { defaultAccountStorage } from "../../core/account.ts";

/** Removes what this browser keeps of somebody who signs out. */
export async function forgetHere(userId: string): Promise<void> {
  await defaultAccountStorage().update(userId, () => undefined);
}
