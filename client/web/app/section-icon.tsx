import {
  BookOpen,
  Calendar,
  CalendarDays,
  Camera,
  ChartColumn,
  ChefHat,
  FileText,
  Heart,
  Images,
  LayoutDashboard,
  Leaf,
  type LucideIcon,
  MapPin,
  Milestone,
  Music,
  Palette,
  PenLine,
  Settings,
  ShoppingBag,
} from "lucide-react";
import { type ReactElement, useEffect, useState } from "react";
import type { FEW_ICONS, Section } from "../../../schema/http/admin/sections.ts";

/** Of the sections that every site has, by id. */
const BUILT_IN: Readonly<Record<string, LucideIcon>> = {
  dashboard: LayoutDashboard,
  posts: PenLine,
  pages: FileText,
  images: Images,
  settings: Settings,
  analytics: ChartColumn,
  timeline: CalendarDays,
  trails: Milestone,
};

/** Those that a tier with a few icons has, by name. */
const FEW: Readonly<Record<(typeof FEW_ICONS)[number], LucideIcon>> = {
  "book-open": BookOpen,
  calendar: Calendar,
  camera: Camera,
  "chef-hat": ChefHat,
  heart: Heart,
  leaf: Leaf,
  "map-pin": MapPin,
  music: Music,
  palette: Palette,
  "shopping-bag": ShoppingBag,
};
export const FEW_ICON_NAMES: readonly string[] = Object.keys(FEW);
const KNOWN: Readonly<Record<string, LucideIcon>> = FEW;

/** A section's picture. Decoration only: its label stands beside it. */
export function SectionIcon({ id, icon }: Pick<Section, "id" | "icon">) {
  const BuiltIn = BUILT_IN[id];
  return BuiltIn === undefined ? <NamedIcon name={icon} /> : <BuiltIn aria-hidden="true" />;
}

/** An icon by Lucide's name for it, or an image by its path. */
export function NamedIcon({ name }: { name: string }) {
  const Known = KNOWN[name];
  if (Known !== undefined) return <Known aria-hidden="true" />;
  if (name.startsWith("/")) return <img className="section-icon" src={name} alt="" width={18} height={18} />;
  return <AnyIcon name={name} />;
}

/** One of all of Lucide's icons, which come when the first is asked for. Its place is kept until then. */
function AnyIcon({ name }: { name: string }) {
  const [found, setFound] = useState<{ name: string; icon: ReactElement | undefined }>();
  useEffect(() => {
    let isShown = true;
    const find = async (): Promise<void> => {
      try {
        const { iconNamed } = await import("./all-icons.ts");
        if (isShown) setFound({ name, icon: iconNamed(name) });
      } catch {
        // The icons could not be fetched: the label says what it is.
      }
    };
    void find();
    return () => {
      isShown = false;
    };
  }, [name]);
  const icon = found?.name === name ? found.icon : undefined;
  return icon ?? <span className="section-icon" aria-hidden="true" />;
}
