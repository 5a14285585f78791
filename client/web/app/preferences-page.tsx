import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import type { Flags, Preferences } from "../../../schema/user-data.ts";
import { useFormats } from "../formats.tsx";
import { useNow } from "../post/use-now.ts";
import { AccountFrame } from "./account-frame.tsx";
import { languageChoices } from "./choices.ts";
import { useOwnAccount } from "./own-account.ts";
import { SavedLine } from "./saved-line.tsx";
import { SegmentField } from "./segment-field.tsx";
import { TimeZoneField } from "./time-zone-field.tsx";
import { useDeletion } from "./use-deletion.ts";

const THEMES = [
  { value: "system", label: "As the device", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
] as const;

/** How pages look and write to their reader. What is chosen holds at once, here and on every device. */
export function PreferencesPage() {
  const { me, refusal, setPreferences, dismiss } = useOwnAccount();
  const [wasChanged, setWasChanged] = useState(false);
  const { preferences } = me;
  const change = (fields: Partial<Preferences>): void => {
    setPreferences(fields);
    setWasChanged(true);
  };
  return (
    <AccountFrame
      title="Preferences"
      lede="They hold at once, in every open tab and on all your devices."
      deletion={useDeletion()}
    >
      <SavedLine kind="preferences" wasChanged={wasChanged} />
      {refusal?.change.kind === "preferences" ? (
        <p className="notice notice--error" role="alert">
          <span>That could not be saved, and was taken back: {refusal.issues[0]?.message ?? refusal.message}</span>
          <button className="button button--small" type="button" onClick={dismiss}>
            Dismiss
          </button>
        </p>
      ) : null}
      <div className="form">
        <SegmentField
          name="theme"
          label="Colours"
          options={THEMES}
          value={preferences.theme}
          onChange={(theme) => change({ theme })}
        />
        <Language language={preferences.language} onChange={(language) => change({ language })} />
        <TimeZoneField timezone={preferences.timezone} onChange={(timezone) => change({ timezone })} />
        <Example />
        <div className="field">
          <label className="choice">
            <input
              type="checkbox"
              checked={preferences.notifications}
              aria-describedby="notifications-note"
              onChange={(event) => change({ notifications: event.currentTarget.checked })}
            />
            Notify me
          </label>
          <p className="field__hint" id="notifications-note">
            Nothing sends notifications yet. What you choose here will hold when something does.
          </p>
        </div>
      </div>
      <EarlyFeatures flags={me.flags} />
    </AccountFrame>
  );
}

function Language({ language, onChange }: { language: string; onChange: (language: string) => void }) {
  return (
    <div className="field">
      <label htmlFor="language">Language of dates and numbers</label>
      <select
        className="input"
        id="language"
        value={language}
        aria-describedby="language-note"
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {languageChoices(language).map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <p className="field__hint" id="language-note">
        Understory itself speaks English so far.
      </p>
    </div>
  );
}

/** What those who run the service have switched on for this person. Nothing where nothing is. */
function EarlyFeatures({ flags }: { flags: Flags }) {
  const on = Object.keys(flags)
    .filter((flag) => flags[flag] === true)
    .toSorted();
  if (on.length === 0) return null;
  return (
    <section className="block" aria-labelledby="early-title">
      <h2 className="block__title" id="early-title">
        Early features
      </h2>
      <p className="field__hint">Those who run Understory have switched these on for you, ahead of others.</p>
      <ul className="tags" aria-labelledby="early-title">
        {on.map((flag) => (
          <li className="tag" key={flag}>
            {flag}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the choices do, as it looks. */
function Example() {
  const { formatMoment, formatNumber } = useFormats();
  const now = new Date(useNow() ?? Date.now()).toISOString();
  return (
    <p className="notice">
      <span>
        Now is written <time dateTime={now}>{formatMoment(now)}</time>, and a large number {formatNumber(1_234_567.8)}.
      </span>
    </p>
  );
}
