import { Download } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import { AccountFrame } from "./account-frame.tsx";
import { type Deletion, useDeletion } from "./use-deletion.ts";

/** Taking one's data along, and leaving for good. */
export function DataPage() {
  const deletion = useDeletion();
  return (
    <AccountFrame title="Your data" lede="Take it along, or take your leave." deletion={deletion}>
      <section className="block" aria-labelledby="export-title">
        <h2 className="block__title" id="export-title">
          Download everything
        </h2>
        <p>
          One JSON document with all that is kept of you: your profile and preferences, how and where you signed in,
          your sites and posts, your comments and reports.
        </p>
        <p>
          <a className="button" href="/api/me/export" download>
            <Download aria-hidden="true" /> Download as JSON
          </a>
        </p>
      </section>
      <DeleteAccount deletion={deletion} />
    </AccountFrame>
  );
}

function DeleteAccount({ deletion }: { deletion: Deletion }) {
  const { formatDate } = useFormats();
  const [asking, setAsking] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  const request = async (): Promise<void> => {
    try {
      await deletion.request();
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  return (
    <section className="block" aria-labelledby="delete-title">
      <h2 className="block__title" id="delete-title">
        Delete your account
      </h2>
      <p>
        Seven days after you ask for it, your profile, preferences and ways in are deleted for good, and every device is
        signed out. What you wrote stays where others read and answered it, without your name.
      </p>
      {deletion.at === null ? (
        <p>
          <button className="button button--danger" type="button" onClick={() => setAsking(true)}>
            Delete my account…
          </button>
        </p>
      ) : (
        <p className="field__hint">
          You have asked for it. Until {formatDate(new Date(deletion.at).toISOString())} you can keep your account with
          one click, above.
        </p>
      )}
      {asking ? (
        <Confirm
          title="Delete your account in seven days?"
          confirmLabel="Delete in seven days"
          onClose={() => setAsking(false)}
          onConfirm={() => void request()}
        >
          <p>
            Until then everything works as before, and you can change your mind on any page of your account. After that
            nobody can bring it back.
          </p>
        </Confirm>
      ) : null}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </section>
  );
}
