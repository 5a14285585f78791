import { renderDocument } from "../document.tsx";
import { isAtLeast, type SiteRole } from "../../../schema/site-roles.ts";
import { useFormats } from "../formats.tsx";
import { Frame } from "../parts/frame.tsx";
import type { InvitationProps } from "./props.ts";

/** What somebody is invited to be, with the article, and what that means. */
const OFFERS: Readonly<Record<SiteRole, { what: string; may: string }>> = {
  reader: { what: "a reader", may: "You will see what is only for its members." },
  author: { what: "an author", may: "You will write posts of your own and add images." },
  editor: { what: "an editor", may: "You will write, look after everybody’s posts and pages, and moderate." },
  owner: { what: "an owner", may: "You will run the site." },
};

const ENDS = {
  gone: {
    title: "This invitation is no longer good",
    text: "It has been used, was taken back, or is older than a week. Ask whoever sent it for a new one.",
  },
  unknown: {
    title: "There is no such invitation",
    text: "A part of the link may be missing. Ask whoever sent it to send it again.",
  },
} as const;

/** The page behind an invitation's link. */
export function renderInvitation(props: InvitationProps): string {
  const { shell, invitation } = props;
  const name = shell.tenant?.displayName ?? "this site";
  return renderDocument({
    shell,
    title: "Invitation",
    noIndex: true,
    entries: [
      "client/web/entries/site.ts",
      ...(invitation.state === "open" && shell.viewer !== null ? (["client/web/entries/invitation.ts"] as const) : []),
    ],
    body: (
      <Frame shell={shell}>
        <div className="card-page">
          {invitation.state === "open" ? (
            <Offer {...props} offer={invitation.offer} />
          ) : (
            <>
              <h1 className="card-page__title">{ENDS[invitation.state].title}</h1>
              <p className="card-page__text">{ENDS[invitation.state].text}</p>
              <p>
                <a className="button" href="/">
                  Read {name}
                </a>
              </p>
            </>
          )}
        </div>
      </Frame>
    ),
  });
}

function Offer({
  shell,
  secret,
  now,
  offer: { role, displayName, expiresAt },
}: InvitationProps & { offer: Extract<InvitationProps["invitation"], { state: "open" }>["offer"] }) {
  const { formatUntil } = useFormats();
  const { what, may } = OFFERS[role];
  return (
    <>
      <p className="masthead__kicker">Invitation</p>
      <h1 className="card-page__title">
        Become {what} of {displayName}
      </h1>
      <p className="card-page__text">
        {may} The invitation ends <time dateTime={expiresAt}>{formatUntil(expiresAt, now)}</time>.
      </p>
      {isAtLeast(shell.role ?? undefined, role) ? (
        <>
          <p className="notice" role="status">
            You have this part already. Keep the link for whom it is meant.
          </p>
          <p>
            <a className="button" href="/">
              Go to {displayName}
            </a>
          </p>
        </>
      ) : shell.viewer === null ? (
        <p>
          <a className="button button--primary" href={shell.signInUrl}>
            Sign in to accept
          </a>
        </p>
      ) : (
        <form className="form" id="invitation" data-secret={secret} data-role={role}>
          <p className="field__error" id="invitation-error" role="alert" hidden />
          <div className="row-actions">
            <button className="button button--primary" type="submit">
              Accept as {shell.viewer.person.name}
            </button>
            <a className="button button--quiet" href="/">
              Not now
            </a>
          </div>
          <noscript>
            <p className="notice">Accepting needs JavaScript.</p>
          </noscript>
        </form>
      )}
    </>
  );
}
