/** `npm run icons`: writes the names of all icons of the installed lucide-react, after an update of it. */
import { writeFileSync } from "node:fs";
import { iconNames } from "lucide-react/dynamic";

/** As in .oxfmtrc.json. */
const LINE_WIDTH = 120;

const lines: string[] = [];
let line = "";
for (const name of iconNames.toSorted()) {
  if (line.length + name.length + 1 > LINE_WIDTH) {
    lines.push(line);
    line = "";
  }
  line += line === "" ? name : ` ${name}`;
}
lines.push(line);

writeFileSync(
  "schema/lucide-icons.ts",
  `/**
 * The names of all of Lucide's icons, older names included, without the icons. Written by "npm run icons".
 */
export const LUCIDE_ICONS: ReadonlySet<string> = new Set(
  \`
${lines.join("\n")}
\`
    .trim()
    .split(/\\s/),
);
`,
);
