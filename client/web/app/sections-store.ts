import type { NewSection, Section, SectionChanges } from "../../../schema/http/admin/sections.ts";
import { ApiError, call } from "../api.ts";
import type { Optimistic } from "./optimistic.ts";

/** The sections of a site as this page shows them, in the sidebar as in the settings. */
export type SectionsStore = Optimistic<readonly Section[]>;

interface SectionList {
  sections: Section[];
}

/**
 * Asks for them as they are. An answer is not taken when it comes late: after something was asked or changed since.
 * @throws ApiError
 */
export async function reloadSections(store: SectionsStore, isWanted: () => boolean = () => true): Promise<void> {
  const { sections } = await call<SectionList>("GET", "/api/admin/sections");
  // What is being changed here brings an answer of its own, and then another call to this.
  if (isWanted() && !store.getSnapshot().isSaving) store.learn(() => sections);
}

/** @throws ApiError; after a `conflict` the store has the sections as they are now */
export async function reorderSections(store: SectionsStore, ids: readonly string[]): Promise<void> {
  try {
    await store.change(
      (sections) => inOrder(sections, ids),
      async () => {
        const { sections } = await call<SectionList>("POST", "/api/admin/sections/reorder", { body: { ids } });
        return () => sections;
      },
    );
  } catch (error) {
    const current = currentIn(error);
    if (current !== null) store.learn(() => current);
    throw error;
  }
}

/** @throws ApiError */
export async function changeSection(store: SectionsStore, id: string, changes: SectionChanges): Promise<void> {
  await store.change(
    (sections) => sections.map((section) => (section.id === id ? changed(section, changes) : section)),
    async () => {
      const kept = await call<Section>("PUT", `/api/admin/sections/${id}`, { body: changes });
      return (sections) => sections.map((section) => (section.id === id ? kept : section));
    },
  );
}

/** It has no id before the server has it, so it shows only then. @throws ApiError */
export async function addSection(store: SectionsStore, section: NewSection): Promise<void> {
  const added = await call<Section>("POST", "/api/admin/sections", { body: section });
  store.learn((sections) => [...sections.filter(({ id }) => id !== added.id), added]);
}

/** @throws ApiError */
export async function removeSection(store: SectionsStore, id: string): Promise<void> {
  const without = (sections: readonly Section[]): readonly Section[] => sections.filter((section) => section.id !== id);
  await store.change(without, async () => {
    await call("DELETE", `/api/admin/sections/${id}`);
    return without;
  });
}

/** In the order of `ids`; what these don't know comes last. */
export function inOrder(sections: readonly Section[], ids: readonly string[]): readonly Section[] {
  const places = new Map(ids.map((id, place) => [id, place]));
  return sections.toSorted((a, b) => (places.get(a.id) ?? ids.length) - (places.get(b.id) ?? ids.length));
}

/** What moving one of them makes of the order. Beyond either end it stays there. */
export function moved(ids: readonly string[], id: string, to: number): string[] {
  const rest = ids.filter((other) => other !== id);
  return rest.toSpliced(Math.max(0, to), 0, id);
}

function changed(section: Section, { label, icon, href, enabled }: SectionChanges): Section {
  return {
    ...section,
    label: label ?? section.label,
    icon: icon ?? section.icon,
    href: href ?? section.href,
    enabled: enabled ?? section.enabled,
  };
}

/** The sections that a 409 holds beside `error`; null for any other failure. */
function currentIn(error: unknown): Section[] | null {
  if (!(error instanceof ApiError) || error.code !== "conflict") return null;
  const { body } = error;
  if (typeof body !== "object" || body === null || !("sections" in body)) return null;
  return (body as SectionList).sections;
}
