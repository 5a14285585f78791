import { type ReactNode, type Ref, useState } from "react";
import { messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Toast } from "../parts/toast.tsx";
import { useNow } from "../post/use-now.ts";
import type { Deletion } from "./use-deletion.ts";

interface AccountFrameProps {
  title: string;
  lede: string;
  deletion: Deletion;
  /** Can take the focus when what had it goes. */
  titleRef?: Ref<HTMLHeadingElement>;
  children: ReactNode;
}

/** What every page of one's own account has: its title, and the countdown once the account is to be deleted. */
export function AccountFrame({ title, lede, deletion, titleRef, children }: AccountFrameProps) {
  const [message, setMessage] = useState<string | null>(null);
  return (
    <div className="column account">
      <DeletionBanner deletion={deletion} onMessage={setMessage} />
      <div className="masthead">
        <div>
          <h1 className="masthead__title" ref={titleRef} tabIndex={-1}>
            {title}
          </h1>
          <p className="card-page__text">{lede}</p>
        </div>
      </div>
      {children}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}

function DeletionBanner({ deletion, onMessage }: { deletion: Deletion; onMessage: (message: string) => void }) {
  const { formatMoment, formatUntil } = useFormats();
  const now = useNow() ?? Date.now();
  const [busy, setBusy] = useState(false);
  if (deletion.at === null) return null;
  const at = new Date(deletion.at).toISOString();
  const keep = async (): Promise<void> => {
    setBusy(true);
    try {
      await deletion.cancel();
      onMessage("Your account stays.");
    } catch (error) {
      onMessage(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="notice notice--error deletion" role="status">
      <p>
        <strong>Your account will be deleted {formatUntil(at, now)}</strong>, on{" "}
        <time dateTime={at}>{formatMoment(at)}</time>.
      </p>
      <button className="button button--small" type="button" disabled={busy} onClick={() => void keep()}>
        Keep my account
      </button>
    </div>
  );
}
