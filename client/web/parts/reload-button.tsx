/** Loads the page anew. */
export function ReloadButton({ children }: { children: string }) {
  return (
    <button className="button button--small" type="button" onClick={() => location.reload()}>
      {children}
    </button>
  );
}
