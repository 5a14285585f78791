import type { UsePost } from "../../react/index.ts";
import { ReloadButton } from "../parts/reload-button.tsx";

/** A line on the connection, only while it is not live. It appears after a second, so that a blip shows nothing. */
export function ConnectionState({
  status,
  closed,
  signInUrl,
}: Pick<UsePost, "status" | "closed"> & { signInUrl: string }) {
  if (status === "live") return null;
  if (status !== "closed") {
    return (
      <span className="connection connection--waiting" role="status">
        {status === "connecting" ? "Connecting…" : "Reconnecting… What you write is kept."}
      </span>
    );
  }
  return (
    <span className="connection" role="status">
      {closed?.code === "unauthenticated" ? (
        <>
          You are signed out. <a href={signInUrl}>Sign in again</a>
        </>
      ) : (
        <>
          Live updates have stopped. <ReloadButton>Reload</ReloadButton>
        </>
      )}
    </span>
  );
}
