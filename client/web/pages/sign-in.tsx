import { renderDocument } from "../document.tsx";
import { Frame } from "../parts/frame.tsx";
import type { SignInProps } from "./props.ts";

/** The way in. The development form is sent by its script, as JSON. */
export function renderSignIn({ shell, devLogin, returnTo }: SignInProps): string {
  return renderDocument({
    shell,
    title: "Sign in",
    noIndex: true,
    entries: ["client/web/entries/site.ts", "client/web/entries/sign-in.ts"],
    body: (
      <Frame shell={shell}>
        <div className="card-page">
          <h1 className="card-page__title">Sign in</h1>
          {devLogin ? (
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
                  <input
                    className="input"
                    id="email"
                    name="email"
                    type="email"
                    autoComplete="email"
                    required
                    maxLength={254}
                  />
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
          ) : (
            <p className="notice">No way to sign in is set up on this server yet. Its operator can add one.</p>
          )}
        </div>
      </Frame>
    ),
  });
}
