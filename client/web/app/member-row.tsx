import type { Member } from "../../../schema/http/admin/members.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import { useFormats } from "../formats.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { SITE_ROLE_WORDS } from "./site-role-words.ts";
import { isOneOf } from "./standing.ts";

interface MemberRowProps {
  member: Member;
  isMe: boolean;
  isLastOwner: boolean;
  onRole: (role: SiteRole) => void;
  onRemove: () => void;
}

/** One member, their role, and the way out. */
export function MemberRow({ member: { person, role, joinedAt }, isMe, isLastOwner, onRole, onRemove }: MemberRowProps) {
  const { formatShortDate } = useFormats();
  const lockId = `lock-${person.id}`;
  return (
    <li className="row member">
      <Avatar person={person} />
      <div className="row__main">
        <p className="member__name">
          {person.name} {isMe ? <span className="badge">You</span> : null}
        </p>
        <p className="meta">
          <span>
            since <time dateTime={joinedAt}>{formatShortDate(joinedAt)}</time>
          </span>
          {isLastOwner ? <span id={lockId}>The only owner stays: make somebody else an owner first.</span> : null}
        </p>
      </div>
      <div className="member__actions">
        <select
          className="input"
          aria-label={`Role of ${person.name}`}
          aria-describedby={isLastOwner ? lockId : undefined}
          value={role}
          disabled={isLastOwner}
          onChange={({ currentTarget }) => {
            if (isOneOf(SITE_ROLE_WORDS, currentTarget.value)) onRole(currentTarget.value);
          }}
        >
          {Object.entries(SITE_ROLE_WORDS).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
        <button
          className="button button--small button--danger"
          type="button"
          aria-label={isMe ? "Leave… this site" : `Remove… ${person.name}`}
          aria-describedby={isLastOwner ? lockId : undefined}
          disabled={isLastOwner}
          onClick={onRemove}
        >
          {isMe ? "Leave…" : "Remove…"}
        </button>
      </div>
    </li>
  );
}
