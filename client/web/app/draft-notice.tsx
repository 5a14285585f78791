import { useState } from "react";
import type { Draft } from "../../../schema/http/admin/drafts.ts";
import type { Device } from "../../../schema/parties/session.ts";
import { useFormats } from "../formats.tsx";
import { Confirm, Dialog } from "../parts/dialog.tsx";
import { ConflictDialog } from "./conflict-dialog.tsx";
import type { DraftKeeper, DraftView } from "./draft-keeper.ts";
import { fieldsOfDraft } from "./fields.ts";
import { Versions } from "./versions.tsx";

interface DraftNoticeProps {
  draft: DraftView;
  keeper: DraftKeeper;
  /** The person's own devices, to name them by. */
  devices: readonly Device[];
  deviceId: string | undefined;
  /** Goes back to what the post has. */
  onDiscard: () => void;
  onFailure: (error: unknown) => void;
}

/** What was found of the text beside what the post has, and what can be done about it. */
export function DraftNotice({ draft, keeper, devices, deviceId, onDiscard, onFailure }: DraftNoticeProps) {
  const { formatAgo } = useFormats();
  const { offer, conflict, isRestored, wasLeft, fields } = draft;
  const from = (theirs: Draft): string => {
    const device = devices.find((known) => known.deviceId === theirs.deviceId);
    const where = theirs.deviceId === deviceId ? "this browser" : (device?.deviceName ?? "another device");
    return `${where}, ${formatAgo(theirs.lastSaved, Date.now())}`;
  };
  if (conflict !== null)
    return <Contested keeper={keeper} mine={fields} theirs={conflict} from={from(conflict)} wasLeft={wasLeft} />;
  if (offer !== null)
    return <Offered keeper={keeper} mine={fields} offer={offer} from={from(offer)} onFailure={onFailure} />;
  return isRestored ? <Restored onDiscard={onDiscard} /> : null;
}

interface FoundProps {
  keeper: DraftKeeper;
  mine: DraftView["fields"];
  /** Where it was written and when, in words. */
  from: string;
}

function Contested({ keeper, mine, theirs, from, wasLeft }: FoundProps & { theirs: Draft; wasLeft: boolean }) {
  // What comes up while somebody is typing must not take the keys from under their fingers.
  const [asking, setAsking] = useState(wasLeft);
  if (asking) {
    return (
      <ConflictDialog
        title="This draft was changed elsewhere"
        mine={mine}
        theirs={fieldsOfDraft(theirs)}
        theirsHeading={`From ${from}`}
        onKeepMine={() => void keeper.keepMine()}
        onTakeTheirs={() => keeper.takeTheirs()}
        onKeepBoth={() => void keeper.keepBoth()}
        onLater={() => setAsking(false)}
      >
        <p>You and another device have written on without each other. Nothing is lost until you choose.</p>
      </ConflictDialog>
    );
  }
  return (
    <div className="notice notice--warn" role="status">
      <span>This draft was changed on {from}. What you type is kept on this device until you decide.</span>
      <button className="button button--small" type="button" onClick={() => setAsking(true)}>
        Compare and decide
      </button>
    </div>
  );
}

function Offered({
  keeper,
  mine,
  offer,
  from,
  onFailure,
}: FoundProps & { offer: Draft; onFailure: DraftNoticeProps["onFailure"] }) {
  const [asking, setAsking] = useState<"compare" | "discard" | null>(null);
  const close = (): void => setAsking(null);
  const proceed = (
    <button className="button button--small button--primary" type="button" onClick={() => keeper.continueOffer()}>
      Continue with it
    </button>
  );
  return (
    <div className="notice notice--warn" role="status">
      <span>There is an unsaved draft from {from}.</span>
      {proceed}
      <button className="button button--small" type="button" onClick={() => setAsking("compare")}>
        Compare
      </button>
      <button className="button button--small" type="button" onClick={() => setAsking("discard")}>
        Discard it…
      </button>
      {asking === "compare" ? (
        <Dialog title="What the draft changes" onClose={close} wide>
          <Versions mine={mine} theirs={fieldsOfDraft(offer)} theirsHeading={`From ${from}`} />
          <div className="dialog__actions">
            <button className="button" type="button" onClick={close}>
              Close
            </button>
            {proceed}
          </div>
        </Dialog>
      ) : null}
      {asking === "discard" ? (
        <Confirm
          title="Discard this draft?"
          confirmLabel="Discard"
          onClose={close}
          onConfirm={() => void keeper.discardOffer().catch(onFailure)}
        >
          <p>What was written on {from} is deleted everywhere. This cannot be taken back.</p>
        </Confirm>
      ) : null}
    </div>
  );
}

function Restored({ onDiscard }: { onDiscard: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <div className="notice" role="status">
      <span>This was not saved last time. Here it is as you left it.</span>
      <button className="button button--small" type="button" onClick={() => setAsking(true)}>
        Discard it…
      </button>
      {asking ? (
        <Confirm
          title="Discard what you wrote?"
          confirmLabel="Discard"
          onClose={() => setAsking(false)}
          onConfirm={onDiscard}
        >
          <p>The editor goes back to what was saved last. This cannot be taken back.</p>
        </Confirm>
      ) : null}
    </div>
  );
}
