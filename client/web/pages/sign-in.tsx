import { GitBranch, KeyRound } from "lucide-react";
import type { ReactNode } from "react";
import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import type { SignInProps } from "./props.ts";

/** The way in: a link for each provider, and on a developer's machine a form for anybody. */
export function renderSignIn({ shell, devLogin, providers, problem, returnTo }: SignInProps): string {
  const hasProviders = providers.length > 0;
  return renderDocument({
    shell,
    title: "Sign in",
    noIndex: true,
    entries: ["client/web/entries/site.ts", ...(devLogin ? (["client/web/entries/sign-in.ts"] as const) : [])],
    body: (
      <Frame shell={shell}>
        <div className="card-page">
          <h1 className="card-page__title">Sign in</h1>
          {problem === "denied" ? (
            <p className="notice notice--warn" role="status">
              You did not sign in there, and nothing has changed here. Try again, or choose another way in.
            </p>
          ) : null}
          {hasProviders ? <Providers providers={providers} returnTo={returnTo} /> : null}
          {hasProviders && devLogin ? <p className="or">or</p> : null}
          {devLogin ? <DevLogin returnTo={returnTo} /> : null}
          {hasProviders || devLogin ? null : (
            <p className="notice">No way to sign in is set up on this server yet. Its operator can add one.</p>
          )}
        </div>
      </Frame>
    ),
  });
}

function Providers({ providers, returnTo }: Pick<SignInProps, "providers" | "returnTo">) {
  return (
    <>
      <p className="card-page__text">An account is made for you the first time. We never see your password.</p>
      <ul className="providers">
        {providers.map(({ key, label }) => (
          <li key={key}>
            <a className="button provider" href={`/auth/${key}/start?returnTo=${encodeURIComponent(returnTo)}`}>
              <span className="provider__mark" aria-hidden="true">
                {MARKS[key]}
              </span>
              <span className="provider__label">Continue with {label}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

const MARKS: Record<SignInProps["providers"][number]["key"], ReactNode> = {
  github: <GitBranch size={18} />,
  google: "G",
  oidc: <KeyRound size={18} />,
};

/** Sent by its script, as JSON. */
function DevLogin({ returnTo }: Pick<SignInProps, "returnTo">) {
  return (
    <>
      <p className="card-page__text">
        This is a development server: any name and address will do, and the same address is the same person.
      </p>
      <form className="form" id="dev-login" action="/auth/dev" method="post" data-return-to={returnTo}>
        <div className="field">
          <label htmlFor="name">Name</label>
          <input className="input" id="name" name="name" autoComplete="name" required maxLength={80} />
        </div>
        <div className="field">
          <label htmlFor="email">E-mail</label>
          <input className="input" id="email" name="email" type="email" autoComplete="email" required maxLength={254} />
        </div>
        <p className="field__error" id="dev-login-error" role="alert" hidden />
        <button className="button button--primary" type="submit">
          Sign in
        </button>
        <noscript>
          <p className="notice">Signing in here needs JavaScript.</p>
        </noscript>
      </form>
    </>
  );
}
