import { acting, newRoot } from "./dom.ts";
import { type ReactElement, StrictMode } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import type { Client } from "../../../client/core/index.ts";
import { ClientProvider } from "../../../client/react/index.ts";

/**
 * A page on React's StrictMode that renders one hook, and all that the hook has given.
 * @param render makes the component; `seen` is to be told what the hook gives at every render
 */
export class Screen<Given, Options> {
  readonly element = newRoot();
  readonly renders: Given[] = [];
  readonly #render: (options: Options, seen: (given: Given) => void) => ReactElement;
  #root: Root | undefined;
  #waiting: { condition: (given: Given) => boolean; resolve: () => void } | undefined;

  constructor(render: (options: Options, seen: (given: Given) => void) => ReactElement) {
    this.#render = render;
  }

  readonly #seen = (given: Given): void => {
    this.renders.push(given);
    if (this.#waiting?.condition(given) === true) this.#waiting.resolve();
  };

  async show(client: Client, options: Options): Promise<void> {
    const tree = (
      <StrictMode>
        <ClientProvider client={client}>{this.#render(options, this.#seen)}</ClientProvider>
      </StrictMode>
    );
    await acting(() => {
      this.#root ??= createRoot(this.element);
      this.#root.render(tree);
    });
  }

  /** What the hook gave last. */
  get given(): Given {
    const last = this.renders.at(-1);
    if (last === undefined) throw new Error("nothing is rendered yet");
    return last;
  }

  get lines(): (string | null)[] {
    return [...this.element.querySelectorAll("li")].map(({ textContent }) => textContent);
  }

  /** Waits for a render that fulfils `condition`. */
  async until(condition: (given: Given) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { condition, resolve };
    if (!condition(this.given)) await promise;
    this.#waiting = undefined;
  }

  async unmount(): Promise<void> {
    await acting(() => this.#root?.unmount());
  }
}

/** Hydrates what the server rendered. Answers what React complained of, and how to end it. */
export async function takeOver(
  html: string,
  tree: ReactElement,
): Promise<{ complaints: unknown[]; unmount: () => Promise<void> }> {
  const element = newRoot();
  element.innerHTML = html;
  const complaints: unknown[] = [];
  const root = await acting(() =>
    hydrateRoot(element, tree, { onRecoverableError: (error) => complaints.push(error) }),
  );
  return { complaints, unmount: () => acting(() => root.unmount()) };
}
