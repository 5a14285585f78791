import { Flag, Lock, type LucideIcon, Menu, Users, X } from "lucide-react";
import { useState } from "react";
import type { Section } from "../../../schema/http/admin/sections.ts";
import type { SiteRole } from "../../../schema/site-roles.ts";
import { SectionIcon } from "./section-icon.tsx";

interface SidebarProps {
  /** Those that the viewer may use, in order. */
  sections: readonly Section[];
  /** What the viewer is on the site. */
  role: SiteRole | null;
  /** Of the page. */
  path: string;
}

/** What is about people and no section of the site's own. */
const MORE: readonly { href: string; label: string; icon: LucideIcon; roles: readonly (SiteRole | null)[] }[] = [
  { href: "/admin/reports", label: "Reports", icon: Flag, roles: ["editor", "owner"] },
  { href: "/admin/members", label: "Members", icon: Users, roles: ["owner"] },
];

/** The way between the parts of a site's app: beside them, or on a phone in a menu above. */
export function Sidebar({ sections, role, path }: SidebarProps) {
  const [isOpen, setIsOpen] = useState(false);
  const shown = sections.filter(({ enabled, locked }) => enabled || locked !== null);
  const current = currentOf(shown, path);
  const more = MORE.filter(({ roles }) => roles.includes(role));
  const label = current?.label ?? more.find(({ href }) => href === path)?.label ?? "Sections";
  return (
    <div className={isOpen ? "sidebar sidebar--open" : "sidebar"}>
      <button
        className="button sidebar__toggle"
        type="button"
        aria-expanded={isOpen}
        aria-controls="sidebar-nav"
        onClick={() => setIsOpen(!isOpen)}
      >
        {isOpen ? <X aria-hidden="true" /> : <Menu aria-hidden="true" />}
        {label}
      </button>
      <nav className="sidebar__nav" id="sidebar-nav" aria-label="Sections">
        <ul className="sidebar__list">
          {shown.map((section) => (
            <li key={section.id}>
              <Entry section={section} current={section === current ? ariaCurrent(section, path) : undefined} />
            </li>
          ))}
        </ul>
        {more.length === 0 ? null : (
          <ul className="sidebar__list sidebar__list--more">
            {more.map(({ href, label, icon: Icon }) => (
              <li key={href}>
                <a className="sidebar__link" href={href} aria-current={path === href ? "page" : undefined}>
                  <Icon aria-hidden="true" />
                  <span>{label}</span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </nav>
    </div>
  );
}

function Entry({ section, current }: { section: Section; current: "page" | "true" | undefined }) {
  const { label, href, locked } = section;
  if (locked !== null) {
    return (
      <a className="sidebar__link sidebar__link--locked" href="/admin/settings#sections" title={locked}>
        <Lock aria-hidden="true" />
        <span>{label}</span>
        <span className="visually-hidden">(locked: {locked})</span>
      </a>
    );
  }
  return (
    <a className="sidebar__link" href={href} aria-current={current}>
      <SectionIcon {...section} />
      <span>{label}</span>
    </a>
  );
}

/** The section that a path is in: the one with the longest address that it begins with. */
function currentOf(sections: readonly Section[], path: string): Section | undefined {
  return sections
    .filter(({ href }) => path === href || (href !== "/admin" && path.startsWith(`${href}/`)))
    .toSorted((a, b) => b.href.length - a.href.length)[0];
}

function ariaCurrent({ href }: Section, path: string): "page" | "true" {
  return path === href ? "page" : "true";
}
