/** The hook over the signed-in person's account. Apart from index.ts, for pages that people only read load none of it. */
export { useAccount, type UseAccount, type UseAccountOptions } from "./use-account.ts";
