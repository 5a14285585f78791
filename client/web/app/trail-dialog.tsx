import { useState } from "react";
import type { Trail } from "../../../schema/http/admin/trails.ts";
import { Dialog } from "../parts/dialog.tsx";

type TrailFields = Pick<Trail, "title" | "description">;

interface TrailDialogProps {
  trail: TrailFields;
  onClose: () => void;
  onSave: (fields: TrailFields) => void;
}

/** As schema/http/admin/trails.ts has them, without loading its validator. */
const MAX_TITLE_LENGTH = 120;
const MAX_DESCRIPTION_LENGTH = 2_000;

/** What a trail says of itself. */
export function TrailDialog({ trail, onClose, onSave }: TrailDialogProps) {
  const [title, setTitle] = useState(trail.title);
  const [description, setDescription] = useState(trail.description);
  const ready = title.trim() !== "";
  return (
    <Dialog title="Edit trail" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          onSave({ title: title.trim(), description });
          onClose();
        }}
      >
        <div className="field">
          <label htmlFor="trail-title">Title</label>
          <input
            className="input"
            id="trail-title"
            value={title}
            maxLength={MAX_TITLE_LENGTH}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="trail-text">Description</label>
          <textarea
            className="textarea"
            id="trail-text"
            rows={4}
            value={description}
            maxLength={MAX_DESCRIPTION_LENGTH}
            onInput={(event) => setDescription(event.currentTarget.value)}
          />
        </div>
        <div className="dialog__actions">
          <button className="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button className="button button--primary" type="submit" disabled={!ready}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
