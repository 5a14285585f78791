import { useCallback } from "react";
import type { Image, ImageUses } from "../../../schema/http/admin/images.ts";
import { call, messageOf } from "../api.ts";
import { useFormats } from "../formats.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { useLoad } from "./use-load.ts";

/** Where to change what shows an image. */
const PLACES: Record<ImageUses["uses"][number]["kind"], (id: string) => string> = {
  post: (id) => `posts/${id}`,
  page: (id) => `pages/${id}`,
  section: () => "settings#sections",
};

/** Asks before an image is deleted, and says where it would be missed. */
export function DeleteImage({
  image: { id, name },
  onClose,
  onConfirm,
}: {
  image: Image;
  onClose: () => void;
  onConfirm: () => void;
}) {
  const { count } = useFormats();
  const { loaded } = useLoad(
    useCallback((signal: AbortSignal) => call<ImageUses>("GET", `/api/admin/images/${id}/uses`, { signal }), [id]),
  );
  return (
    <Confirm title="Delete this image?" confirmLabel="Delete" onClose={onClose} onConfirm={onConfirm}>
      <p>“{name}” leaves the site, and wherever it is shown a gap stays. This cannot be taken back.</p>
      <div className="uses" aria-live="polite">
        {loaded.state === "loading" ? <p className="field__hint">Looking where it is shown…</p> : null}
        {loaded.state === "failed" ? (
          <p className="field__error">Where it is shown is not known just now: {messageOf(loaded.error)}</p>
        ) : null}
        {loaded.state === "ready" && loaded.value.uses.length === 0 ? <p>It is not shown anywhere.</p> : null}
        {loaded.state === "ready" && loaded.value.uses.length > 0 ? (
          <>
            <p>It is shown in {count(loaded.value.uses.length, "place")}:</p>
            <ul className="uses__list">
              {loaded.value.uses.map((use) => (
                <li key={use.id}>
                  <a href={`/admin/${PLACES[use.kind](use.id)}`}>{use.title}</a>
                </li>
              ))}
            </ul>
          </>
        ) : null}
      </div>
    </Confirm>
  );
}
