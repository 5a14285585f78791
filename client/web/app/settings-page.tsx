import { Check, LoaderCircle } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { AdminConfig, ConfigChanges } from "../../../schema/http/admin/config.ts";
import { useTenantDashboard } from "../../react/index.ts";
import { messageOf } from "../api.ts";
import type { Bootstrap } from "./bootstrap.ts";
import { DiscussionSettings } from "./discussion-settings.tsx";
import { EditorSettings } from "./editor-settings.tsx";
import { LookSettings } from "./look-settings.tsx";
import { Optimistic, useOptimistic } from "./optimistic.ts";
import { SectionsSettings } from "./sections-settings.tsx";
import { reloadSections, type SectionsStore } from "./sections-store.ts";
import { changeConfig, type ConfigStore, loadConfig, newer } from "./site-config.ts";
import { SiteSettings } from "./site-settings.tsx";
import { Failure, Skeleton } from "./states.tsx";
import { TierSettings } from "./tier-settings.tsx";
import { useLoad } from "./use-load.ts";

interface SettingsPageProps {
  bootstrap: Bootstrap;
  sections: SectionsStore;
}

/** Everything that a site's owner decides. What is chosen shows at once. */
export function SettingsPage({ bootstrap, sections }: SettingsPageProps) {
  const { loaded, reload } = useLoad(useCallback((signal: AbortSignal) => loadConfig(signal), []));
  if (loaded.state === "ready")
    return <Settings bootstrap={bootstrap} sections={sections} initial={loaded.value} key={loaded.value.subdomain} />;
  return (
    <div className="column">
      <SettingsHead />
      {loaded.state === "loading" ? (
        <Skeleton rows={6} />
      ) : (
        <Failure error={loaded.error} onRetry={reload} signInUrl={bootstrap.signInUrl} />
      )}
    </div>
  );
}

function SettingsHead() {
  return (
    <div className="masthead">
      <div>
        <h1 className="masthead__title">Settings</h1>
        <p className="card-page__text">They hold at once, for you and for your readers.</p>
      </div>
    </div>
  );
}

/** What each part of the settings gets. */
export interface SettingsPart {
  config: AdminConfig;
  change: (changes: ConfigChanges) => void;
}

function Settings({ bootstrap, sections, initial }: SettingsPageProps & { initial: AdminConfig }) {
  const [store] = useState<ConfigStore>(() => new Optimistic(initial));
  const { value: config, isSaving } = useOptimistic(store);
  const [wasChanged, setWasChanged] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useFollowed(store, sections, config.subdomain);
  useLook(config);
  // What the address names is only now on the page.
  useEffect(() => document.getElementById(location.hash.slice(1))?.scrollIntoView(), []);

  const change = (changes: ConfigChanges): void => {
    const attempt = async (): Promise<void> => {
      setWasChanged(true);
      try {
        await changeConfig(store, changes);
      } catch (error) {
        setWasChanged(false);
        setProblem(messageOf(error));
      }
    };
    void attempt();
  };
  const part: SettingsPart = { config, change };

  return (
    <div className="column settings">
      <SettingsHead />
      <Outcome isSaving={isSaving} wasChanged={wasChanged} problem={problem} onDismiss={() => setProblem(null)} />
      <Group id="site" title="The site">
        <SiteSettings {...part} />
      </Group>
      <Group id="look" title="Look">
        <LookSettings {...part} />
      </Group>
      <Group id="discussion" title="Discussion">
        <DiscussionSettings {...part} />
      </Group>
      <Group id="editor" title="Editor">
        <EditorSettings {...part} />
      </Group>
      <Group id="sections" title="Sections" hint="What the sidebar of this app shows, and in which order.">
        <SectionsSettings store={sections} limits={config.limits} />
      </Group>
      <Group id="tier" title="Tier" hint="What the site may have and do.">
        <TierSettings {...part} isOperator={(bootstrap.viewer?.account.role ?? "user") !== "user"} />
      </Group>
    </div>
  );
}

function Group({ id, title, hint, children }: { id: string; title: string; hint?: string; children: ReactNode }) {
  return (
    <section className="block settings__group" id={id} aria-labelledby={`${id}-title`}>
      <div>
        <h2 className="block__title" id={`${id}-title`}>
          {title}
        </h2>
        {hint === undefined ? null : <p className="field__hint">{hint}</p>}
      </div>
      {children}
    </section>
  );
}

/** Follows what others change meanwhile. */
function useFollowed(config: ConfigStore, sections: SectionsStore, subdomain: string): void {
  const asked = useRef(0);
  const follow = async (): Promise<void> => {
    asked.current += 1;
    const turn = asked.current;
    const [told] = await Promise.all([loadConfig(), reloadSections(sections, () => turn === asked.current)]);
    config.learn(newer(told));
  };
  useTenantDashboard({
    subdomain,
    onConfigChanged: (version) => {
      // What cannot be asked for now is asked for at the next change, or when the page is loaded anew.
      if (version > config.getSnapshot().value.version) follow().catch(() => undefined);
    },
  });
}

/** Shows the page in the site's look and under its name, as its readers will see it. */
function useLook({ displayName, theme: { accent, font } }: AdminConfig): void {
  useLayoutEffect(() => {
    const { dataset } = document.documentElement;
    dataset["accent"] = accent;
    dataset["font"] = font;
    for (const place of document.querySelectorAll("[data-site-name]")) place.textContent = displayName;
  }, [accent, font, displayName]);
}

interface OutcomeProps {
  isSaving: boolean;
  wasChanged: boolean;
  problem: string | null;
  onDismiss: () => void;
}

/** Whether what was changed has arrived. It stays in sight, and its place is kept. */
function Outcome({ isSaving, wasChanged, problem, onDismiss }: OutcomeProps) {
  return (
    <div className="settings__outcome">
      {problem === null ? null : (
        <p className="notice notice--error" role="alert">
          <span>That could not be saved, and was taken back: {problem}</span>
          <button className="button button--small" type="button" onClick={onDismiss}>
            Dismiss
          </button>
        </p>
      )}
      <p className="saved" role="status">
        {isSaving ? (
          <>
            <LoaderCircle className="turning" aria-hidden="true" /> Saving…
          </>
        ) : wasChanged ? (
          <>
            <Check aria-hidden="true" /> Saved
          </>
        ) : null}
      </p>
    </div>
  );
}
