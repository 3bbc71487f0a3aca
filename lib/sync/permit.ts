/** What a permit is of. */
interface Giver {
  giveBack(): void;
}

/**
 * A permit of a {@linkcode Semaphore}: disposing it gives it back, once; a second time does nothing.
 *
 * @example
 * ```ts
 * import { Semaphore } from "@ipc/ipc";
 *
 * using permits = Semaphore.create({ value: 2 });
 * const permit = permits.acquireSync();
 * permit.release();
 * permit.release();
 * console.log(permits.value); // 2
 * ```
 */
export class Permit implements Disposable {
  #of: Giver | undefined;

  /** @internal */
  constructor(of: Giver) {
    this.#of = of;
  }

  /** Gives it back. Once or often. */
  release(): void {
    const of = this.#of;
    this.#of = undefined;
    of?.giveBack();
  }

  /** For `using`: as release. */
  [Symbol.dispose](): void {
    this.release();
  }
}
