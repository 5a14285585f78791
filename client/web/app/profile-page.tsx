import { KeyRound } from "lucide-react";
import { useState } from "react";
import type { ProfileChanges } from "../../../schema/http/users.ts";
import { useFormats } from "../formats.tsx";
import type { WaysIn } from "../pages/props.ts";
import { Avatar } from "../parts/avatar.tsx";
import { AccountFrame } from "./account-frame.tsx";
import { useOwnAccount } from "./own-account.ts";
import { wayInTitle } from "./providers.ts";
import { SavedLine } from "./saved-line.tsx";
import { useDeletion } from "./use-deletion.ts";

/** As schema/people.ts has them, without loading its validator. */
const MAX_NAME_LENGTH = 80;
const MAX_PICTURE_LENGTH = 2_000;

/** Who others see, and how one proves to be it. */
export function ProfilePage({ waysIn }: { waysIn: WaysIn | null }) {
  return (
    <AccountFrame title="Profile" lede="How others see you, and how you sign in." deletion={useDeletion()}>
      <ProfileForm />
      <Email verified={waysIn?.emailVerified ?? false} />
      <WaysInList waysIn={waysIn} />
    </AccountFrame>
  );
}

/** What was typed; null where the field follows the account. */
interface Draft {
  name: string | null;
  picture: string | null;
}
const UNTOUCHED: Draft = { name: null, picture: null };

function ProfileForm() {
  const { me, refusal, setProfile, dismiss } = useOwnAccount();
  const [draft, setDraft] = useState<Draft>(UNTOUCHED);
  const [wasChanged, setWasChanged] = useState(false);
  // What was refused stands in the form again, to be put right.
  const refused = refusal?.change.kind === "profile" ? refusal : null;
  const refusedFields = refused?.change.kind === "profile" ? refused.change.fields : {};
  const name = draft.name ?? refusedFields.name ?? me.name;
  const picture = draft.picture ?? (refusedFields.picture === undefined ? me.picture : refusedFields.picture) ?? "";
  const isPicture = picture.trim() === "" || isSecureAddress(picture);
  const issueAt = (field: string) => refused?.issues.find(({ path }) => path[0] === field)?.message;
  const nameIssue = issueAt("name");
  const pictureIssue = isPicture ? issueAt("picture") : "An address that begins with https://";

  const changes: ProfileChanges = {
    ...(name.trim() !== me.name && { name: name.trim() }),
    ...((picture.trim() || null) !== me.picture && { picture: picture.trim() || null }),
  };
  const ready = name.trim() !== "" && isPicture && Object.keys(changes).length > 0;
  const type = (change: Partial<Draft>): void => {
    setWasChanged(false);
    setDraft({ name, picture, ...change });
    if (refused !== null) dismiss();
  };

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        setProfile(changes);
        setDraft(UNTOUCHED);
        setWasChanged(true);
      }}
    >
      <div className="field">
        <label htmlFor="name">Name</label>
        <input
          className="input"
          id="name"
          value={name}
          maxLength={MAX_NAME_LENGTH}
          autoComplete="name"
          aria-invalid={nameIssue !== undefined}
          aria-describedby="name-note"
          onInput={(event) => type({ name: event.currentTarget.value })}
        />
        <p className={nameIssue === undefined ? "field__hint" : "field__error"} id="name-note">
          {nameIssue ?? "Shown beside everything that you write."}
        </p>
      </div>
      <div className="field">
        <label htmlFor="picture">Picture</label>
        <div className="affixed">
          <Preview name={name} picture={isPicture ? picture.trim() : ""} id={me.id} />
          <input
            className="input"
            id="picture"
            type="url"
            value={picture}
            maxLength={MAX_PICTURE_LENGTH}
            placeholder="https://…"
            autoComplete="photo"
            aria-invalid={pictureIssue !== undefined}
            aria-describedby="picture-note"
            onInput={(event) => type({ picture: event.currentTarget.value })}
          />
        </div>
        <p className={pictureIssue === undefined ? "field__hint" : "field__error"} id="picture-note" aria-live="polite">
          {pictureIssue ?? "The address of an image. Without one, your initials are shown."}
        </p>
      </div>
      {refused === null || refused.issues.length > 0 ? null : (
        <p className="field__error" role="alert">
          {refused.message}
        </p>
      )}
      <div className="row-actions">
        <button className="button button--primary" type="submit" disabled={!ready}>
          Save
        </button>
        <SavedLine kind="profile" wasChanged={wasChanged} />
      </div>
    </form>
  );
}

/** How others will see it. A picture that does not load says so, rather than leave a hole. */
function Preview({ id, name, picture }: { id: string; name: string; picture: string }) {
  const [broken, setBroken] = useState<string | null>(null);
  const shown = picture === "" || picture === broken ? null : picture;
  return (
    <span className="preview" onErrorCapture={() => setBroken(picture)}>
      <Avatar person={{ id, name, picture: shown }} />
      {picture !== "" && picture === broken ? <span className="visually-hidden">The picture does not load</span> : null}
    </span>
  );
}

function Email({ verified }: { verified: boolean }) {
  const { me } = useOwnAccount();
  return (
    <section className="block" aria-labelledby="email-title">
      <h2 className="block__title" id="email-title">
        E-mail
      </h2>
      {me.email === null ? (
        <p>None is known. Whoever you sign in with has not told us one.</p>
      ) : (
        <>
          <p className="block__fact">
            {me.email}{" "}
            <span className={verified ? "badge badge--on" : "badge"}>{verified ? "Verified" : "Not verified"}</span>
          </p>
          <p className="field__hint">
            It comes from whoever you sign in with{verified ? ", who has checked that it is yours" : ""}. To change it,
            change it there, and sign in again.
          </p>
        </>
      )}
    </section>
  );
}

function WaysInList({ waysIn }: { waysIn: WaysIn | null }) {
  const { formatDate } = useFormats();
  return (
    <section className="block" aria-labelledby="ways-title">
      <h2 className="block__title" id="ways-title">
        Ways in
      </h2>
      {waysIn === null ? (
        <p className="notice">How you sign in cannot be shown just now. Reload the page in a moment.</p>
      ) : (
        <ul className="rows" aria-labelledby="ways-title">
          {waysIn.identities.map(({ provider, subject, createdAt }) => (
            <li className="row" key={`${provider} ${subject}`}>
              <KeyRound className="row__icon" aria-hidden="true" />
              <div className="row__main">
                <p className="activity__what">{wayInTitle(provider)}</p>
                <p className="meta">
                  <span>
                    since <time dateTime={createdAt}>{formatDate(createdAt)}</time>
                  </span>
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function isSecureAddress(text: string): boolean {
  return URL.canParse(text.trim()) && new URL(text.trim()).protocol === "https:";
}
