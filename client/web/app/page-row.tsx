import { ArrowDown, ArrowUp, Ellipsis } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useRef } from "react";
import { useFormats } from "../formats.tsx";
import type { PageSummary } from "./page-menu.ts";

interface PageRowProps {
  page: PageSummary;
  /** In the menu, from 0; -1 outside of it. */
  place: number;
  /** In the menu. */
  places: number;
  disabled: boolean;
  onMove: (by: number) => void;
  onMenu: (isIn: boolean) => void;
  onStatus: (status: PageSummary["status"]) => void;
  onDelete: () => void;
}

/** One page in the list, with what can be done to it. */
export function PageRow({ page, place, places, disabled, onMove, onMenu, onStatus, onDelete }: PageRowProps) {
  const { formatAgo } = useFormats();
  const isPublished = page.status === "published";
  const isInMenu = place !== -1;
  const trigger = useRef<HTMLButtonElement>(null);
  const askToDelete = (): void => {
    // The dialog gives focus back to what had it, and the menu's item will be gone by then.
    trigger.current?.focus();
    onDelete();
  };
  return (
    <li className="row">
      <div className="row__main">
        <a className="row__title" href={`/admin/pages/${page.id}`}>
          {page.title}
        </a>
        <p className="meta">
          <span className={isPublished ? "badge badge--on" : "badge"}>{isPublished ? "Published" : "Draft"}</span>
          {isInMenu ? (
            <span className="badge">{isPublished ? `Menu ${place + 1}` : "In the menu once published"}</span>
          ) : null}
          <span>/{page.slug}</span>
          <span>
            changed <time dateTime={page.updatedAt}>{formatAgo(page.updatedAt, Date.now())}</time>
          </span>
        </p>
      </div>
      {isInMenu ? (
        <div className="row__moves">
          <button
            className="button button--quiet button--icon"
            type="button"
            aria-label={`Move ${page.title} up in the menu`}
            disabled={disabled || place === 0}
            onClick={() => onMove(-1)}
          >
            <ArrowUp aria-hidden="true" />
          </button>
          <button
            className="button button--quiet button--icon"
            type="button"
            aria-label={`Move ${page.title} down in the menu`}
            disabled={disabled || place === places - 1}
            onClick={() => onMove(1)}
          >
            <ArrowDown aria-hidden="true" />
          </button>
        </div>
      ) : null}
      {/* Not modal: the modal form locks scrolling with an injected style element, which our policy forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          ref={trigger}
          className="button button--quiet button--icon"
          aria-label={`Actions for ${page.title}`}
        >
          <Ellipsis aria-hidden="true" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            <DropdownMenu.Item className="menu__item" asChild>
              <a href={`/admin/pages/${page.id}`}>Edit</a>
            </DropdownMenu.Item>
            {isPublished ? (
              <DropdownMenu.Item className="menu__item" asChild>
                <a href={`/${page.slug}`}>View</a>
              </DropdownMenu.Item>
            ) : null}
            <DropdownMenu.Item className="menu__item" onSelect={() => onStatus(isPublished ? "draft" : "published")}>
              {isPublished ? "Back to draft" : "Publish"}
            </DropdownMenu.Item>
            <DropdownMenu.Item className="menu__item" onSelect={() => onMenu(!isInMenu)}>
              {isInMenu ? "Take out of the menu" : "Put into the menu"}
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="menu__line" />
            <DropdownMenu.Item className="menu__item menu__item--danger" onSelect={askToDelete}>
              Delete…
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </li>
  );
}
