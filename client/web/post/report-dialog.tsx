import { useState } from "react";
import type { Comment, ReportReason } from "../../../schema/http/posts.ts";
import { call, messageOf } from "../api.ts";
import { Dialog } from "../parts/dialog.tsx";
import { REPORT_REASON_WORDS } from "../report-reasons.ts";

const REASONS = Object.keys(REPORT_REASON_WORDS) as ReportReason[];
const MAX_NOTE_LENGTH = 500;

/** Tells the people who run the site about a comment. */
export function ReportDialog({
  comment,
  onClose,
  onDone,
}: {
  comment: Comment;
  onClose: () => void;
  onDone: () => void;
}) {
  const [reason, setReason] = useState<ReportReason>("spam");
  const [note, setNote] = useState("");
  const [state, setState] = useState<{ busy: boolean; problem: string | null }>({ busy: false, problem: null });

  const send = async (): Promise<void> => {
    setState({ busy: true, problem: null });
    try {
      const trimmed = note.trim();
      await call("POST", `/api/posts/${comment.postId}/comments/${comment.id}/report`, {
        body: trimmed === "" ? { reason } : { reason, note: trimmed },
      });
      onDone();
    } catch (error) {
      setState({ busy: false, problem: messageOf(error) });
    }
  };

  return (
    <Dialog title={`Report ${comment.author.name}’s comment`} onClose={onClose}>
      <form
        className="dialog__form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <fieldset>
          <legend className="visually-hidden">What is wrong with it?</legend>
          {REASONS.map((key) => (
            <label className="choice" key={key}>
              <input type="radio" name="reason" value={key} checked={reason === key} onChange={() => setReason(key)} />
              {REPORT_REASON_WORDS[key]}
            </label>
          ))}
        </fieldset>
        <div className="field">
          <label htmlFor="report-note">Anything to add? (optional)</label>
          <textarea
            className="textarea"
            id="report-note"
            rows={3}
            maxLength={MAX_NOTE_LENGTH}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </div>
        {state.problem === null ? null : (
          <p className="field__error" role="alert">
            {state.problem}
          </p>
        )}
        <div className="dialog__actions">
          <button className="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button className="button button--primary" type="submit" disabled={state.busy}>
            Send report
          </button>
        </div>
      </form>
    </Dialog>
  );
}
