import type { Bootstrap } from "./bootstrap.ts";

/** Says that readers see no trails, while the site hides them. */
export function TrailsHidden({ bootstrap: { sections } }: { bootstrap: Bootstrap }) {
  if (sections.some(({ id, enabled }) => id === "trails" && enabled)) return null;
  return (
    <p className="notice">
      <span>
        Readers don’t see trails while their section is hidden. <a href="/admin/settings#sections">Show it</a> when you
        are ready.
      </span>
    </p>
  );
}
