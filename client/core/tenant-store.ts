import type { TenantProtocol } from "../../schema/parties/tenant.ts";
import { Listeners } from "./listeners.ts";
import type { Snapshot } from "./party.ts";
import type { PartyHandle } from "./party-handle.ts";

export type TenantView = Snapshot<TenantProtocol>;

/** What a holder wants to be told of. */
export interface TenantListeners {
  /** The site's configuration is now of this version. Called once for each that was not known before. */
  configChanged(version: number): void;
}

/**
 * One site's dashboard, as one holder sees it. It does nothing until it is attached to a handle, and may be attached and
 * detached any number of times; what it knows survives that.
 */
export class TenantStore {
  readonly #listeners = new Listeners<void>();
  #view: TenantView = { state: undefined, status: "connecting", closed: undefined };

  readonly getSnapshot = (): TenantView => this.#view;
  readonly subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);

  /** Follows a handle, which it owns from now on. The returned function detaches and closes it. */
  attach(handle: PartyHandle<TenantProtocol>, listeners: TenantListeners): () => void {
    const show = (): void => {
      const before = this.#view.state?.version;
      const { state } = handle.getSnapshot();
      // A new handle knows nothing at first.
      this.#view = { ...handle.getSnapshot(), state: state ?? this.#view.state };
      this.#listeners.emit();
      if (before !== undefined && state !== undefined && state.version > before) listeners.configChanged(state.version);
    };
    handle.subscribe(show);
    show();
    return () => handle.close();
  }
}
