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
  no_part: {
    title: "You have no part in running this site",
    text: "You can read it as everyone does. Those who run it can invite you to write here, too.",
  },
  rate_limited: {
    title: "A little slower, please",
    text: "That was a lot of requests at once. Try again in a minute.",
  },
  sign_in_failed: {
    title: "This sign-in came to nothing",
    text: "It took too long, was begun in another browser, or what came back could not be trusted. Nothing is lost.",
  },
  internal: {
    title: "Something broke on our side",
    text: "It is written down, and trying again in a moment often helps.",
  },
};

/** Failed sign-ins that are told apart by their status. */
const SIGN_IN_WORDS: Readonly<Record<number, { title: string; text: string }>> = {
  429: {
    title: "Too many tries",
    text: "Signing in failed too often from here, so it is closed for a while. Wait a little, and begin again.",
  },
  503: {
    title: "The other side is not answering",
    text: "The service that you chose to sign in with doesn't answer as it should. Try again in a moment, or choose another.",
  },
};

/** A page that says what went wrong and where to go from here. */
export function renderError({ shell, status, kind, traceId }: ErrorProps): string {
  const { title, text } = (kind === "sign_in_failed" ? SIGN_IN_WORDS[status] : undefined) ?? WORDS[kind];
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
            <WayOn shell={shell} kind={kind} />
          </div>
          {(kind === "internal" || kind === "sign_in_failed") && traceId !== undefined ? (
            <p className="trace">Trace {traceId}</p>
          ) : null}
        </div>
      </Frame>
    ),
  });
}

function WayOn({ shell, kind }: Pick<ErrorProps, "shell" | "kind">) {
  const [label, href] = wayOn(shell, kind);
  return (
    <a className="button button--primary" href={href}>
      {label}
    </a>
  );
}

function wayOn(shell: ErrorProps["shell"], kind: ErrorProps["kind"]): [label: string, href: string] {
  if (kind === "unknown_site") return ["Go to Understory", shell.apexOrigin];
  if (kind === "sign_in_failed") return ["Begin again", shell.signInUrl];
  return ["Go to the front page", "/"];
}
