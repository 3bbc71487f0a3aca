import type { SharedMemory } from "../primitives/shared_memory.ts";
import { createSemaphore, Semaphore, type SemaphoreOptions } from "./semaphore.ts";
import type { Layout } from "./shared_object.ts";

/**
 * A {@linkcode Semaphore} that never has more permits than at first: one `release()` too many is an error, and not a
 * permit more. Only who holds a permit can give it back, unless it is made with `owned: false`.
 *
 * As Python's `multiprocessing.BoundedSemaphore`. Needs `--allow-ffi`. Linux. The memory is that of a Semaphore.
 *
 * @example
 * ```ts
 * import { BoundedSemaphore } from "@ipc/ipc";
 *
 * using permits = BoundedSemaphore.create({ value: 2 });
 * permits.acquireSync();
 * permits.release();
 * try {
 *   permits.release();
 * } catch (error) {
 *   console.log((error as Error).message); // Cannot release BoundedSemaphore: there would be more permits than its bound, 2
 * }
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  /** @internal */
  static override readonly layout: Layout = { ...Semaphore.layout, kind: "BoundedSemaphore" };

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory, BoundedSemaphore.layout);
  }

  /**
   * Makes one.
   *
   * @throws {RangeError} A value that is not a whole number from 1 to 2147483647
   * @throws {Deno.errors.AlreadyExists} The name is taken
   */
  static override create(options: SemaphoreOptions = {}): BoundedSemaphore {
    return new BoundedSemaphore(createSemaphore(BoundedSemaphore.layout, options, true));
  }
}
