import { useState } from "react";
import type { MadeInvitation } from "../../../schema/http/admin/members.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import { call } from "../api.ts";
import { SITE_ROLE_POWERS, SITE_ROLE_WORDS } from "./site-role-words.ts";
import { isOneOf } from "./standing.ts";
import { wordsFor } from "./refusal-words.ts";

type Invited = Exclude<SiteRole, "owner">;
const { owner: _, ...INVITED_WORDS } = SITE_ROLE_WORDS;
/** As schema/http/admin/members.ts has it, without loading its validator. */
const MAX_NOTE_LENGTH = 120;

/** Makes an invitation. */
export function InviteForm({ onMade }: { onMade: (invitation: MadeInvitation) => void }) {
  const [role, setRole] = useState<Invited>("author");
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const invite = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      onMade(await call<MadeInvitation>("POST", "/api/admin/invitations", { body: { role, note: note.trim() } }));
      setNote("");
    } catch (error) {
      setProblem(wordsFor(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void invite();
      }}
    >
      <div className="pair">
        <div className="field">
          <label htmlFor="invite-role">As</label>
          <select
            className="input"
            id="invite-role"
            value={role}
            aria-describedby="invite-role-note"
            onChange={({ currentTarget }) => {
              if (isOneOf(INVITED_WORDS, currentTarget.value)) setRole(currentTarget.value);
            }}
          >
            {Object.entries(INVITED_WORDS).map(([value, word]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
          <p className="field__hint" id="invite-role-note" aria-live="polite">
            {SITE_ROLE_POWERS[role]}
          </p>
        </div>
        <div className="field">
          <label htmlFor="invite-note">For</label>
          <input
            className="input"
            id="invite-note"
            value={note}
            maxLength={MAX_NOTE_LENGTH}
            placeholder="Wen, who takes the pictures"
            autoComplete="off"
            aria-describedby="invite-note-note"
            onInput={(event) => setNote(event.currentTarget.value)}
          />
          <p className="field__hint" id="invite-note-note">
            Only you see this.
          </p>
        </div>
      </div>
      {problem === null ? null : (
        <p className="field__error" role="alert">
          {problem}
        </p>
      )}
      <div className="row-actions">
        <button className="button button--primary" type="submit" disabled={busy}>
          {busy ? "Making the link…" : "Make a link"}
        </button>
      </div>
    </form>
  );
}
