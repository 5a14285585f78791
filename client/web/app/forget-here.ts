import { defaultAccountStorage } from "../../core/account.ts";
import { clearDrafts } from "./draft-shelf.ts";

/** Removes what this browser keeps of somebody who signs out. */
export async function forgetHere(userId: string): Promise<void> {
  clearDrafts(userId);
  await defaultAccountStorage().update(userId, () => undefined);
}
