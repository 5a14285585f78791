import { ArrowLeft } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { UserChanges, UserDetails } from "../../../schema/http/users.ts";
import type { UserStatus } from "../../../schema/users.ts";
import { call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import { useNow } from "../post/use-now.ts";
import { Activity } from "./activity.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { ChoiceField } from "./choice-field.tsx";
import { useOwnAccount } from "./own-account.ts";
import { type Locks, locksOf } from "./powers.ts";
import { wayInTitle } from "./providers.ts";
import { ROLE_WORDS, STATUS_WORDS } from "./standing.ts";
import { Failure, Skeleton } from "./states.tsx";
import { UserFlags } from "./user-flags.tsx";
import { useUser } from "./use-user.ts";

/** One user, with everything that is kept of them, for those who run the service. */
export function UserPage({ bootstrap, userId }: { bootstrap: Bootstrap; userId: string }) {
  const { me } = useOwnAccount();
  const { loaded, reload, change } = useUser(userId);
  const now = useNow() ?? Date.now();
  const [message, setMessage] = useState<string | null>(null);

  const attempt = async (done: string | null, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      if (done !== null) setMessage(done);
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  const changeNow = (changes: UserChanges): void => void attempt(null, () => change(changes));
  const remove = (): Promise<void> =>
    attempt(null, async () => {
      await call("DELETE", `/api/admin/users/${userId}`);
      location.assign("/admin/users");
    });

  return (
    <div className="column account">
      <p>
        <a className="text-button" href="/admin/users">
          <ArrowLeft aria-hidden="true" /> All users
        </a>
      </p>
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" ? (
        <>
          <Head details={loaded.value} />
          <Standing details={loaded.value} locks={locksOf(me, loaded.value.user)} onChange={changeNow} />
          <Block title="Feature flags">
            <UserFlags
              flags={loaded.value.data.feature_flags ?? {}}
              locked={locksOf(me, loaded.value.user).record}
              onChange={(flags) => changeNow({ flags })}
            />
          </Block>
          <Ways details={loaded.value} />
          <Data details={loaded.value} />
          <Activity
            source={`/api/admin/users/${userId}/audit`}
            signInUrl={bootstrap.signInUrl}
            now={now}
            occasion={String(loaded.value.user.version)}
            withActors
          />
          <Deletion details={loaded.value} locked={locksOf(me, loaded.value.user).standing} onDelete={remove} />
        </>
      ) : null}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="block" aria-label={title}>
      <h2 className="block__title">{title}</h2>
      {children}
    </section>
  );
}

function Head({ details: { user } }: { details: UserDetails }) {
  const { formatMoment } = useFormats();
  const { id, name, picture, email, emailVerified, createdAt, updatedAt, deleteAt } = user;
  return (
    <>
      <div className="masthead masthead--person">
        <Avatar person={{ id, name, picture }} />
        <h1 className="masthead__title">{name}</h1>
      </div>
      {deleteAt === null ? null : (
        <p className="notice notice--error">
          They have asked for their account to be deleted. That happens on {formatMoment(deleteAt)}, unless they change
          their mind.
        </p>
      )}
      <dl className="facts">
        <div>
          <dt>E-mail</dt>
          <dd>
            {email ?? "None"}{" "}
            {email === null ? null : (
              <span className={emailVerified ? "badge badge--on" : "badge"}>
                {emailVerified ? "Verified" : "Not verified"}
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>Joined</dt>
          <dd>
            <time dateTime={createdAt}>{formatMoment(createdAt)}</time>
          </dd>
        </div>
        <div>
          <dt>Changed</dt>
          <dd>
            <time dateTime={updatedAt}>{formatMoment(updatedAt)}</time>
          </dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <code>{id}</code>
          </dd>
        </div>
      </dl>
    </>
  );
}

interface StandingProps {
  details: UserDetails;
  locks: Locks;
  onChange: (changes: UserChanges) => void;
}

/** Name, role and status. Suspending asks first: it signs the person out everywhere. */
function Standing({ details: { user }, locks, onChange }: StandingProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const name = typed ?? user.name;
  const setStatus = (status: UserStatus | null): void => {
    if (status === "suspended") setAsking(true);
    else if (status !== null) onChange({ status });
  };
  return (
    <Block title="Standing">
      <form
        className="field"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === "" || name.trim() === user.name) return;
          onChange({ name: name.trim() });
          setTyped(null);
        }}
      >
        <label htmlFor="name">Name</label>
        <div className="affixed">
          <input
            className="input"
            id="name"
            value={name}
            maxLength={80}
            disabled={locks.record !== null}
            aria-describedby={locks.record === null ? undefined : "name-lock"}
            autoComplete="off"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <button className="button" type="submit" disabled={name.trim() === "" || name.trim() === user.name}>
            Rename
          </button>
        </div>
        {locks.record === null ? null : (
          <p className="field__hint" id="name-lock">
            {locks.record}
          </p>
        )}
      </form>
      <div className="pair">
        <ChoiceField
          id="role"
          label="Role"
          words={ROLE_WORDS}
          value={user.role}
          locked={locks.role}
          onChange={(role) => role !== null && onChange({ role })}
        />
        <ChoiceField
          id="status"
          label="Status"
          words={STATUS_WORDS}
          value={user.status}
          locked={locks.standing}
          onChange={setStatus}
        />
      </div>
      {asking ? (
        <Confirm
          title={`Suspend ${user.name}?`}
          confirmLabel="Suspend"
          onClose={() => setAsking(false)}
          onConfirm={() => onChange({ status: "suspended" })}
        >
          <p>They are signed out everywhere at once, and cannot sign in until somebody makes them active again.</p>
        </Confirm>
      ) : null}
    </Block>
  );
}

function Ways({ details: { identities } }: { details: UserDetails }) {
  const { formatShortDate } = useFormats();
  return (
    <Block title="Ways in">
      <ul className="rows">
        {identities.map(({ provider, subject, createdAt }) => (
          <li className="row" key={`${provider} ${subject}`}>
            <div className="row__main">
              <p className="activity__what">{wayInTitle(provider)}</p>
              <p className="meta">
                <span>
                  <code>{subject}</code>
                </span>
                <span>
                  since <time dateTime={createdAt}>{formatShortDate(createdAt)}</time>
                </span>
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Block>
  );
}

function Data({ details: { data } }: { details: UserDetails }) {
  return (
    <Block title="Data">
      <div>
        {Object.entries(data).map(([key, value]) => (
          <details className="datum" key={key}>
            <summary>
              <code>{key}</code>
            </summary>
            <pre className="datum__value">{JSON.stringify(value, null, 2)}</pre>
          </details>
        ))}
      </div>
    </Block>
  );
}

interface DeletionProps {
  details: UserDetails;
  locked: string | null;
  onDelete: () => Promise<void>;
}

function Deletion({ details: { user }, locked, onDelete }: DeletionProps) {
  const [asking, setAsking] = useState(false);
  return (
    <Block title="Deletion">
      {locked === null ? (
        <p>
          <button className="button button--danger" type="button" onClick={() => setAsking(true)}>
            Delete this account…
          </button>
        </p>
      ) : (
        <p className="field__hint">{locked}</p>
      )}
      {asking ? (
        <Confirm
          title={`Delete ${user.name}?`}
          confirmLabel="Delete now"
          onClose={() => setAsking(false)}
          onConfirm={() => void onDelete()}
        >
          <p>
            At once, without the seven days that people have who leave by themselves. What they wrote stays, without
            their name. This cannot be taken back.
          </p>
        </Confirm>
      ) : null}
    </Block>
  );
}
