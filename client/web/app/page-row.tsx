import { ArrowDown, ArrowUp } from "lucide-react";
import { useFormats } from "../formats.tsx";
import type { PageSummary } from "./page-menu.ts";
import { RowAction, RowLink, RowMenu } from "./row-menu.tsx";

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
      <RowMenu title={page.title} onDelete={onDelete}>
        <RowLink href={`/admin/pages/${page.id}`}>Edit</RowLink>
        {isPublished ? <RowLink href={`/${page.slug}`}>View</RowLink> : null}
        <RowAction onSelect={() => onStatus(isPublished ? "draft" : "published")}>
          {isPublished ? "Back to draft" : "Publish"}
        </RowAction>
        <RowAction onSelect={() => onMenu(!isInMenu)}>
          {isInMenu ? "Take out of the menu" : "Put into the menu"}
        </RowAction>
      </RowMenu>
    </li>
  );
}
