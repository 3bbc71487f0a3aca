/**
 * How a reference was given up: its receiver disposed of it, its receiver's garbage collector found that nobody uses it, or
 * the connection ended.
 */
export type ReleaseReason = "disposed" | "forgotten" | "ended";

/**
 * A value that travels by reference: made by {@linkcode byReference}, it arrives at the other side of a connection as a
 * {@linkcode RemoteReference}.
 *
 * @example
 * ```ts
 * import { byReference, connectionPair, expose, type Reference, wrap } from "@ipc/ipc";
 *
 * class Counter {
 *   count = 0;
 *   increment = () => ++this.count;
 * }
 * const [here, there] = connectionPair();
 * void expose({ counter: (): Reference<Counter> => byReference(new Counter()) }, there);
 * const counter = await wrap<{ counter(): Reference<Counter> }>(here).counter();
 * console.log(await counter.increment(), await counter.count);
 * here.close();
 * ```
 */
export class Reference<T extends object> {
  /** @internal */
  readonly value: T;
  /** @internal */
  readonly released: ((how: ReleaseReason) => void) | undefined;

  /** @internal */
  constructor(value: T, released?: (how: ReleaseReason) => void) {
    this.value = value;
    this.released = released;
  }
}

/** Options of {@linkcode byReference}. */
export interface ReferenceOptions {
  /** Called when the receiver has given the reference up. */
  released?: ((how: ReleaseReason) => void) | undefined;
}

/**
 * Makes an argument or a result of a remote call travel by reference: it stays here, and the other side calls its
 * methods. Functions and async iterables do so by themselves.
 *
 * @example
 * ```ts
 * import { byReference, connectionPair, expose, type Reference, wrap } from "@ipc/ipc";
 *
 * const session = { user: "me" };
 * const api = { open: (): Reference<typeof session> => byReference(session, { released: () => console.log("over") }) };
 * const [here, there] = connectionPair();
 * void expose(api, there);
 * {
 *   using remote = await wrap<typeof api>(here).open();
 *   console.log(await remote.user);
 * }
 * await wrap<typeof api>(here).open();
 * here.close();
 * ```
 */
export function byReference<T extends object>(value: T, options: ReferenceOptions = {}): Reference<T> {
  return new Reference(value, options.released);
}
