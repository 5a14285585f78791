import { useEffect } from "react";
import type { DraftKeeper } from "./draft-keeper.ts";

/** Has the keeper bring the draft to the server when the page is hidden or left, and when the network is back. */
export function useDraftSaving(keeper: DraftKeeper, deviceId: string | undefined): void {
  useEffect(() => {
    if (deviceId !== undefined) keeper.setDevice(deviceId);
  }, [keeper, deviceId]);
  useEffect(() => {
    const hide = (): void => {
      if (document.visibilityState === "hidden") void keeper.flush(true);
    };
    const leave = (): void => void keeper.flush(true);
    const connect = (): void => void keeper.flush();
    document.addEventListener("visibilitychange", hide);
    addEventListener("pagehide", leave);
    addEventListener("online", connect);
    return () => {
      document.removeEventListener("visibilitychange", hide);
      removeEventListener("pagehide", leave);
      removeEventListener("online", connect);
    };
  }, [keeper]);
}
