import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";

/** A place in a page that shows a file of the repository, as it is. */
const SHOWN_FILE = /(<!-- file: (\S+) -->\n).*?(<!-- \/file -->)/gs;
/** A Markdown link or image; its target is the first group. */
const LINK = /\]\(([^()\s]+)\)/g;

/** The pages that people wrote, relative to the repository. */
export function writtenPages(): string[] {
  return globSync(["*.md", "docs/**/*.md"]).toSorted();
}

/** Whether a page shows any file. */
export function showsFiles(page: string): boolean {
  return readFileSync(page, "utf8").includes("<!-- file: ");
}

/** A page with the files that it shows put in anew. */
export function withShownFiles(page: string): string {
  return readFileSync(page, "utf8").replaceAll(SHOWN_FILE, (_, begin: string, file: string, end: string) => {
    const text = readFileSync(file, "utf8").trimEnd();
    return `${begin}\n\`\`\`${extname(file).slice(1)}\n${text}\n\`\`\`\n\n${end}`;
  });
}

/** Links of a page that lead to no file of the repository. */
export function deadLinks(page: string): string[] {
  const text = readFileSync(page, "utf8").replaceAll(/```.*?```/gs, "");
  return [...text.matchAll(LINK)]
    .map(([, target = ""]) => target.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
    .filter((target) => !existsSync(join(dirname(page), target)));
}
