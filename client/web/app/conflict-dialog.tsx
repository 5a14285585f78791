import { useFormats } from "../formats.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { type Conflict, type Fields, fieldsOf } from "./use-editor.ts";

interface ConflictDialogProps {
  conflict: Conflict;
  mine: Fields;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  onLater: () => void;
}

/** Shows both versions of a post that was changed in two places, and asks which one stays. */
export function ConflictDialog({ conflict, mine, onKeepMine, onTakeTheirs, onLater }: ConflictDialogProps) {
  const { formatAgo } = useFormats();
  const { theirs } = conflict;
  return (
    <Dialog title="This post was changed elsewhere" onClose={onLater} wide>
      <p>
        Another version was saved {formatAgo(theirs.updatedAt, Date.now())}. Nothing is lost until you choose which one
        stays.
      </p>
      <div className="versions">
        <Version heading="Yours" {...mine} />
        <Version heading="On the server" {...fieldsOf(theirs)} />
      </div>
      <div className="dialog__actions">
        <button className="button button--quiet" type="button" onClick={onLater}>
          Decide later
        </button>
        <button className="button" type="button" onClick={onTakeTheirs}>
          Take the server’s
        </button>
        <button className="button button--primary" type="button" onClick={onKeepMine}>
          Keep mine
        </button>
      </div>
    </Dialog>
  );
}

function Version({ heading, title, slug, tags, content }: Fields & { heading: string }) {
  return (
    <section className="version">
      <h3 className="version__heading">{heading}</h3>
      <p className="version__title">{title}</p>
      <p className="version__heading">
        /{slug}
        {tags === "" ? null : ` · ${tags}`}
      </p>
      <textarea className="textarea version__text" aria-label={`${heading}: text`} value={content} rows={10} readOnly />
    </section>
  );
}
