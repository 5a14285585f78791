import { useRef, useState } from "react";
import type { ReceivedReport, ReportList } from "../../../schema/http/reports.ts";
import { ApiError, call, messageOf } from "../api.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Toast } from "../parts/toast.tsx";
import type { Bootstrap } from "./bootstrap.ts";
import { ReportRow } from "./report-row.tsx";
import { Rest } from "./rest.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { useLoad } from "./use-load.ts";

const loadReports = (signal: AbortSignal) => call<ReportList>("GET", "/api/admin/reports", { signal });

/** What readers have reported, for those who answer for what is written on the site. */
export function ReportsPage({ bootstrap }: { bootstrap: Bootstrap }) {
  const { loaded, reload, update } = useLoad(loadReports);
  const [deleting, setDeleting] = useState<ReceivedReport | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);

  const attempt = async (work: () => Promise<string | null>): Promise<void> => {
    try {
      const done = await work();
      if (done !== null) setMessage(done);
    } catch (error) {
      setMessage(messageOf(error));
    }
  };
  const more = (cursor: string): Promise<void> =>
    attempt(async () => {
      setLoadingMore(true);
      try {
        const next = await call<ReportList>("GET", `/api/admin/reports?${new URLSearchParams({ cursor })}`);
        update(({ reports }) => ({ reports: [...reports, ...next.reports], nextCursor: next.nextCursor }));
        return null;
      } finally {
        setLoadingMore(false);
      }
    });
  /** Takes rows out of the list, and gives the focus that was in them to the row that follows. */
  const settle = (isSettled: (report: ReceivedReport) => boolean): void => {
    if (loaded.state !== "ready") return;
    const { reports } = loaded.value;
    const holdsFocus = ({ id }: ReceivedReport) => document.getElementById(id)?.contains(document.activeElement);
    if (reports.filter(isSettled).some(holdsFocus)) {
      const next = reports.slice(reports.findIndex(isSettled)).find((report) => !isSettled(report));
      const heir = next === undefined ? null : document.getElementById(next.id);
      (heir ?? title.current)?.focus();
    }
    update((page) => ({ ...page, reports: page.reports.filter((report) => !isSettled(report)) }));
  };
  const dismiss = ({ id }: ReceivedReport): Promise<void> =>
    attempt(async () => {
      await untilGone(call("DELETE", `/api/admin/reports/${id}`));
      settle((report) => report.id === id);
      return "Dismissed.";
    });
  const deleteComment = (commentId: string, postId: string): Promise<void> =>
    attempt(async () => {
      await untilGone(call("DELETE", `/api/posts/${postId}/comments/${commentId}`));
      settle((report) => report.comment?.id === commentId);
      return "Comment deleted.";
    });

  return (
    <div className="column">
      <div className="masthead">
        <div>
          <h1 className="masthead__title" ref={title} tabIndex={-1}>
            Reports
          </h1>
          <p className="card-page__text">Comments that readers want you to look at.</p>
        </div>
      </div>
      {loaded.state === "loading" ? <Skeleton /> : null}
      {loaded.state === "failed" ? (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      ) : null}
      {loaded.state === "ready" && loaded.value.reports.length > 0 ? (
        <ul className="rows">
          {loaded.value.reports.map((report) => (
            <ReportRow
              key={report.id}
              report={report}
              onDelete={() => setDeleting(report)}
              onDismiss={() => void dismiss(report)}
            />
          ))}
        </ul>
      ) : null}
      {loaded.state === "ready" ? (
        isEmpty(loaded.value) ? (
          <div className="empty">
            <p className="empty__title">Nothing has been reported.</p>
          </div>
        ) : (
          <Rest cursor={loaded.value.nextCursor} loading={loadingMore} onMore={more} />
        )
      ) : null}
      {deleting === null || deleting.comment === null ? null : (
        <DeleteDialog
          report={deleting}
          comment={deleting.comment}
          onClose={() => setDeleting(null)}
          onConfirm={deleteComment}
        />
      )}
      {message === null ? null : <Toast message={message} onClose={() => setMessage(null)} />}
    </div>
  );
}

function DeleteDialog({
  report,
  comment,
  onClose,
  onConfirm,
}: {
  report: ReceivedReport;
  comment: NonNullable<ReceivedReport["comment"]>;
  onClose: () => void;
  onConfirm: (commentId: string, postId: string) => Promise<void>;
}) {
  return (
    <Confirm
      title="Delete this comment?"
      confirmLabel="Delete"
      onClose={onClose}
      onConfirm={() => void onConfirm(comment.id, report.post.id)}
    >
      <p>
        What {comment.author.name} wrote leaves “{report.post.title}”, and all reports of it are settled. This cannot be
        taken back.
      </p>
    </Confirm>
  );
}

function isEmpty({ reports, nextCursor }: ReportList): boolean {
  return reports.length === 0 && nextCursor === null;
}

/** Waits for a deletion. Somebody else having been faster is as good. */
async function untilGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof ApiError && (error.code === "not_found" || error.code === "gone"))) throw error;
  }
}
