import { Bold, Code, Heading2, ImagePlus, Italic, Link, List, ListOrdered, TextQuote } from "lucide-react";
import { Toolbar as Bar } from "radix-ui";
import type { Command } from "./markdown-commands.ts";

const BUTTONS = [
  { command: "bold", label: "Bold", keys: "Ctrl+B", icon: Bold },
  { command: "italic", label: "Italic", keys: "Ctrl+I", icon: Italic },
  { command: "link", label: "Link", keys: "Ctrl+K", icon: Link },
  { command: "heading", label: "Heading", keys: "", icon: Heading2 },
  { command: "quote", label: "Quotation", keys: "", icon: TextQuote },
  { command: "bullets", label: "Bulleted list", keys: "", icon: List },
  { command: "numbers", label: "Numbered list", keys: "", icon: ListOrdered },
  { command: "code", label: "Code", keys: "", icon: Code },
] as const satisfies readonly { command: Command; label: string; keys: string; icon: typeof Bold }[];

/** The command that a key press with Ctrl or Cmd stands for. */
export const SHORTCUTS: Readonly<Record<string, Command>> = { b: "bold", i: "italic", k: "link" };

interface ToolbarProps {
  onCommand: (command: Command) => void;
  onImage: () => void;
  disabled: boolean;
}

/** What can be done to the selected text. Arrow keys move between the buttons. */
export function Toolbar({ onCommand, onImage, disabled }: ToolbarProps) {
  return (
    <Bar.Root className="toolbar" aria-label="Formatting">
      {BUTTONS.map(({ command, label, keys, icon: Icon }) => (
        <Bar.Button
          key={command}
          className="toolbar__button"
          type="button"
          disabled={disabled}
          aria-label={label}
          title={keys === "" ? label : `${label} (${keys})`}
          onClick={() => onCommand(command)}
        >
          <Icon aria-hidden="true" />
        </Bar.Button>
      ))}
      <Bar.Button
        className="toolbar__button"
        type="button"
        disabled={disabled}
        aria-label="Image"
        title="Image"
        onClick={onImage}
      >
        <ImagePlus aria-hidden="true" />
      </Bar.Button>
    </Bar.Root>
  );
}
