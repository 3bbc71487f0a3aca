/** What a guard gives back to. */
export interface Guarded {
  /** Ends the hold with this number, if it lasts still. */
  endHold(hold: number): void;
  /** Whether, in this hold, the lock came from an owner that had died. */
  ownerDiedIn(hold: number): boolean;
}

/**
 * A lock that is held: disposing it gives the lock back, once; a second time does nothing.
 *
 * `using` is the safe way, and takes 0.1 us; `guard.release()`, in a `finally`, takes a quarter of it.
 *
 * @example
 * ```ts
 * import { Lock } from "@ipc/ipc";
 *
 * using lock = Lock.create();
 * const guard = await lock.acquire();
 * try {
 *   console.log(guard.ownerDied); // false
 * } finally {
 *   guard.release();
 * }
 * ```
 */
export class LockGuard implements Disposable {
  readonly #lock: Guarded;
  readonly #hold: number;
  readonly #ownerDied: boolean;
  #done = false;

  /** @internal */
  constructor(lock: Guarded, hold: number, ownerDied: boolean) {
    this.#lock = lock;
    this.#hold = hold;
    this.#ownerDied = ownerDied;
  }

  /**
   * Whether the owner before died, or closed its handle, without giving the lock back: what the lock protects may be
   * half done, and is to be checked. It is said once; after `wait()` of a {@linkcode Condition}, of the time of that, too.
   */
  get ownerDied(): boolean {
    return this.#ownerDied || this.#lock.ownerDiedIn(this.#hold);
  }

  /** Gives the lock back. Once or often. */
  release(): void {
    if (this.#done) return;
    this.#done = true;
    this.#lock.endHold(this.#hold);
  }

  /** For `using`: as release. */
  [Symbol.dispose](): void {
    this.release();
  }
}
