import {
  type Active,
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  type Over,
  PointerSensor,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import {
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from "@dnd-kit/sortable";
import { ArrowDown, ArrowUp, GripVertical, Lock, Pencil, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Section } from "../../../schema/http/admin/sections.ts";
import type { Limits } from "../../../schema/http/tenants.ts";
import { ApiError, messageOf } from "../api.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import { useOptimistic } from "./optimistic.ts";
import { SectionDialog } from "./section-dialog.tsx";
import { SectionIcon } from "./section-icon.tsx";
import {
  changeSection,
  moved,
  reloadSections,
  removeSection,
  reorderSections,
  type SectionsStore,
} from "./sections-store.ts";
import { sectionLock } from "./tiers.ts";

const CHANGED_ELSEWHERE = "The sections were changed elsewhere. This is how they are now.";

/** The sidebar's sections: their order, which are shown, and the site's own. */
export function SectionsSettings({ store, limits }: { store: SectionsStore; limits: Limits }) {
  const { value: sections } = useOptimistic(store);
  const [editing, setEditing] = useState<Section | "new" | null>(null);
  const [removing, setRemoving] = useState<Section | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const ids = sections.map(({ id }) => id);
  const lock = sectionLock(limits, sections.filter(({ kind }) => kind === "custom").length);

  // What the page was rendered with may be what every site has.
  useEffect(() => {
    reloadSections(store).catch((error: unknown) => setMessage(messageOf(error)));
  }, [store]);

  const attempt = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      setMessage(isConflict(error) ? CHANGED_ELSEWHERE : messageOf(error));
    }
  };
  const move = (id: string, to: number): void => {
    const next = moved(ids, id, to);
    if (next.some((other, place) => other !== ids[place])) void attempt(reorderSections(store, next));
  };
  const dropped = ({ active, over }: DragEndEvent): void => {
    if (over !== null) move(String(active.id), ids.indexOf(String(over.id)));
  };
  const remove = (section: Section): void => {
    list.current?.focus();
    void attempt(removeSection(store, section.id));
  };

  return (
    <>
      <Sortable sections={sections} onDrop={dropped}>
        <ul className="rows rows--tight sections" ref={list} tabIndex={-1} aria-label="Sections">
          {sections.map((section, place) => (
            <SectionRow
              key={section.id}
              section={section}
              isFirst={place === 0}
              isLast={place === sections.length - 1}
              onMove={(by) => move(section.id, place + by)}
              onShow={(enabled) => void attempt(changeSection(store, section.id, { enabled }))}
              onEdit={() => setEditing(section)}
              onRemove={() => setRemoving(section)}
            />
          ))}
        </ul>
      </Sortable>
      <div className="row-actions">
        <button className="button" type="button" disabled={lock !== null} onClick={() => setEditing("new")}>
          {lock === null ? <Plus aria-hidden="true" /> : <Lock aria-hidden="true" />} Add a section
        </button>
        {lock === null ? null : <p className="lock">{lock}</p>}
      </div>
      {editing === null ? null : (
        <SectionDialog
          store={store}
          limits={limits}
          section={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      {removing === null ? null : (
        <Confirm
          title={`Remove “${removing.label}”?`}
          confirmLabel="Remove"
          onClose={() => setRemoving(null)}
          onConfirm={() => remove(removing)}
        >
          <p>It leaves the sidebar. What it leads to stays.</p>
        </Confirm>
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </>
  );
}

interface SortableProps {
  sections: readonly Section[];
  onDrop: (event: DragEndEvent) => void;
  children: ReactNode;
}

/** Rows that can be dragged, by mouse, finger and keyboard. */
function Sortable({ sections, onDrop, children }: SortableProps) {
  const sensors = useSensors(
    useSensor(PointerSensor),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      accessibility={{ announcements: announcementsFor(sections), screenReaderInstructions: INSTRUCTIONS }}
      onDragEnd={onDrop}
    >
      <SortableContext items={sections.map(({ id }) => id)} strategy={verticalListSortingStrategy}>
        {children}
      </SortableContext>
    </DndContext>
  );
}

const INSTRUCTIONS = {
  draggable: "Press space to pick the section up, the arrow keys to move it, space to put it down, escape to leave it.",
};

/** What a screen reader says while a section is moved. */
function announcementsFor(sections: readonly Section[]): Announcements {
  const labelOf = ({ id }: Active): string => sections.find((section) => section.id === id)?.label ?? "";
  const placeOf = (over: Over): string =>
    `place ${sections.findIndex(({ id }) => id === over.id) + 1} of ${sections.length}`;
  return {
    onDragStart: ({ active }) => `${labelOf(active)} is picked up.`,
    onDragOver: ({ active, over }) => (over === null ? undefined : `${labelOf(active)}, ${placeOf(over)}.`),
    onDragEnd: ({ active, over }) => `${labelOf(active)} is put down${over === null ? "" : `, ${placeOf(over)}`}.`,
    onDragCancel: ({ active }) => `${labelOf(active)} stays where it was.`,
  };
}

interface SectionRowProps {
  section: Section;
  isFirst: boolean;
  isLast: boolean;
  /** One place up or down. */
  onMove: (by: -1 | 1) => void;
  onShow: (enabled: boolean) => void;
  onEdit: () => void;
  onRemove: () => void;
}

function SectionRow({ section, isFirst, isLast, onMove, onShow, onEdit, onRemove }: SectionRowProps) {
  const { id, label, kind, href, enabled, locked } = section;
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({
    id,
  });
  return (
    <li
      ref={setNodeRef}
      className={`row section${kind === "custom" ? " section--own" : ""}${isDragging ? " section--dragged" : ""}`}
      style={{ transform: transform === null ? undefined : `translateY(${transform.y}px)`, transition }}
    >
      <button
        ref={setActivatorNodeRef}
        className="section__grip"
        type="button"
        {...attributes}
        {...listeners}
        aria-label={`Move ${label}`}
      >
        <GripVertical aria-hidden="true" />
      </button>
      <span className="section__icon">
        <SectionIcon {...section} />
      </span>
      <div className="row__main">
        <p className="section__label">
          {label} {locked === null ? null : <Lock className="section__lock" aria-label="Locked" />}
        </p>
        {locked === null ? null : <p className="lock">{locked}</p>}
        {kind === "custom" ? <p className="section__href">{href}</p> : null}
      </div>
      <div className="section__actions">
        {kind === "custom" ? (
          <>
            <button
              className="button button--quiet button--icon"
              type="button"
              aria-label={`Edit ${label}`}
              onClick={onEdit}
            >
              <Pencil aria-hidden="true" />
            </button>
            <button
              className="button button--quiet button--icon"
              type="button"
              aria-label={`Remove ${label}`}
              onClick={onRemove}
            >
              <Trash2 aria-hidden="true" />
            </button>
          </>
        ) : null}
        {kind === "builtin" || locked !== null ? null : (
          <input
            className="switch"
            type="checkbox"
            aria-label={`Show ${label}`}
            checked={enabled}
            onChange={(event) => onShow(event.currentTarget.checked)}
          />
        )}
        <button
          className="button button--quiet button--icon"
          type="button"
          aria-label={`Move ${label} up`}
          aria-disabled={isFirst}
          onClick={() => (isFirst ? undefined : onMove(-1))}
        >
          <ArrowUp aria-hidden="true" />
        </button>
        <button
          className="button button--quiet button--icon"
          type="button"
          aria-label={`Move ${label} down`}
          aria-disabled={isLast}
          onClick={() => (isLast ? undefined : onMove(1))}
        >
          <ArrowDown aria-hidden="true" />
        </button>
      </div>
    </li>
  );
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === "conflict";
}
