import { useState } from "react";
import type { Section } from "../../../schema/http/admin/sections.ts";
import type { Limits } from "../../../schema/http/tenants.ts";
import { messageOf } from "../api.ts";
import { Dialog } from "../parts/dialog.tsx";
import { IconPicker } from "./icon-picker.tsx";
import { FEW_ICON_NAMES } from "./section-icon.tsx";
import { addSection, changeSection, type SectionsStore } from "./sections-store.ts";

/** As schema/http/admin/sections.ts has them, without loading its validator. */
const MAX_LABEL_LENGTH = 40;
const MAX_HREF_LENGTH = 500;
const HREF = /^(?:\/(?!\/)[^\s\\]*|https:\/\/[^\s\\]+)$/;

interface SectionDialogProps {
  store: SectionsStore;
  limits: Limits;
  /** Null for a new one. */
  section: Section | null;
  onClose: () => void;
}

/** One of the site's own sections. */
export function SectionDialog({ store, limits, section, onClose }: SectionDialogProps) {
  const [label, setLabel] = useState(section?.label ?? "");
  const [href, setHref] = useState(section?.href ?? "");
  const [icon, setIcon] = useState(section?.icon ?? FEW_ICON_NAMES[0] ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isGoodHref = HREF.test(href);
  const ready = label.trim() !== "" && isGoodHref && !busy;

  const save = async (): Promise<void> => {
    if (!ready) return;
    setBusy(true);
    setProblem(null);
    try {
      const fields = { label: label.trim(), href, icon };
      await (section === null
        ? addSection(store, { ...fields, enabled: true })
        : changeSection(store, section.id, fields));
      onClose();
    } catch (error) {
      setBusy(false);
      setProblem(messageOf(error));
    }
  };

  return (
    <Dialog title={section === null ? "Add a section" : `Edit “${section.label}”`} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <div className="field">
          <label htmlFor="section-label">Label</label>
          <input
            className="input"
            id="section-label"
            value={label}
            maxLength={MAX_LABEL_LENGTH}
            autoComplete="off"
            onInput={(event) => setLabel(event.currentTarget.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="section-href">Leads to</label>
          <input
            className="input"
            id="section-href"
            value={href}
            maxLength={MAX_HREF_LENGTH}
            placeholder="https://…"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            aria-invalid={href !== "" && !isGoodHref}
            aria-describedby="section-href-note"
            onInput={(event) => setHref(event.currentTarget.value.trim())}
          />
          <p className={href === "" || isGoodHref ? "field__hint" : "field__error"} id="section-href-note">
            An address that begins with https://, or a path of this site, such as /tags/moss.
          </p>
        </div>
        <IconPicker allowed={limits.sectionIcons} imageBytes={limits.imageBytes} icon={icon} onChange={setIcon} />
        {problem === null ? null : (
          <p className="field__error" role="alert">
            {problem}
          </p>
        )}
        <div className="dialog__actions">
          <button className="button" type="button" onClick={onClose}>
            Cancel
          </button>
          <button className="button button--primary" type="submit" disabled={!ready}>
            {busy ? "Saving…" : section === null ? "Add" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
