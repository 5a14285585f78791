import type { SettingsPart } from "./settings-page.tsx";
import { SwitchField } from "./switch-field.tsx";

/** Seconds. */
const INTERVALS = [5, 10, 30, 60, 120, 300];

/** How the editor behaves for those who write here. */
export function EditorSettings({ config: { editorPreferences }, change }: SettingsPart) {
  const { autoSaveInterval, zenMode } = editorPreferences;
  const intervals = [...new Set([...INTERVALS, autoSaveInterval])].toSorted((a, b) => a - b);
  return (
    <div className="form">
      <div className="field">
        <label htmlFor="interval">Drafts are saved</label>
        <select
          className="input"
          id="interval"
          value={autoSaveInterval}
          onChange={(event) => change({ editorPreferences: { autoSaveInterval: Number(event.currentTarget.value) } })}
        >
          {intervals.map((seconds) => (
            <option key={seconds} value={seconds}>
              {wordsFor(seconds)}
            </option>
          ))}
        </select>
      </div>
      <SwitchField
        id="zen-mode"
        label="Zen mode"
        hint="The editor opens with nothing around the text."
        checked={zenMode}
        onChange={(zen) => change({ editorPreferences: { zenMode: zen } })}
      />
    </div>
  );
}

function wordsFor(seconds: number): string {
  if (seconds % 60 !== 0) return `every ${seconds} seconds`;
  return seconds === 60 ? "every minute" : `every ${seconds / 60} minutes`;
}
