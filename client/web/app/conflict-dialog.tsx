import type { ReactNode } from "react";
import { Dialog } from "../parts/dialog.tsx";
import { type Version, Versions } from "./versions.tsx";

interface ConflictDialogProps {
  title: string;
  /** What has happened, in words. */
  children: ReactNode;
  mine: Version;
  theirs: Version;
  theirsHeading: string;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
  onKeepBoth: () => void;
  onLater: () => void;
}

/** Shows two versions of a text that was changed in two places and where they differ, and asks which one stays. */
export function ConflictDialog(props: ConflictDialogProps) {
  const { title, children, mine, theirs, theirsHeading, onKeepMine, onTakeTheirs, onKeepBoth, onLater } = props;
  return (
    <Dialog title={title} onClose={onLater} wide>
      {children}
      <Versions mine={mine} theirs={theirs} theirsHeading={theirsHeading} />
      <div className="dialog__actions">
        <button className="button button--quiet" type="button" onClick={onLater}>
          Decide later
        </button>
        <button className="button" type="button" title="Puts your text below theirs" onClick={onKeepBoth}>
          Keep both
        </button>
        <button className="button" type="button" onClick={onTakeTheirs}>
          Take theirs
        </button>
        <button className="button button--primary" type="button" onClick={onKeepMine}>
          Keep mine
        </button>
      </div>
    </Dialog>
  );
}
