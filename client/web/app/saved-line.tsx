import { Check, CloudOff, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import type { Change } from "../../core/account.ts";
import { useOwnAccount } from "./own-account.ts";

/**
 * Whether what was changed here has arrived.
 * @param kind which changes it speaks of
 */
export function SavedLine({ kind, wasChanged }: { kind: Change["kind"]; wasChanged: boolean }) {
  const { pending, isWaiting, refusal } = useOwnAccount();
  const isPending = pending.some((change) => change.kind === kind);
  return (
    <p className="saved" role="status">
      {contentOf()}
    </p>
  );

  function contentOf(): ReactNode {
    if (isPending && isWaiting) {
      return (
        <>
          <CloudOff aria-hidden="true" /> Kept on this device. It is sent as soon as the server can be reached.
        </>
      );
    }
    if (isPending) {
      return (
        <>
          <LoaderCircle className="turning" aria-hidden="true" /> Saving…
        </>
      );
    }
    if (!wasChanged || refusal?.change.kind === kind) return null;
    return (
      <>
        <Check aria-hidden="true" /> Saved
      </>
    );
  }
}
