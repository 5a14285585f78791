import type { Post, PostStatus } from "../../../schema/http/posts.ts";
import { useFormats } from "../formats.tsx";
import { RowAction, RowLink, RowMenu } from "./row-menu.tsx";

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
      <RowMenu title={post.title} onDelete={onDelete}>
        <RowLink href={`/admin/posts/${post.id}`}>Edit</RowLink>
        <RowLink href={`/${post.slug}`}>{isPublished ? "View" : "See how it looks"}</RowLink>
        <RowAction onSelect={isPublished ? onUnpublish : onPublish}>
          {isPublished ? "Back to draft" : "Publish"}
        </RowAction>
      </RowMenu>
    </li>
  );
}
