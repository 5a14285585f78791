import type { Features } from "../../../schema/http/tenants.ts";
import { SegmentField } from "./segment-field.tsx";
import type { SettingsPart } from "./settings-page.tsx";
import { SwitchField } from "./switch-field.tsx";

const POLICIES: readonly { value: Features["commentPolicy"]; label: string }[] = [
  { value: "everyone", label: "Everyone who is signed in" },
  { value: "members", label: "Members only" },
];
const COUNTS: readonly { value: Features["reactionCounts"]; label: string }[] = [
  { value: "public", label: "Everyone" },
  { value: "authors", label: "Authors only" },
];

/** Who may say something about the posts, and who sees how they were liked. */
export function DiscussionSettings({ config: { features }, change }: SettingsPart) {
  return (
    <div className="form">
      <SwitchField
        id="comments"
        label="Comments"
        hint="While they are off, those that are there can still be read."
        checked={features.comments}
        onChange={(comments) => change({ features: { comments } })}
      />
      <SegmentField
        name="comment-policy"
        label="Who may comment"
        options={POLICIES}
        value={features.commentPolicy}
        disabled={!features.comments}
        onChange={(commentPolicy) => change({ features: { commentPolicy } })}
      />
      <SegmentField
        name="reaction-counts"
        label="Who sees how many reacted"
        options={COUNTS}
        value={features.reactionCounts}
        hint="Readers always see their own reaction."
        onChange={(reactionCounts) => change({ features: { reactionCounts } })}
      />
    </div>
  );
}
