import { useState } from "react";
import type { Member, MemberList } from "../../../schema/http/admin/members.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import { call, messageOf } from "../api.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { Invitations } from "./invitations.tsx";
import { claimLeaving } from "./leaving.ts";
import { MemberRow } from "./member-row.tsx";
import { useOwnAccount } from "./own-account.ts";
import { SITE_ROLE_WORDS } from "./site-role-words.ts";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

const loadMembers = async (signal: AbortSignal) =>
  (await call<MemberList>("GET", "/api/admin/members", { signal })).members;

/** Who has a part in the site, and who is asked to take one. */
export function MembersPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const { me } = useOwnAccount();
  const { loaded, reload, update } = useLoad(loadMembers);
  const [leaving, setLeaving] = useState<Member | null>(null);
  const [message, setMessage] = useState<string | null>(null);

  const setRole = async ({ person, role: before }: Member, role: SiteRole): Promise<void> => {
    const show = (shown: SiteRole): void =>
      update((members) => members.map((other) => (other.person.id === person.id ? { ...other, role: shown } : other)));
    show(role);
    try {
      await call("PATCH", `/api/admin/members/${person.id}`, { body: { role } });
      setMessage(`${person.name} is ${SITE_ROLE_WORDS[role].toLowerCase()} now.`);
    } catch (error) {
      show(before);
      setMessage(`That was taken back. ${messageOf(error)}`);
    }
  };
  const remove = async ({ person }: Member): Promise<void> => {
    try {
      await call("DELETE", `/api/admin/members/${person.id}`);
      if (person.id === me.id) {
        claimLeaving();
        location.assign("/");
        return;
      }
      update((members) => members.filter((other) => other.person.id !== person.id));
      setMessage(`${person.name} has no part in this site any more.`);
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  const members = loaded.state === "ready" ? loaded.value : [];
  const owners = members.filter(({ role }) => role === "owner").length;
  const name = bootstrap.tenant?.displayName ?? "this site";
  const isMe = leaving?.person.id === me.id;

  return (
    <div className="column">
      <div className="masthead">
        <div>
          <h1 className="masthead__title">Members</h1>
          <p className="card-page__text">Who has a part in {name}, and which.</p>
        </div>
      </div>
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" ? (
        <ul className="rows" aria-label="Members">
          {members.map((member) => (
            <MemberRow
              key={member.person.id}
              member={member}
              isMe={member.person.id === me.id}
              isLastOwner={member.role === "owner" && owners === 1}
              onRole={(role) => void setRole(member, role)}
              onRemove={() => setLeaving(member)}
            />
          ))}
        </ul>
      ) : null}
      <Invitations onMessage={setMessage} signInUrl={bootstrap.signInUrl} />
      {leaving === null ? null : (
        <Confirm
          title={isMe ? `Leave ${name}?` : `Remove ${leaving.person.name}?`}
          confirmLabel={isMe ? "Leave" : "Remove"}
          onClose={() => setLeaving(null)}
          onConfirm={() => void remove(leaving)}
        >
          <p>
            {isMe
              ? "You will no longer be able to write here or run it. Only another owner can bring you back."
              : "They lose their part at once. What they wrote stays."}
          </p>
        </Confirm>
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}
