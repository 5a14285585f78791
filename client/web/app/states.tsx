import { ApiError, messageOf } from "../api.ts";

/** Grey bars in the place of a list that takes long. They appear after a moment, so that a quick answer shows none. */
export function Skeleton({ rows = 4 }: { rows?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div className="skeleton__row" key={index} />
      ))}
    </div>
  );
}

/** What went wrong while loading, and what can be done. */
export function Failure({ error, onRetry, signInUrl }: { error: unknown; onRetry: () => void; signInUrl: string }) {
  if (error instanceof ApiError && error.code === "unauthenticated") return <SignedOut signInUrl={signInUrl} />;
  return (
    <div className="notice notice--error" role="alert">
      <span>{messageOf(error)}</span>
      <button className="button button--small" type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** For those who are not signed in, or no longer. */
export function SignedOut({ signInUrl }: { signInUrl: string }) {
  return (
    <div className="empty">
      <p className="empty__title">You are not signed in</p>
      <a className="button button--primary" href={signInUrl}>
        Sign in
      </a>
    </div>
  );
}
