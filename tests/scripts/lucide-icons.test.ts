import { iconNames } from "lucide-react/dynamic";
import { expect, test } from "vitest";
import { FEW_ICON_NAMES } from "../../client/web/app/section-icon.tsx";
import { DEFAULT_SECTIONS, FEW_ICONS } from "../../schema/http/admin/sections.ts";
import { LUCIDE_ICONS } from "../../schema/lucide-icons.ts";

test("the icons that sections may have are those of the installed package; `npm run icons` writes them anew", () => {
  expect([...LUCIDE_ICONS]).toEqual(iconNames.toSorted());
});

test("the ten icons, and those of the sections that every site has, are among them", () => {
  expect(new Set(FEW_ICONS).size).toBe(10);
  for (const icon of [...FEW_ICONS, ...DEFAULT_SECTIONS.map((section) => section.icon)])
    expect(LUCIDE_ICONS).toContain(icon);
});

test("the app has the ten icons in its first script", () => {
  expect(FEW_ICON_NAMES).toEqual(FEW_ICONS);
});
