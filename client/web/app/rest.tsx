/** The foot of a list: the way to what follows, or its end. */
export function Rest({
  cursor,
  loading,
  onMore,
}: {
  cursor: string | null;
  loading: boolean;
  onMore: (cursor: string) => Promise<void>;
}) {
  return (
    <div className="pager">
      {cursor === null ? (
        <p className="pager__end">That is everything.</p>
      ) : (
        <button className="button" type="button" disabled={loading} onClick={() => void onMore(cursor)}>
          {loading ? "Loading…" : "Show more"}
        </button>
      )}
    </div>
  );
}
