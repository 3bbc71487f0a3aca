import type { SyncWaitOptions, WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { describeObject } from "./describe_object.ts";
import { type Acquirable, LockCore } from "./lock_core.ts";
import type { LockGuard } from "./lock_guard.ts";
import { CELL } from "./robust_list.ts";
import {
  createObject,
  HEADER_SIZE,
  type Layout,
  SharedObject,
  type SharedObjectOptions,
} from "./shared_object.ts";

/**
 * A {@linkcode Lock} that the handle which holds it can acquire again, and must give back as often.
 *
 * The owner is the handle: its asynchronous parts do not exclude each other. Open it twice, or use a Lock, where
 * they must.
 *
 * As Python's `multiprocessing.RLock`. Needs `--allow-ffi`. Linux. The memory is that of a Lock: how often it was
 * acquired is known to its holder alone.
 *
 * @example
 * ```ts
 * import { RLock } from "@ipc/ipc";
 *
 * using lock = RLock.create();
 * function add(): void {
 *   using _ = lock.acquireSync();
 * }
 * function addTwice(): void {
 *   using _ = lock.acquireSync();
 *   add();
 *   add();
 * }
 * addTwice();
 * console.log(lock.held); // false
 * ```
 */
export class RLock extends SharedObject implements Acquirable {
  /** @internal */
  static readonly layout: Layout = { kind: "RLock", version: 1, leastSize: HEADER_SIZE + CELL };

  /** @internal */
  readonly core: LockCore;

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory);
    this.core = new LockCore(memory, HEADER_SIZE, this.doorbell, describeObject("RLock", memory.name), true);
    this.core.owner = this;
  }

  /**
   * Makes one, free.
   *
   * @throws {Deno.errors.AlreadyExists} The name is taken
   */
  static create(options: SharedObjectOptions = {}): RLock {
    return new RLock(createObject(RLock.layout, RLock.layout.leastSize, options));
  }

  /** Acquires it when it can: at once when this handle holds it. See {@linkcode Lock.acquire}. */
  acquire(options?: WaitOptions): Promise<LockGuard> {
    return this.core.acquire(options);
  }

  /** Acquires it, or blocks this thread until it can. See {@linkcode Lock.acquireSync}. */
  acquireSync(options?: SyncWaitOptions): LockGuard {
    return this.core.acquireSync(options);
  }

  /** Acquires it if that is possible now; undefined when another handle holds it. */
  tryAcquire(): LockGuard | undefined {
    return this.core.tryAcquire();
  }

  /**
   * Gives it back once. Its guards do the same.
   *
   * @throws {Deno.errors.BadResource} With `code` "EPERM": this handle does not hold it
   */
  release(): void {
    this.core.release();
  }

  /** Whether this handle holds it. */
  get held(): boolean {
    return this.core.held;
  }

  /** Gives this handle up. A lock that it holds is given up as if this thread had ended. Once or often. */
  override close(): void {
    this.core.close();
    super.close();
  }
}
