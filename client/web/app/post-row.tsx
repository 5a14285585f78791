import { Ellipsis } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useRef } from "react";
import type { Post, PostStatus } from "../../../schema/http/posts.ts";
import { useFormats } from "../formats.tsx";

const STATUS_WORDS: Record<PostStatus, string> = { draft: "Draft", published: "Published", private: "Private" };

interface PostRowProps {
  post: Post;
  onPublish: () => void;
  onUnpublish: () => void;
  onDelete: () => void;
}

/** One post in the writer's list, with what can be done to it. */
export function PostRow({ post, onPublish, onUnpublish, onDelete }: PostRowProps) {
  const { formatAgo } = useFormats();
  const isPublished = post.status === "published";
  const trigger = useRef<HTMLButtonElement>(null);
  const askToDelete = (): void => {
    // The dialog gives focus back to what had it, and the menu's item will be gone by then.
    trigger.current?.focus();
    onDelete();
  };
  return (
    <li className="row">
      <div className="row__main">
        <a className="row__title" href={`/admin/posts/${post.id}`}>
          {post.title}
        </a>
        <p className="meta">
          <span className={isPublished ? "badge badge--on" : "badge"}>{STATUS_WORDS[post.status]}</span>
          <span>
            changed <time dateTime={post.updatedAt}>{formatAgo(post.updatedAt, Date.now())}</time>
          </span>
          <span>{post.author.name}</span>
        </p>
      </div>
      {/* Not modal: the modal form locks scrolling with an injected style element, which our policy forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger
          ref={trigger}
          className="button button--quiet button--icon"
          aria-label={`Actions for ${post.title}`}
        >
          <Ellipsis aria-hidden="true" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            <DropdownMenu.Item className="menu__item" asChild>
              <a href={`/admin/posts/${post.id}`}>Edit</a>
            </DropdownMenu.Item>
            <DropdownMenu.Item className="menu__item" asChild>
              <a href={`/${post.slug}`}>{isPublished ? "View" : "See how it looks"}</a>
            </DropdownMenu.Item>
            <DropdownMenu.Item className="menu__item" onSelect={isPublished ? onUnpublish : onPublish}>
              {isPublished ? "Back to draft" : "Publish"}
            </DropdownMenu.Item>
            <DropdownMenu.Separator className="menu__line" />
            <DropdownMenu.Item className="menu__item menu__item--danger" onSelect={askToDelete}>
              Delete…
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </li>
  );
}
