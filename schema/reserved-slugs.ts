/** First path segments that mean something else on a site's host. */
const RESERVED_SLUGS: ReadonlySet<string> = new Set(
  "account admin api assets auth connect feed healthz images invitations ops parties readyz sign-in sites tags trails webhooks".split(
    " ",
  ),
);

/** Whether a post or page of this slug could not be reached under it. */
export function isReservedSlug(slug: string): boolean {
  return RESERVED_SLUGS.has(slug);
}
