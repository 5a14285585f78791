import { useState } from "react";
import type { Tenant } from "../../../schema/http/tenants.ts";
import { ApiError, call, messageOf } from "../api.ts";
import type { Bootstrap } from "./bootstrap.ts";
import { subdomainProblem, suggestSubdomain } from "./subdomain.ts";

const MAX_NAME_LENGTH = 80;

/** The form that makes a site. */
export function NewSitePage({ bootstrap }: { bootstrap: Bootstrap }) {
  const root = new URL(bootstrap.apexOrigin);
  const [displayName, setDisplayName] = useState("");
  /** Null as long as the address follows the name. */
  const [typed, setTyped] = useState<string | null>(null);
  const [refused, setRefused] = useState<{ subdomain: string; problem: string } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const subdomain = typed ?? suggestSubdomain(displayName);
  const subdomainError =
    refused?.subdomain === subdomain ? refused.problem : subdomain === "" ? null : subdomainProblem(subdomain);
  const ready = displayName.trim() !== "" && subdomainProblem(subdomain) === null && !busy;

  const make = async (): Promise<void> => {
    if (!ready) return;
    setBusy(true);
    setProblem(null);
    try {
      const tenant = await call<Tenant>("POST", "/api/tenants", {
        body: { subdomain, displayName: displayName.trim() },
      });
      // The new site is another host: signing in there is a hand-over that asks nothing.
      location.assign(`${root.protocol}//${tenant.subdomain}.${root.host}/auth/begin?returnTo=/admin`);
    } catch (error) {
      setBusy(false);
      if (error instanceof ApiError && error.code === "conflict")
        setRefused({ subdomain, problem: "This address is taken." });
      else if (error instanceof ApiError && error.issueAt("subdomain") !== undefined) {
        setRefused({ subdomain, problem: `${error.issueAt("subdomain")}.` });
      } else setProblem(messageOf(error));
    }
  };

  return (
    <div className="card-page card-page--wide">
      <h1 className="card-page__title">Make a site</h1>
      <p className="card-page__text">
        A name and an address are all it takes. The name can change later; the address stays.
      </p>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <div className="field">
          <label htmlFor="display-name">Name</label>
          <input
            className="input"
            id="display-name"
            value={displayName}
            maxLength={MAX_NAME_LENGTH}
            placeholder="The Slow Garden"
            autoComplete="off"
            onInput={(event) => setDisplayName(event.currentTarget.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="subdomain">Address</label>
          <div className="affixed">
            <input
              className="input"
              id="subdomain"
              value={subdomain}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              aria-invalid={subdomainError !== null}
              aria-describedby="subdomain-note"
              onInput={(event) => setTyped(event.currentTarget.value.toLowerCase())}
            />
            <span className="affixed__suffix">.{root.host}</span>
          </div>
          <p
            className={subdomainError === null ? "field__hint" : "field__error"}
            id="subdomain-note"
            aria-live="polite"
          >
            {subdomainError ?? "Lower-case letters, digits and hyphens."}
          </p>
        </div>
        {problem === null ? null : (
          <p className="field__error" role="alert">
            {problem}
          </p>
        )}
        <button className="button button--primary" type="submit" disabled={!ready}>
          {busy ? "Making it…" : "Make the site"}
        </button>
      </form>
    </div>
  );
}
