import { Plus, X } from "lucide-react";
import { useState } from "react";
import type { Waypoint } from "../../../schema/http/admin/trails.ts";
import { Dialog } from "../parts/dialog.tsx";
import { WAYPOINT_ICON_NAMES, WaypointIcon } from "../parts/waypoints.tsx";

export type WaypointFields = Omit<Waypoint, "id">;

interface WaypointDialogProps {
  /** Null for a new one. */
  waypoint: Waypoint | null;
  onClose: () => void;
  onSave: (fields: WaypointFields) => void;
}

/** As schema/http/admin/trails.ts has them, without loading its validator. */
const MAX_TITLE_LENGTH = 120;
const MAX_DESCRIPTION_LENGTH = 2_000;
const MAX_LINKS = 10;
const MAX_LABEL_LENGTH = 80;
const MAX_HREF_LENGTH = 500;

/** A link as it is typed; the key holds while links before it go. */
interface TypedLink {
  key: number;
  label: string;
  href: string;
}

const NEW: WaypointFields = { title: "", description: "", status: "planned", icon: null, links: [] };

/** What a waypoint says. Its status is set in the list. */
export function WaypointDialog({ waypoint, onClose, onSave }: WaypointDialogProps) {
  const initial = waypoint ?? NEW;
  const [title, setTitle] = useState(initial.title);
  const [description, setDescription] = useState(initial.description);
  const [icon, setIcon] = useState(initial.icon);
  const [links, setLinks] = useState<TypedLink[]>(() => initial.links.map((link, key) => ({ ...link, key })));
  const filled = links.filter(({ label, href }) => label.trim() !== "" || href.trim() !== "");
  const ready = title.trim() !== "" && filled.every((link) => problemWith(link) === null);

  const save = (): void => {
    if (!ready) return;
    onSave({
      title: title.trim(),
      description,
      status: initial.status,
      icon,
      links: filled.map(({ label, href }) => ({ label: label.trim(), href: href.trim() })),
    });
    onClose();
  };
  const type = (key: number, change: Partial<TypedLink>): void =>
    setLinks((known) => known.map((link) => (link.key === key ? { ...link, ...change } : link)));

  return (
    <Dialog title={waypoint === null ? "New waypoint" : "Edit waypoint"} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <div className="field">
          <label htmlFor="waypoint-title">Title</label>
          <input
            className="input"
            id="waypoint-title"
            value={title}
            maxLength={MAX_TITLE_LENGTH}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="waypoint-text">Description</label>
          <textarea
            className="textarea"
            id="waypoint-text"
            rows={3}
            value={description}
            maxLength={MAX_DESCRIPTION_LENGTH}
            onInput={(event) => setDescription(event.currentTarget.value)}
          />
        </div>
        <fieldset className="field">
          <legend className="field__label">Icon</legend>
          <div className="icon-choices">
            {WAYPOINT_ICON_NAMES.map((name) => (
              <label className="icon-choice" key={name}>
                <input
                  className="segment__input"
                  type="radio"
                  name="icon"
                  aria-label={name.replaceAll("-", " ")}
                  checked={(icon ?? "flag") === name}
                  onChange={() => setIcon(name)}
                />
                <WaypointIcon name={name} />
              </label>
            ))}
          </div>
        </fieldset>
        <fieldset className="field">
          <legend className="field__label">Links</legend>
          {links.map((link, index) => (
            <LinkFields
              key={link.key}
              link={link}
              number={index + 1}
              problem={filled.includes(link) ? problemWith(link) : null}
              onType={(change) => type(link.key, change)}
              onRemove={() => setLinks((known) => known.filter(({ key }) => key !== link.key))}
            />
          ))}
          {links.length < MAX_LINKS ? (
            <button
              className="text-button"
              type="button"
              onClick={() => {
                setLinks((known) => [...known, { key: (known.at(-1)?.key ?? -1) + 1, label: "", href: "" }]);
              }}
            >
              <Plus aria-hidden="true" /> Add a link
            </button>
          ) : null}
        </fieldset>
        <div className="dialog__actions">
          <button className="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button className="button button--primary" type="submit" disabled={!ready}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface LinkFieldsProps {
  link: TypedLink;
  /** From 1. */
  number: number;
  problem: string | null;
  onType: (change: Partial<TypedLink>) => void;
  onRemove: () => void;
}

function LinkFields({ link: { key, label, href }, number, problem, onType, onRemove }: LinkFieldsProps) {
  return (
    <div className="link-fields">
      <input
        className="input"
        aria-label={`Words of link ${number}`}
        placeholder="What it is"
        value={label}
        maxLength={MAX_LABEL_LENGTH}
        onInput={(event) => onType({ label: event.currentTarget.value })}
      />
      <input
        className="input"
        type="url"
        aria-label={`Address of link ${number}`}
        placeholder="https://…"
        value={href}
        maxLength={MAX_HREF_LENGTH}
        aria-invalid={problem !== null}
        aria-describedby={`link-${key}-note`}
        onInput={(event) => onType({ href: event.currentTarget.value })}
      />
      <button
        className="button button--quiet button--icon"
        type="button"
        aria-label={`Remove link ${number}`}
        onClick={onRemove}
      >
        <X aria-hidden="true" />
      </button>
      <p className="field__error link-fields__note" id={`link-${key}-note`} aria-live="polite">
        {problem}
      </p>
    </div>
  );
}

function problemWith({ label, href }: TypedLink): string | null {
  if (label.trim() === "") return "Say what it is.";
  const isAddress = URL.canParse(href.trim()) && /^https?:$/.test(new URL(href.trim()).protocol);
  return isAddress ? null : "An address that begins with https://";
}
