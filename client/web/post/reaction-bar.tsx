import { Heart, Lightbulb, PartyPopper, Sparkles, ThumbsUp } from "lucide-react";
import type { Reactions, ReactionType } from "../../../schema/reactions.ts";
import { useFormats } from "../formats.tsx";

const REACTIONS = [
  { type: "like", label: "Like", icon: ThumbsUp },
  { type: "love", label: "Love", icon: Heart },
  { type: "insightful", label: "Insightful", icon: Lightbulb },
  { type: "celebrate", label: "Celebrate", icon: PartyPopper },
  { type: "curious", label: "Curious", icon: Sparkles },
] as const satisfies readonly { type: ReactionType; label: string; icon: typeof Heart }[];

interface ReactionBarProps {
  reactions: Reactions;
  /** Where to sign in, for readers who have to before they can react; else null. */
  signInUrl: string | null;
  /** Absent until the page is live. */
  onReact?: ((type: ReactionType, on: boolean) => void) | undefined;
}

/** One button for each reaction, with the reader's own state, and how many reacted where they may know. */
export function ReactionBar({ reactions, signInUrl, onReact }: ReactionBarProps) {
  const { formatNumber } = useFormats();
  return (
    <div className="reactions" role="group" aria-label="Reactions">
      {REACTIONS.map(({ type, label, icon: Icon }) => {
        const count = reactions.counts?.[type];
        const content = (
          <>
            <Icon aria-hidden="true" />
            {count === undefined || count === 0 ? null : <span className="reaction__count">{formatNumber(count)}</span>}
          </>
        );
        const name = count === undefined ? label : `${label}, ${formatNumber(count)}`;
        if (signInUrl !== null) {
          return (
            <a
              key={type}
              className="reaction"
              href={signInUrl}
              aria-label={`${name}. Sign in to react`}
              title={`${label} (sign in to react)`}
            >
              {content}
            </a>
          );
        }
        const on = reactions.mine.includes(type);
        return (
          <button
            key={type}
            type="button"
            className="reaction"
            aria-label={name}
            aria-pressed={on}
            title={label}
            disabled={onReact === undefined}
            onClick={onReact === undefined ? undefined : () => onReact(type, !on)}
          >
            {content}
          </button>
        );
      })}
    </div>
  );
}
