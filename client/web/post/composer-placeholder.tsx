/** The composer's shape, until its script is there. */
export function ComposerPlaceholder() {
  return (
    <div className="composer">
      <div className="composer__tabs">
        <span className="text-button">Write</span>
        <span className="text-button">Preview</span>
        <span className="text-button">Help</span>
      </div>
      <textarea
        className="composer__text"
        rows={4}
        placeholder="Add to the discussion"
        aria-label="Your comment"
        disabled
      />
      <div className="composer__foot">
        <span className="composer__count">
          <noscript>Commenting needs JavaScript.</noscript>
        </span>
        <button className="button button--primary" type="button" disabled>
          Comment
        </button>
      </div>
    </div>
  );
}
