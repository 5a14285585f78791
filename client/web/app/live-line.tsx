import type { UserSession } from "../../react/index.ts";
import { ReloadButton } from "../parts/reload-button.tsx";

/** Says that what is shown may be late, only while that is so. It appears after a second, so that a blip shows nothing. */
export function LiveLine({ status, closed }: Pick<UserSession, "status" | "closed">) {
  if (status === "live" || closed?.code === "unauthenticated") return null;
  if (status === "closed") {
    return (
      <span className="connection" role="status">
        Live updates have stopped. <ReloadButton>Reload</ReloadButton>
      </span>
    );
  }
  return (
    <span className="connection connection--waiting" role="status">
      {status === "connecting" ? "Connecting…" : "Not live: reconnecting…"}
    </span>
  );
}
