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
 * Mutual exclusion: one holder at a time, among threads of any process that have it, and among the asynchronous
 * parts of one thread.
 *
 * - When its holder's thread ends, however it ends, the lock is not stuck: the next one gets it and is told so
 *   (`guard.ownerDied`), to check what the lock protects.
 * - `acquireSync()` blocks the whole thread. Where the holder is another asynchronous part of the same thread it could
 *   never end, and is an error.
 * - Only the handle that holds it can give it back. (Python lets anybody.)
 * - While nobody else wants it no system call is made: 25 ns for both on the machine of the benchmarks. Waiting, it looks
 *   for some 10 us, and then sleeps. Who runs gets it before who sleeps, for 1 ms; then the sleeper goes first.
 *
 * As pthread_mutex_lock(3) with PTHREAD_MUTEX_ROBUST, and Python's `multiprocessing.Lock`. Needs `--allow-ffi`. Linux.
 *
 * The memory: the header (see shared_object.ts), and at 64 the mutex (see mutex.ts).
 *
 * @example Between processes, by name
 * ```ts
 * import { Lock } from "@ipc/ipc";
 *
 * using lock = Lock.create({ name: `accounts-${Deno.pid}` });
 * using theirs = Lock.open(`accounts-${Deno.pid}`); // In any process.
 * {
 *   using guard = await theirs.acquire({ timeout: 1000 });
 *   if (guard.ownerDied) console.log("somebody died in the middle: check the accounts");
 *   console.log(lock.tryAcquire()); // undefined
 * }
 * lock.unlink();
 * ```
 */
export class Lock extends SharedObject implements Acquirable {
  /** @internal */
  static readonly layout: Layout = { kind: "Lock", version: 1, leastSize: HEADER_SIZE + CELL };

  /** @internal */
  readonly core: LockCore;

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory);
    this.core = new LockCore(memory, HEADER_SIZE, this.doorbell, describeObject("Lock", memory.name), false);
    this.core.owner = this;
  }

  /**
   * Makes one, free.
   *
   * @throws {Deno.errors.AlreadyExists} The name is taken
   */
  static create(options: SharedObjectOptions = {}): Lock {
    return new Lock(createObject(Lock.layout, Lock.layout.leastSize, options));
  }

  /**
   * Acquires it when it can. One handle may be waited for by many; they get it one after the other.
   *
   * @throws {Deno.errors.TimedOut} It was not free within `timeout`
   * @throws {Deno.errors.BadResource} It is closed, or was closed meanwhile
   */
  acquire(options?: WaitOptions): Promise<LockGuard> {
    return this.core.acquire(options);
  }

  /**
   * Acquires it, or blocks this thread until it can.
   *
   * @throws {Deno.errors.Busy} With `code` "EDEADLK": this thread holds it
   * @throws {Deno.errors.TimedOut} It was not free within `timeout`
   */
  acquireSync(options?: SyncWaitOptions): LockGuard {
    return this.core.acquireSync(options);
  }

  /** Acquires it if it is free now; undefined when it is not. */
  tryAcquire(): LockGuard | undefined {
    return this.core.tryAcquire();
  }

  /**
   * Gives it back. Its guard does the same.
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
