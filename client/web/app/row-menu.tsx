import { Ellipsis } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, useRef } from "react";

interface RowMenuProps {
  /** Of what the row is about. */
  title: string;
  onDelete: () => void;
  /** What can be done besides deleting. */
  children: ReactNode;
}

/** What can be done to one row of a list, deleting it last. */
export function RowMenu({ title, onDelete, children }: RowMenuProps) {
  const trigger = useRef<HTMLButtonElement>(null);
  const askToDelete = (): void => {
    // The dialog gives focus back to what had it, and the menu's item will be gone by then.
    trigger.current?.focus();
    onDelete();
  };
  return (
    // Not modal: the modal form locks scrolling with an injected style element, which our policy forbids.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        ref={trigger}
        className="button button--quiet button--icon"
        aria-label={`Actions for ${title}`}
      >
        <Ellipsis aria-hidden="true" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {children}
          <DropdownMenu.Separator className="menu__line" />
          <DropdownMenu.Item className="menu__item menu__item--danger" onSelect={askToDelete}>
            Delete…
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** Leads to another page. */
export function RowLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <DropdownMenu.Item className="menu__item" asChild>
      <a href={href}>{children}</a>
    </DropdownMenu.Item>
  );
}

/** Does something to the row. */
export function RowAction({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.Item className="menu__item" onSelect={onSelect}>
      {children}
    </DropdownMenu.Item>
  );
}
