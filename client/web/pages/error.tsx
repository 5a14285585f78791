import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import type { ErrorProps } from "./props.ts";

const WORDS: Record<ErrorProps["kind"], { title: string; text: string }> = {
  unknown_site: {
    title: "There is no site here",
    text: "Nobody has planted anything under this address yet. Check the spelling, or make it yours.",
  },
  not_found: {
    title: "This page is not here",
    text: "It may have moved, or it was never written. The front page knows everything that is.",
  },
  forbidden: { title: "This page is not for you", text: "You are signed in as someone who may not see it." },
  rate_limited: {
    title: "A little slower, please",
    text: "That was a lot of requests at once. Try again in a minute.",
  },
  internal: {
    title: "Something broke on our side",
    text: "It is written down, and trying again in a moment often helps.",
  },
};

/** A page that says what went wrong and where to go from here. */
export function renderError({ shell, status, kind, traceId }: ErrorProps): string {
  const { title, text } = WORDS[kind];
  return renderDocument({
    shell,
    title,
    noIndex: true,
    entries: ["client/web/entries/site.ts"],
    body: (
      <Frame shell={shell}>
        <div className="card-page">
          <p className="masthead__kicker">{status}</p>
          <h1 className="card-page__title">{title}</h1>
          <p className="card-page__text">{text}</p>
          <div className="hero__actions">
            {kind === "unknown_site" ? (
              <a className="button button--primary" href={shell.apexOrigin}>
                Go to Understory
              </a>
            ) : (
              <a className="button button--primary" href="/">
                Go to the front page
              </a>
            )}
          </div>
          {kind === "internal" && traceId !== undefined ? <p className="trace">Trace {traceId}</p> : null}
        </div>
      </Frame>
    ),
  });
}
