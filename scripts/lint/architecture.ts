/** An oxlint plugin: imports follow the arrows of the architecture. */
import { fromRoot, violation } from "./zones.ts";

/** The little of a syntax node that this rule reads: `import`, `export ... from` and `import()` alike. */
interface ImportNode {
  source?: { value?: unknown } | null;
}

interface RuleContext {
  filename: string;
  report: (problem: { node: ImportNode; message: string }) => void;
}

const arrows = {
  create(context: RuleContext) {
    const file = fromRoot(context.filename);
    const check = (node: ImportNode) => {
      const source = node.source?.value;
      if (typeof source !== "string") return;
      const message = violation(file, source);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default { meta: { name: "architecture" }, rules: { arrows } };
