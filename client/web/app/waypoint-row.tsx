import { ArrowDown, ArrowUp, Pencil, Trash2 } from "lucide-react";
import type { Waypoint, WaypointStatus } from "../../../schema/http/admin/trails.ts";
import { WAYPOINT_WORDS, WaypointIcon } from "../parts/waypoints.tsx";
import { isOneOf } from "./standing.ts";

interface WaypointRowProps {
  waypoint: Waypoint;
  isFirst: boolean;
  isLast: boolean;
  onStatus: (status: WaypointStatus) => void;
  onMove: (by: number) => void;
  onEdit: () => void;
  onDelete: () => void;
}

/** One waypoint of a trail, and what can be done with it. */
export function WaypointRow({ waypoint, isFirst, isLast, onStatus, onMove, onEdit, onDelete }: WaypointRowProps) {
  const { title, description, status, icon, links } = waypoint;
  const buttons = [
    { label: `Move ${title} up`, icon: ArrowUp, disabled: isFirst, onClick: () => onMove(-1) },
    { label: `Move ${title} down`, icon: ArrowDown, disabled: isLast, onClick: () => onMove(1) },
    { label: `Edit ${title}`, icon: Pencil, disabled: false, onClick: onEdit },
    { label: `Remove ${title}…`, icon: Trash2, disabled: false, onClick: onDelete },
  ];
  return (
    <li className={`row waypoint waypoint--${status}`}>
      <span className="waypoint__icon">
        <WaypointIcon name={icon} />
      </span>
      <div className="row__main">
        <p className="row__title">{title}</p>
        {description === "" ? null : <p className="waypoint__text">{description}</p>}
        {links.length === 0 ? null : (
          <p className="meta">
            {links.map(({ label, href }) => (
              <a key={`${label} ${href}`} href={href} target="_blank" rel="noopener noreferrer">
                {label}
              </a>
            ))}
          </p>
        )}
      </div>
      <div className="waypoint__actions">
        <select
          className="input waypoint__status"
          aria-label={`Status of ${title}`}
          value={status}
          onChange={({ currentTarget }) => {
            if (isOneOf(WAYPOINT_WORDS, currentTarget.value)) onStatus(currentTarget.value);
          }}
        >
          {Object.entries(WAYPOINT_WORDS).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
        {buttons.map(({ label, icon: Icon, disabled, onClick }) => (
          <button
            key={label}
            className="button button--quiet button--icon"
            type="button"
            aria-label={label}
            disabled={disabled}
            onClick={onClick}
          >
            <Icon aria-hidden="true" />
          </button>
        ))}
      </div>
    </li>
  );
}
