import { Lock, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Image } from "../../../schema/http/admin/images.ts";
import type { Limits } from "../../../schema/http/tenants.ts";
import { call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { FEW_ICON_NAMES, NamedIcon } from "./section-icon.tsx";
import { unlockedBy } from "./tiers.ts";

/** As many as are looked through at a glance. */
const MAX_FOUND = 50;

interface IconPickerProps {
  /** What the site's tier has. */
  allowed: Limits["sectionIcons"];
  /** The most that an image may have, in bytes. */
  imageBytes: number;
  icon: string;
  onChange: (icon: string) => void;
}

/** An icon among those that the site may have. What it may not have says what would unlock it. */
export function IconPicker({ allowed, imageBytes, icon, onChange }: IconPickerProps) {
  const [search, setSearch] = useState("");
  const mayAll = allowed === "all" || allowed === "uploaded";
  const names = useNames(mayAll);
  const words = search.trim().toLowerCase().split(/\s+/);
  const found = names.filter((name) => words.every((word) => name.includes(word)));
  const shown = search.trim() === "" ? FEW_ICON_NAMES : found.slice(0, MAX_FOUND);
  return (
    <fieldset className="field">
      <legend className="field__label">Icon</legend>
      {mayAll ? (
        <input
          className="input"
          type="search"
          aria-label="Search icons"
          placeholder="Search all of Lucide’s icons"
          value={search}
          autoComplete="off"
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      ) : null}
      <div className="icons">
        {[...new Set([icon, ...shown])].map((name) => (
          <label className="icons__choice" key={name} title={nameInWords(name)}>
            <input
              className="segment__input"
              type="radio"
              name="icon"
              value={name}
              checked={icon === name}
              onChange={() => onChange(name)}
            />
            <NamedIcon name={name} />
            <span className="visually-hidden">{nameInWords(name)}</span>
          </label>
        ))}
      </div>
      {search.trim() === "" ? null : <Found count={found.length} />}
      {mayAll ? null : (
        <Locked what="all of Lucide’s icons" by={unlockedBy(({ sectionIcons }) => sectionIcons === "all")} />
      )}
      {allowed === "uploaded" ? (
        <OwnIcon imageBytes={imageBytes} onUploaded={({ url }) => onChange(url)} />
      ) : (
        <Locked what="icons of your own" by={unlockedBy(({ sectionIcons }) => sectionIcons === "uploaded")} />
      )}
    </fieldset>
  );
}

function Found({ count: found }: { count: number }) {
  const { count } = useFormats();
  return (
    <p className="field__hint" role="status">
      {found === 0
        ? "No icon is called that."
        : found > MAX_FOUND
          ? `${count(found, "icon")}, of which the first ${MAX_FOUND} are shown.`
          : count(found, "icon")}
    </p>
  );
}

function Locked({ what, by }: { what: string; by: string | undefined }) {
  return (
    <p className="lock">
      <Lock aria-hidden="true" /> {by} unlocks {what}.
    </p>
  );
}

/** An image from the visitor's machine, that becomes one of the site's. */
function OwnIcon({ imageBytes, onUploaded }: { imageBytes: number; onUploaded: (image: Image) => void }) {
  const { formatBytes } = useFormats();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const upload = async (file: File): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const body = new FormData();
      body.set("file", file);
      onUploaded(await call<Image>("POST", "/api/admin/images", { body }));
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="row-actions">
      <input
        ref={input}
        className="visually-hidden"
        type="file"
        accept="image/png,image/jpeg,image/gif,image/webp,image/avif"
        aria-label="Image for the icon"
        tabIndex={-1}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          currentTarget.value = "";
          if (file !== undefined) void upload(file);
        }}
      />
      <button className="button button--small" type="button" disabled={busy} onClick={() => input.current?.click()}>
        <Upload aria-hidden="true" /> {busy ? "Uploading…" : "Upload your own"}
      </button>
      <p className={problem === null ? "field__hint" : "field__error"} role={problem === null ? undefined : "alert"}>
        {problem ?? `A small square image, up to ${formatBytes(imageBytes)}.`}
      </p>
    </div>
  );
}

/** The names of all icons that can be shown, once they are here. */
function useNames(wanted: boolean): readonly string[] {
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!wanted) return undefined;
    let isShown = true;
    const load = async (): Promise<void> => {
      try {
        const [{ LUCIDE_ICONS }, { iconNamed }] = await Promise.all([
          import("../../../schema/lucide-icons.ts"),
          import("./all-icons.ts"),
        ]);
        // An older name is another name for an icon that is there.
        if (isShown) setNames([...LUCIDE_ICONS].filter((name) => iconNamed(name) !== undefined));
      } catch {
        // The few that need no fetching stay.
      }
    };
    void load();
    return () => {
      isShown = false;
    };
  }, [wanted]);
  return names;
}

function nameInWords(name: string): string {
  return name.startsWith("/") ? "Your own" : name.replaceAll("-", " ");
}
