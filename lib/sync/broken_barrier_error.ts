/**
 * Nobody will come: the {@linkcode Barrier} was broken by a time-out, an abort or `abort()`, or it was reset.
 *
 * @example
 * ```ts
 * import { Barrier, BrokenBarrierError } from "@ipc/ipc";
 *
 * using barrier = Barrier.create({ parties: 2 });
 * const waiting = barrier.wait().catch((error) => error instanceof BrokenBarrierError);
 * barrier.abort();
 * console.log(await waiting); // true
 * ```
 */
export class BrokenBarrierError extends Error {
  /** "BrokenBarrierError" */
  override readonly name = "BrokenBarrierError";
}
