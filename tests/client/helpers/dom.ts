import { act } from "react";
import { Window } from "happy-dom";

/**
 * Puts a document into Node's globals, and only what React needs of it: sockets, events and timers stay Node's own.
 * Must be imported before react-dom, which looks for a document when it is loaded.
 */
const window = new Window({ url: "http://alice.localhost/" });
Object.assign(globalThis, { window, document: window.document });

/** A fresh element in the document. */
export function newRoot(): HTMLElement {
  const root = document.createElement("div");
  document.body.append(root);
  return root;
}

/**
 * React's `act`, for what a person does: all that follows from it is rendered when the promise resolves. Outside of
 * it React renders on its own, as it must for what comes from a socket.
 */
export async function acting<T>(does: () => T | Promise<T>): Promise<T> {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  try {
    return await act(async () => does());
  } finally {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false });
  }
}
