import { busy, notOurs, timedOut } from "../errors.ts";
import { checkWait, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import type { Doorbell } from "../primitives/inotify.ts";
import { type Guarded, LockGuard } from "./lock_guard.ts";
import { Mutex } from "./mutex.ts";
import type { Region } from "./robust_list.ts";
import type { SharedObject } from "./shared_object.ts";

/** What can be acquired and given back: a {@linkcode Lock}, an {@linkcode RLock}, or the lock that is part of something. */
export interface Acquirable {
  /** Acquires it when it can. */
  acquire(options?: WaitOptions): Promise<LockGuard>;
  /** Acquires it, or blocks this thread until it can. */
  acquireSync(options?: SyncWaitOptions): LockGuard;
  /** Acquires it if that is possible now. */
  tryAcquire(): LockGuard | undefined;
  /** Gives it back, once for each time that it was acquired. */
  release(): void;
  /** Whether this handle holds it. */
  readonly held: boolean;
}

/** A hold that was given up for a while. */
interface Suspended {
  readonly hold: number;
  readonly depth: number;
}

/** A lock in a cell of shared memory, as one handle has it. */
export class LockCore implements Acquirable, Guarded {
  /** The handle that it is a part of, which can be sent to another process; none for the lock of a Condition's own. */
  owner: SharedObject | undefined;
  readonly #mutex: Mutex;
  readonly #name: string;
  /** Whether the handle that holds it can acquire it again. */
  readonly #recursive: boolean;
  /** Of this hold, or 0: a guard of an earlier one gives nothing back. */
  #hold = 0;
  #holds = 0;
  #depth = 0;
  /** The last hold that was resumed after an owner had died. */
  #diedIn = 0;

  constructor(region: Region, offset: number, doorbell: Doorbell, name: string, recursive: boolean) {
    this.#mutex = new Mutex(region, offset, doorbell);
    this.#name = name;
    this.#recursive = recursive;
  }

  get held(): boolean {
    return this.#hold !== 0;
  }

  /** What tells it from other locks, in every process. */
  get identity(): string {
    return `${this.#mutex.region.identity}@${this.#mutex.place}`;
  }

  acquireSync(options?: SyncWaitOptions): LockGuard {
    if (options !== undefined || !this.#mutex.tryLockFast()) return this.#acquireSlow(options ?? {});
    return this.#guard();
  }

  tryAcquire(): LockGuard | undefined {
    if (this.#mutex.tryLock()) return this.#guard();
    this.#check();
    return this.#recursive && this.#hold !== 0 ? this.#guardAgain() : undefined;
  }

  async acquire(options: WaitOptions = {}): Promise<LockGuard> {
    checkWait(options);
    const guard = this.tryAcquire();
    if (guard !== undefined) return guard;
    await this.#mutex.lock(options, () => this.#check(), (timeout) => this.#late(timeout));
    this.#check();
    return this.#guard();
  }

  release(): void {
    this.#check();
    if (this.#hold === 0) throw this.notHeld("release");
    this.endHold(this.#hold);
  }

  endHold(hold: number): void {
    if (hold !== this.#hold || --this.#depth > 0) return;
    this.#hold = 0;
    this.#mutex.unlock();
  }

  ownerDiedIn(hold: number): boolean {
    return hold === this.#diedIn;
  }

  /** Gives it up as a whole, in the middle of a hold. */
  suspend(): Suspended {
    const suspended = { hold: this.#hold, depth: this.#depth };
    this.#hold = 0;
    this.#mutex.unlock();
    return suspended;
  }

  /** Goes on with the hold, however long it takes to get it. */
  resumeSync(suspended: Suspended): void {
    this.#check();
    this.#mutex.lockSync(Infinity);
    this.#resume(suspended);
  }

  /** The same on the event loop. */
  async resume(suspended: Suspended): Promise<void> {
    this.#check();
    if (!this.#mutex.tryLock()) {
      await this.#mutex.lock({}, () => this.#check(), (timeout) => this.#late(timeout));
    }
    this.#check();
    this.#resume(suspended);
  }

  /** Ends this handle's use. What it holds is given up as if its owner had died. */
  close(): void {
    this.#hold = 0;
    this.#mutex.close();
  }

  /** The error of giving back, or using, what this handle does not hold. */
  notHeld(action: string): Error {
    const error = new Deno.errors.BadResource(`Cannot ${action} ${this.#name}: this handle does not hold it`);
    return Object.assign(error, { code: "EPERM" });
  }

  #acquireSlow(options: SyncWaitOptions): LockGuard {
    const timeout = timeoutOf(options);
    const guard = this.tryAcquire();
    if (guard !== undefined) return guard;
    if (this.#mutex.heldByThread()) {
      const error = busy(
        `Cannot acquire ${this.#name}`,
        "this thread holds it, and would wait for itself for ever; acquire() waits for another part of the program",
      );
      throw Object.assign(error, { code: "EDEADLK" });
    }
    if (!this.#mutex.lockSync(timeout)) throw this.#late(timeout);
    return this.#guard();
  }

  #guard(): LockGuard {
    const { ownerDied } = this.#mutex;
    this.#depth = 1;
    return new LockGuard(this, this.#hold = ++this.#holds, ownerDied);
  }

  #guardAgain(): LockGuard {
    this.#depth++;
    return new LockGuard(this, this.#hold, false);
  }

  #resume({ hold, depth }: Suspended): void {
    this.#hold = hold;
    this.#depth = depth;
    if (this.#mutex.ownerDied) this.#diedIn = hold;
  }

  #check(): void {
    if (this.#mutex.closed) throw notOurs(`Cannot use ${this.#name}`, "it is closed");
  }

  #late(timeout: number): Error {
    return timedOut(`Cannot acquire ${this.#name}`, "it was not free", timeout);
  }
}
