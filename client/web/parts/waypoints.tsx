import {
  BookOpen,
  Camera,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CirclePause,
  Flag,
  Hammer,
  Heart,
  Leaf,
  Lightbulb,
  type LucideIcon,
  MapPin,
  Megaphone,
  Mountain,
  Music,
  Palette,
  PenLine,
  Rocket,
  Sprout,
  Star,
  TreePine,
  Users,
} from "lucide-react";
import { createElement } from "react";
import type { WaypointStatus } from "../../../schema/http/admin/trails.ts";

/** Statuses in words, in the order in which they are offered. */
export const WAYPOINT_WORDS: Readonly<Record<WaypointStatus, string>> = {
  planned: "Planned",
  in_progress: "In progress",
  complete: "Complete",
  deferred: "Deferred",
};

const STATUS_ICONS: Readonly<Record<WaypointStatus, LucideIcon>> = {
  planned: CircleDashed,
  in_progress: CircleDot,
  complete: CircleCheck,
  deferred: CirclePause,
};

/** A waypoint's status, as a sign and in words. */
export function WaypointBadge({ status }: { status: WaypointStatus }) {
  const Icon = STATUS_ICONS[status];
  return (
    <span className={`badge waypoint-badge waypoint-badge--${status}`}>
      <Icon aria-hidden="true" /> {WAYPOINT_WORDS[status]}
    </span>
  );
}

/** The icons that waypoints are offered, by Lucide's names: few enough to be on a page that people read. */
const ICONS = {
  flag: Flag,
  "map-pin": MapPin,
  mountain: Mountain,
  sprout: Sprout,
  leaf: Leaf,
  "tree-pine": TreePine,
  "pen-line": PenLine,
  "book-open": BookOpen,
  lightbulb: Lightbulb,
  hammer: Hammer,
  rocket: Rocket,
  megaphone: Megaphone,
  users: Users,
  heart: Heart,
  star: Star,
  camera: Camera,
  music: Music,
  palette: Palette,
} as const;
export const WAYPOINT_ICON_NAMES: readonly string[] = Object.keys(ICONS);
const KNOWN = new Map<string, LucideIcon>(Object.entries(ICONS));

/** A waypoint's icon; a flag for one that has none, or one that is not known here. Decoration only. */
export function WaypointIcon({ name }: { name: string | null }) {
  return createElement(KNOWN.get(name ?? "") ?? Flag, { "aria-hidden": true });
}

/** How much of a trail is behind those who walk it. */
export function TrailProgress({ complete, total }: { complete: number; total: number }) {
  const words = total === 0 ? "No waypoints yet" : `${complete} of ${total} complete`;
  return (
    <div className="trail-progress">
      <progress className="trail-progress__bar" value={complete} max={Math.max(total, 1)} aria-label="Progress" />
      <span className="trail-progress__words">{words}</span>
    </div>
  );
}
