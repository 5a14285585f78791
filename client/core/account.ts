/** The signed-in person's account. Apart from index.ts, for pages that people only read load none of it. */
export type { Change } from "./account-changes.ts";
export { type AccountStorage, MemoryAccountStorage } from "./account-storage.ts";
export { AccountStore, type AccountView } from "./account-store.ts";
export { defaultAccountStorage } from "./browser-account-storage.ts";
