import { Copy, Mail } from "lucide-react";
import { useState } from "react";
import type { Invitation, InvitationList, MadeInvitation } from "../../../schema/http/admin/members.ts";
import { ApiError, call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { InviteForm } from "./invite-form.tsx";
import { SITE_ROLE_WORDS } from "./site-role-words.ts";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

const loadInvitations = async (signal: AbortSignal) =>
  (await call<InvitationList>("GET", "/api/admin/invitations", { signal })).invitations;

/** Links that make members of those who follow them. */
export function Invitations({ onMessage, signInUrl }: { onMessage: (message: string) => void; signInUrl: string }) {
  const { loaded, reload, update } = useLoad(loadInvitations);
  const [made, setMade] = useState<MadeInvitation | null>(null);

  const revoke = async (id: string): Promise<void> => {
    try {
      await call("DELETE", `/api/admin/invitations/${id}`);
      onMessage("The link leads nowhere any more.");
    } catch (error) {
      // Gone by itself, or by somebody else, is as good.
      if (!(error instanceof ApiError && error.code === "not_found")) return onMessage(messageOf(error));
    }
    update((invitations) => invitations.filter((other) => other.id !== id));
    setMade((known) => (known?.id === id ? null : known));
  };
  return (
    <section className="block" aria-labelledby="invitations-title">
      <h2 className="block__title" id="invitations-title">
        Invite somebody
      </h2>
      <InviteForm
        onMade={(invitation) => {
          const { url: _, ...kept } = invitation;
          setMade(invitation);
          update((invitations) => [kept, ...invitations]);
        }}
      />
      {made === null ? null : <MadeLink invitation={made} onMessage={onMessage} />}
      {loaded.state === "loading" ? <Skeleton rows={2} /> : null}
      {loaded.state === "failed" ? <Failure error={loaded.error} onRetry={reload} signInUrl={signInUrl} /> : null}
      {loaded.state === "ready" && loaded.value.length === 0 ? (
        <p className="field__hint">No invitation is open.</p>
      ) : null}
      {loaded.state === "ready" && loaded.value.length > 0 ? (
        <section className="open-invitations" aria-labelledby="open-title">
          <h3 className="field__label" id="open-title">
            Open invitations
          </h3>
          <ul className="rows" aria-labelledby="open-title">
            {loaded.value.map((invitation) => (
              <InvitationRow key={invitation.id} invitation={invitation} onRevoke={() => void revoke(invitation.id)} />
            ))}
          </ul>
        </section>
      ) : null}
    </section>
  );
}

/** The link of a new invitation. It cannot be shown again, for only its hash is kept. */
function MadeLink({
  invitation: { url },
  onMessage,
}: {
  invitation: MadeInvitation;
  onMessage: (message: string) => void;
}) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(url);
      onMessage("Link copied.");
    } catch {
      onMessage("The browser does not let the link be copied. Select it, and copy it by hand.");
    }
  };
  return (
    <div className="notice made-link" role="status">
      <p>
        <strong>Send this link to whom it is for.</strong> It is shown only now, works once, and makes a member of
        whoever follows it.
      </p>
      <div className="affixed">
        <input
          className="input"
          aria-label="Link of the invitation"
          value={url}
          readOnly
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <button className="button" type="button" onClick={() => void copy()}>
          <Copy aria-hidden="true" /> Copy
        </button>
      </div>
    </div>
  );
}

function InvitationRow({
  invitation: { role, note, expiresAt },
  onRevoke,
}: {
  invitation: Invitation;
  onRevoke: () => void;
}) {
  const { formatUntil } = useFormats();
  const name = note === "" ? SITE_ROLE_WORDS[role] : note;
  return (
    <li className="row">
      <Mail className="row__icon" aria-hidden="true" />
      <div className="row__main">
        <p className="member__name">{name}</p>
        <p className="meta">
          {note === "" ? null : <span>{SITE_ROLE_WORDS[role]}</span>}
          <span>
            ends <time dateTime={expiresAt}>{formatUntil(expiresAt, Date.now())}</time>
          </span>
        </p>
      </div>
      <button
        className="button button--small"
        type="button"
        aria-label={`Take back the invitation of ${name}`}
        onClick={onRevoke}
      >
        Take back
      </button>
    </li>
  );
}
