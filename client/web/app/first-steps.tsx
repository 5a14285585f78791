import { Circle, CircleCheck, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { Invitation, Member } from "../../../schema/http/admin/members.ts";
import type { Stats } from "../../../schema/http/admin/stats.ts";
import { call } from "../api.ts";
import type { Bootstrap } from "./bootstrap.ts";

/** How many days a site counts as new. */
const NEW_FOR_DAYS = 14;

/** What there is to do on a new site, until it is done or waved away. */
export function FirstSteps({ bootstrap: { tenant }, stats }: { bootstrap: Bootstrap; stats: Stats }) {
  const key = `first-steps ${tenant?.subdomain ?? ""}`;
  const [isHidden, setIsHidden] = useState(() => localStorage.getItem(key) !== null);
  const isNew = stats.accountAge < NEW_FOR_DAYS && !isHidden;
  const hasCompany = useCompany(isNew);
  const steps = [
    { label: "Write a first post", href: "/admin/posts/new", isDone: stats.postCount + stats.draftCount > 0 },
    { label: "Choose a look", href: "/admin/settings#look", isDone: hasOwnLook(tenant) },
    { label: "Invite someone", href: "/admin/members", isDone: hasCompany },
  ];
  if (!isNew || tenant === null || steps.every(({ isDone }) => isDone)) return null;
  return (
    <section className="steps" aria-labelledby="steps-title">
      <h2 className="steps__title" id="steps-title">
        {tenant.displayName} is yours. Now:
      </h2>
      <ul className="steps__list">
        {steps.map(({ label, href, isDone }) => (
          <li key={href}>
            <a className={isDone ? "step step--done" : "step"} href={href}>
              {isDone ? <CircleCheck aria-hidden="true" /> : <Circle aria-hidden="true" />}
              {label}
              {isDone ? <span className="visually-hidden">(done)</span> : null}
            </a>
          </li>
        ))}
      </ul>
      <button
        className="text-button steps__hide"
        type="button"
        aria-label="Hide these steps"
        onClick={() => {
          localStorage.setItem(key, "hidden");
          setIsHidden(true);
        }}
      >
        <X aria-hidden="true" />
      </button>
    </section>
  );
}

function hasOwnLook(tenant: Bootstrap["tenant"]): boolean {
  return tenant !== null && (tenant.theme.accent !== "moss" || tenant.theme.font !== "literata");
}

/** Whether anybody else is on the site, or invited. */
function useCompany(wanted: boolean): boolean {
  const [hasCompany, setHasCompany] = useState(false);
  useEffect(() => {
    if (!wanted) return undefined;
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      const [{ members }, { invitations }] = await Promise.all([
        call<{ members: Member[] }>("GET", "/api/admin/members", { signal: abort.signal }),
        call<{ invitations: Invitation[] }>("GET", "/api/admin/invitations", { signal: abort.signal }),
      ]);
      setHasCompany(members.length > 1 || invitations.length > 0);
    };
    // It stays a thing to do for as long as nobody can say.
    ask().catch(() => undefined);
    return () => abort.abort();
  }, [wanted]);
  return hasCompany;
}
