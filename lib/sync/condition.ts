import { timedOut } from "../errors.ts";
import { checkWait, countOf, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import type { SharedToken } from "../primitives/shared_memory_token.ts";
import { checkOpen, describeObject } from "./describe_object.ts";
import { type Acquirable, LockCore } from "./lock_core.ts";
import type { LockGuard } from "./lock_guard.ts";
import { CELL } from "./robust_list.ts";
import { type Seat, Seats } from "./seats.ts";
import {
  createObject,
  HEADER_SIZE,
  invalidObject,
  type Layout,
  PARAMETERS,
  SharedObject,
  type SharedObjectClass,
  type SharedObjectOptions,
} from "./shared_object.ts";

/** Options to open a {@linkcode Condition}. */
export interface ConditionOpenOptions {
  /** The lock that it was made with, as this thread has it. Not for one that has a lock of its own. */
  lock?: Acquirable | undefined;
}

/** Options of {@linkcode Condition.create}. */
export interface ConditionOptions extends SharedObjectOptions {
  /**
   * The {@linkcode Lock} or {@linkcode RLock} that protects what is waited for. Several conditions can have the same.
   * Default: an RLock of its own.
   */
  lock?: Acquirable | undefined;
  /** How many can wait at a time, in all threads and processes. Default: 256. */
  maxWaiters?: number | undefined;
}

const DEFAULT_WAITERS = 256;
const MOST_WAITERS = 1 << 16;

const SEATS = PARAMETERS;
/** Where the mutex of its own lock is, and the control cell. */
const LOCK = HEADER_SIZE;
const CONTROL = LOCK + CELL;
/** Which lock it was made with: text, padded with zeros; all zeros when it has its own. */
const IDENTITY = CONTROL + CELL;
const IDENTITY_SIZE = 2 * CELL;
const FIRST_SEAT = IDENTITY + IDENTITY_SIZE;

/** How many conditions a lock came to this process with that are not closed. */
const conditionsWith = new WeakMap<SharedObject, number>();

/**
 * Waiting, with a lock held, until what it protects has changed: `wait()` gives the lock up, sleeps until somebody calls
 * `notify()`, and has the lock again when it returns, whatever happens.
 *
 * - Others may come in before: look again, in a loop, or use `waitFor()`.
 * - The lock comes back in any case: after a time-out or an abort, too, `wait()` waits for it without a limit.
 * - Who was killed while it waited is not counted: its notification goes to another, within 250 ms if it was called
 *   just before it died.
 * - `guard.ownerDied` tells, after `wait()`, when somebody died with the lock meanwhile.
 *
 * It can be acquired like its lock. As an argument of a {@linkcode Process} it takes that along: they arrive as one and the
 * same lock when it is an argument, too. As Python's `multiprocessing.Condition`. Needs `--allow-ffi`. Linux.
 *
 * | offset | type | what |
 * | --- | --- | --- |
 * | 0 | | the header (see shared_object.ts) |
 * | 24 | u32 | how many seats there are |
 * | 64 | | the mutex of its own lock (see mutex.ts) |
 * | 128 | | the control cell of the seats (see seats.ts) |
 * | 192 | text | which lock it was made with, padded with zeros; zeros alone: its own |
 * | 320 | | the seats |
 *
 * @example
 * ```ts
 * import { Condition, SharedValue } from "@ipc/ipc";
 *
 * using changed = Condition.create();
 * using count = SharedValue.create({ type: "int32" });
 *
 * async function taker(): Promise<void> { // In any process.
 *   using theirs = Condition.from(changed.share());
 *   using _ = await theirs.acquire();
 *   await theirs.waitFor(() => count.value > 0, { timeout: 5000 });
 *   count.value--;
 * }
 * const taking = taker();
 * {
 *   using _ = await changed.acquire();
 *   count.value++;
 *   changed.notify();
 * }
 * await taking;
 * console.log(count.value); // 0
 * ```
 */
export class Condition extends SharedObject implements Acquirable {
  /** @internal */
  static readonly layout: Layout = { kind: "Condition", version: 1, leastSize: FIRST_SEAT + CELL };

  readonly #called: string;
  readonly #seats: Seats;
  readonly #madeWith: string;
  readonly #own: LockCore | undefined;
  #lock: LockCore | undefined;
  /** The handle of its lock, when both came to this process together. */
  #lockThatCame: SharedObject | undefined;

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory);
    this.#called = describeObject("Condition", memory.name);
    const seats = new DataView(memory.buffer, 0, HEADER_SIZE).getUint32(SEATS, true);
    if (FIRST_SEAT + seats * CELL !== memory.size) {
      throw invalidObject("Condition", memory.name, `${seats} seats do not take ${memory.size} bytes`);
    }
    this.#madeWith = new TextDecoder().decode(new Uint8Array(memory.buffer, IDENTITY, IDENTITY_SIZE).slice())
      .split("\0")[0]!;
    if (this.#madeWith === "") {
      this.#own = new LockCore(memory, LOCK, this.doorbell, `the lock of ${this.#called}`, true);
    }
    this.#lock = this.#own;
    this.#seats = new Seats(memory, this.doorbell, CONTROL, FIRST_SEAT, seats, this.#called);
  }

  /**
   * Makes one.
   *
   * @throws {TypeError} The lock is none
   * @throws {Deno.errors.AlreadyExists} The name is taken
   */
  static create(options: ConditionOptions = {}): Condition {
    const waiters = countOf("maxWaiters", options.maxWaiters ?? DEFAULT_WAITERS, 1);
    if (waiters > MOST_WAITERS) {
      throw new RangeError(`The option maxWaiters takes ${MOST_WAITERS} at most, and got ${waiters}`);
    }
    const lock = options.lock === undefined ? undefined : coreOf(options.lock);
    const size = FIRST_SEAT + waiters * CELL;
    const made = new Condition(createObject(Condition.layout, size, options, (buffer) => {
      new DataView(buffer).setUint32(SEATS, waiters, true);
      if (lock !== undefined) {
        new Uint8Array(buffer, IDENTITY, IDENTITY_SIZE).set(new TextEncoder().encode(lock.identity));
      }
    }));
    made.#lock ??= lock;
    return made;
  }

  /**
   * Opens it by its name, with the lock that it was made with, unless that is its own.
   *
   * @throws {TypeError} It was made with another lock
   * @throws {Deno.errors.NotFound} There is no such name
   */
  static override open<T extends SharedObject>(
    this: SharedObjectClass<T>,
    name: string,
    options: ConditionOpenOptions = {},
  ): T {
    return withLock(super.open.call(this, name) as T, options);
  }

  /** In a child: the one that the parent handed over under this number, with the lock that it was made with. */
  static override inherited<T extends SharedObject>(
    this: SharedObjectClass<T>,
    fd: number,
    options: ConditionOpenOptions = {},
  ): T {
    return withLock(super.inherited.call(this, fd) as T, options);
  }

  /** Takes part in one that was shared, with the lock that it was made with. */
  static override from<T extends SharedObject>(
    this: SharedObjectClass<T>,
    source: SharedToken | ReceivedDescriptor,
    options: ConditionOpenOptions = {},
  ): T {
    return withLock(super.from.call(this, source) as T, options);
  }

  /** @internal */
  useLock(lock: Acquirable): void {
    const core = coreOf(lock);
    if (core.identity !== this.#madeWith) {
      const why = this.#own === undefined ? "it was made with another lock" : "it has a lock of its own";
      throw new TypeError(`Cannot use this lock for ${this.#called}: ${why}`);
    }
    this.#lock = core;
  }

  /**
   * The handle that has its lock, which goes with it to another process; undefined: the lock is its own.
   *
   * @internal
   */
  get lockOwner(): SharedObject | undefined {
    const { owner } = this.#core();
    return owner;
  }

  /**
   * Uses the lock of a handle that came with it. A Lock or RLock is closed with the last condition that it came with.
   *
   * @internal
   */
  useLockThatCame(owner: SharedObject): void {
    checkOpen(this, this.#called);
    const { lock = owner } = owner as SharedObject & { lock?: unknown };
    this.useLock(lock as Acquirable);
    if (lock !== owner) return; // Numbers are used for more than their lock.
    conditionsWith.set(owner, (conditionsWith.get(owner) ?? 0) + 1);
    this.#lockThatCame = owner;
  }

  /** Acquires its lock. See {@linkcode Lock.acquire}. */
  acquire(options?: WaitOptions): Promise<LockGuard> {
    return this.#core().acquire(options);
  }

  /** Acquires its lock, or blocks this thread until it can. See {@linkcode Lock.acquireSync}. */
  acquireSync(options?: SyncWaitOptions): LockGuard {
    return this.#core().acquireSync(options);
  }

  /** Acquires its lock if that is possible now. */
  tryAcquire(): LockGuard | undefined {
    return this.#core().tryAcquire();
  }

  /** Gives its lock back. */
  release(): void {
    this.#core().release();
  }

  /** Whether this handle holds its lock. */
  get held(): boolean {
    return this.#core().held;
  }

  /**
   * Waits until it is notified. The lock is given up meanwhile, as a whole, and held again afterwards.
   *
   * @throws {Deno.errors.BadResource} With `code` "EPERM": this handle does not hold the lock
   * @throws {Deno.errors.TimedOut} Nobody notified it within `timeout`
   * @throws {Deno.errors.Busy} `maxWaiters` wait
   */
  async wait(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    const lock = this.#locked("wait for");
    const seat = this.#sit();
    const suspended = lock.suspend();
    let followed = false;
    try {
      let failure: { error: unknown } | undefined;
      try {
        await this.#seats.wait(() => this.#look(seat), options, (timeout) => this.#late(timeout));
      } catch (error) {
        failure = { error };
      }
      await lock.resume(suspended);
      followed = true;
      if (failure !== undefined && (this.closed || !this.#seats.isCalled(seat))) throw failure.error;
    } finally {
      this.#leave(seat, followed);
    }
  }

  /** The same, blocking this thread. See {@linkcode Condition.wait}. */
  waitSync(options: SyncWaitOptions = {}): void {
    const timeout = timeoutOf(options);
    const lock = this.#locked("wait for");
    const seat = this.#sit();
    const suspended = lock.suspend();
    let followed = false;
    try {
      let failure: { error: unknown } | undefined;
      try {
        this.#seats.waitSync(() => this.#look(seat), timeout, (timeout) => this.#late(timeout));
      } catch (error) {
        failure = { error };
      }
      lock.resumeSync(suspended);
      followed = true;
      if (failure !== undefined && !this.#seats.isCalled(seat)) throw failure.error;
    } finally {
      this.#leave(seat, followed);
    }
  }

  /**
   * Waits until `predicate` returns something true, and returns it. It is called with the lock held.
   *
   * @throws {Deno.errors.TimedOut} It did not within `timeout`, which counts the whole time
   */
  async waitFor<T>(predicate: () => T, options: WaitOptions = {}): Promise<T> {
    checkWait(options);
    const timeout = timeoutOf(options);
    const end = performance.now() + timeout;
    this.#locked("wait for");
    for (let found = predicate();; found = predicate()) {
      if (found) return found;
      const left = end - performance.now();
      if (left <= 0) throw this.#late(timeout);
      await this.wait({ ...options, timeout: left }).catch((error) => {
        if (!(error instanceof Deno.errors.TimedOut) || left === Infinity) throw error;
      });
    }
  }

  /** The same, blocking this thread. See {@linkcode Condition.waitFor}. */
  waitForSync<T>(predicate: () => T, options: SyncWaitOptions = {}): T {
    const timeout = timeoutOf(options);
    const end = performance.now() + timeout;
    this.#locked("wait for");
    for (let found = predicate();; found = predicate()) {
      if (found) return found;
      const left = end - performance.now();
      if (left <= 0) throw this.#late(timeout);
      try {
        this.waitSync({ timeout: left });
      } catch (error) {
        if (!(error instanceof Deno.errors.TimedOut)) throw error;
      }
    }
  }

  /**
   * Wakes `count` of those that wait, who came first in front. They go on when the lock is given back.
   *
   * @throws {Deno.errors.BadResource} With `code` "EPERM": this handle does not hold the lock
   */
  notify(count = 1): void {
    countOf("count", count, 1);
    this.#locked("notify");
    this.#call(count);
  }

  /** Wakes all that wait. */
  notifyAll(): void {
    this.#locked("notify");
    this.#call(Infinity);
  }

  /**
   * Gives this handle up: who waits with it is not counted any more. A lock of its own that it holds, too; and a Lock or
   * RLock that came with it, as an argument of a {@linkcode Process}, when no other condition that came with it is left.
   */
  override close(): void {
    if (!this.closed) {
      for (const seat of [...this.#seats.mine]) this.#leave(seat, false);
      this.#seats.close();
      this.#own?.close();
      this.#closeLock();
    }
    super.close();
  }

  #closeLock(): void {
    const owner = this.#lockThatCame;
    if (owner === undefined) return;
    const left = conditionsWith.get(owner)! - 1;
    conditionsWith.set(owner, left);
    if (left === 0) owner.close();
  }

  #core(): LockCore {
    checkOpen(this, this.#called);
    if (this.#lock === undefined) {
      throw new TypeError(
        `Cannot use ${this.#called} without the lock that it was made with: give it as { lock } where it is opened`,
      );
    }
    return this.#lock;
  }

  #locked(action: string): LockCore {
    const lock = this.#core();
    if (!lock.held) throw lock.notHeld(`${action} ${this.#called} without`);
    return lock;
  }

  #sit(): Seat {
    this.#call(0);
    return this.#seats.enter(() => this.#seats.sit());
  }

  #look(seat: Seat): true | undefined {
    checkOpen(this, this.#called);
    if (this.#seats.isCalled(seat)) return true;
    this.#call(0);
    return this.#seats.isCalled(seat) ? true : undefined;
  }

  /** Calls so many, and one more for each that was called and died. */
  #call(count: number): void {
    const called = this.#seats.enter(() => {
      const all = count + this.#seats.sweep();
      if (all === 0) return false;
      for (const each of this.#seats.waiting().slice(0, all)) this.#seats.call(each);
      return true;
    });
    if (called) this.#seats.notify();
  }

  /** Gets up; when it was called and has not followed, another is called. */
  #leave(seat: Seat, followed: boolean): void {
    if (this.closed) return;
    const pass = this.#seats.enter(() => {
      const called = this.#seats.isCalled(seat);
      this.#seats.leave(seat);
      return called && !followed;
    });
    if (pass) this.#call(1);
  }

  #late(timeout: number): Error {
    return timedOut(`Cannot wait for ${this.#called}`, "nobody notified it", timeout);
  }
}

function withLock<T>(opened: T, { lock }: ConditionOpenOptions): T {
  const condition = opened as unknown as Condition;
  try {
    if (lock !== undefined) condition.useLock(lock);
  } catch (error) {
    condition.close();
    throw error;
  }
  return opened;
}

/** The lock in something that can be acquired. */
function coreOf(lock: unknown): LockCore {
  const core = lock instanceof LockCore ? lock : (lock as { core?: unknown } | null)?.core;
  if (core instanceof LockCore) return core;
  throw new TypeError("The option lock takes a Lock or an RLock");
}
