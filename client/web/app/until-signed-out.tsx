import type { ReactNode } from "react";
import { useUserSession } from "../../react/index.ts";
import { leave } from "./leaving.ts";

/** Shows a page of somebody who is signed in, and leaves it for the sign-in page when they no longer are. */
export function UntilSignedOut({
  userId,
  signInUrl,
  children,
}: {
  userId: string;
  signInUrl: string;
  children: ReactNode;
}) {
  useUserSession({ userId, onLoggedOut: () => leave(() => location.assign(signInUrl)) });
  return children;
}
