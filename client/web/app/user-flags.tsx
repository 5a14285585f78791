import { X } from "lucide-react";
import { useState } from "react";
import type { Flags } from "../../../schema/user-data.ts";

interface UserFlagsProps {
  flags: Flags;
  /** Why they cannot be changed, or null. */
  locked: string | null;
  onChange: (flags: Record<string, boolean | null>) => void;
}

/** As schema/user-data.ts has it, without loading its validator. */
const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** Somebody's feature flags. They reach the person's open pages while they are switched. */
export function UserFlags({ flags, locked, onChange }: UserFlagsProps) {
  const [name, setName] = useState("");
  const problem = name === "" || NAME.test(name) ? null : "Lower-case letters, digits and _, a letter first.";
  const names = Object.keys(flags).toSorted();
  return (
    <>
      {names.length === 0 ? <p className="field__hint">No flag is set.</p> : null}
      {names.length === 0 ? null : (
        <ul className="rows rows--tight" aria-label="Feature flags">
          {names.map((flag) => (
            <li className="row" key={flag}>
              <label className="choice row__main--line">
                <input
                  className="switch"
                  type="checkbox"
                  checked={flags[flag] === true}
                  disabled={locked !== null}
                  onChange={(event) => onChange({ [flag]: event.currentTarget.checked })}
                />
                <code>{flag}</code>
              </label>
              {locked === null ? (
                <button
                  className="button button--quiet button--icon"
                  type="button"
                  aria-label={`Remove ${flag}`}
                  onClick={() => onChange({ [flag]: null })}
                >
                  <X aria-hidden="true" />
                </button>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {locked === null ? (
        <form
          className="field"
          onSubmit={(event) => {
            event.preventDefault();
            if (name === "" || problem !== null) return;
            onChange({ [name]: true });
            setName("");
          }}
        >
          <label htmlFor="flag">Another flag</label>
          <div className="affixed">
            <input
              className="input"
              id="flag"
              value={name}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              placeholder="beta_features"
              aria-invalid={problem !== null}
              aria-describedby="flag-note"
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <button className="button" type="submit" disabled={name === "" || problem !== null}>
              Switch on
            </button>
          </div>
          <p className="field__error" id="flag-note" aria-live="polite">
            {problem}
          </p>
        </form>
      ) : (
        <p className="field__hint">{locked}</p>
      )}
    </>
  );
}
