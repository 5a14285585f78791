import { type ReactNode, useLayoutEffect } from "react";
import type { Account } from "../../../schema/users.ts";
import { useAccount } from "../../react/account.ts";
import { useUserSession } from "../../react/index.ts";
import { WithFormats } from "../formats.tsx";
import { forgetHere } from "./forget-here.ts";
import { leave } from "./leaving.ts";
import { OwnAccountContext } from "./own-account.ts";
import { showTheme } from "./show-theme.ts";

/**
 * Shows a page of somebody who is signed in, as they want pages to be, and leaves it for the sign-in page when they no
 * longer are.
 */
export function UntilSignedOut({
  account: initial,
  signInUrl,
  children,
}: {
  /** As the server rendered the page. */
  account: Account;
  signInUrl: string;
  children: ReactNode;
}) {
  const userId = initial.id;
  useUserSession({
    userId,
    onLoggedOut: () => leave(() => void forgetHere(userId).finally(() => location.assign(signInUrl))),
  });
  const account = useAccount({ userId, initial });
  const me = account.me ?? initial;
  const { theme } = me.preferences;
  useLayoutEffect(() => showTheme(theme), [theme]);
  return (
    <OwnAccountContext.Provider value={{ ...account, me }}>
      <WithFormats preferences={me.preferences}>{children}</WithFormats>
    </OwnAccountContext.Provider>
  );
}
