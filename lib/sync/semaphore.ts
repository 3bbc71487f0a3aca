import { busy, notOurs, timedOut } from "../errors.ts";
import { checkWait, countOf, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { checkOpen, describeObject } from "./describe_object.ts";
import { EventCount } from "./event_count.ts";
import { Mutex } from "./mutex.ts";
import { pause } from "./pause.ts";
import { Permit } from "./permit.ts";
import { Presence } from "./presence.ts";
import { CELL } from "./robust_list.ts";
import {
  createObject,
  HEADER_SIZE,
  invalidObject,
  type Layout,
  PARAMETERS,
  SharedObject,
  type SharedObjectOptions,
} from "./shared_object.ts";
import { Turn } from "./turn.ts";

/** Options of {@linkcode Semaphore.create}. */
export interface SemaphoreOptions extends SharedObjectOptions {
  /** How many permits there are at first. Default: 1. */
  value?: number | undefined;
  /**
   * Whether a permit belongs to the handle that acquired it: those of a thread that ends, or a handle that is closed,
   * are given back. False where permits are used up, as when one side counts what it made with `release()`, and the
   * other takes it with `acquire()`. Default: true.
   */
  owned?: boolean | undefined;
  /** How many handles, in all threads and processes, can hold permits at a time. Default: 256. */
  maxHolders?: number | undefined;
}

const MOST = 0x7fffffff;
const DEFAULT_HOLDERS = 256;
const MOST_HOLDERS = 1 << 16;

/** Looks before a sleep, some 10 us in all. */
const LOOKS = 50;

/** In the header. */
const HOLDERS = PARAMETERS;
const OWNED = PARAMETERS + 4;
const BOUND = PARAMETERS + 8;

/** In i32 from HEADER_SIZE on: in the rest of the mutex's cell. */
const TURN = 3;
const FREE = 4;
const TOTAL = 5;
const SLEEPERS = 10;
const USED = 12;

/** In i32 from the beginning of a place on. */
const HELD = 1;

const PLACES = HEADER_SIZE + CELL;

/** Memory for a semaphore. */
export function createSemaphore(layout: Layout, options: SemaphoreOptions, bounded: boolean): SharedMemory {
  const value = countOf("value", options.value ?? 1, bounded ? 1 : 0);
  if (value > MOST) throw new RangeError(`The option value takes ${MOST} at most, and got ${value}`);
  const holders = countOf("maxHolders", options.maxHolders ?? DEFAULT_HOLDERS, 1);
  if (holders > MOST_HOLDERS) {
    throw new RangeError(`The option maxHolders takes ${MOST_HOLDERS} at most, and got ${holders}`);
  }
  return createObject(layout, PLACES + holders * CELL, options, (buffer) => {
    const header = new DataView(buffer);
    header.setUint32(HOLDERS, holders, true);
    header.setUint32(OWNED, options.owned ?? true ? 1 : 0, true);
    header.setUint32(BOUND, bounded ? value : MOST, true);
    const words = new Int32Array(buffer, HEADER_SIZE, CELL / 4);
    words[FREE] = value;
    words[TOTAL] = value;
  });
}

/**
 * A number of permits: `acquire()` takes one, or waits until there is one, `release()` gives one back.
 *
 * - The permits of a thread that ends, however it ends, are given back; those that wait get them within 250 ms. So are
 *   the permits of a handle that is closed. Not so with `owned: false`, for semaphores that count things.
 * - `release()` by a handle that holds none adds a permit, as in Python. Should that one have been another's, it comes
 *   twice when the other ends: use `owned: false` where one acquires and another gives back.
 * - Guards give back what they stand for, and never more than the handle holds.
 * - As with {@linkcode Lock}, who runs gets a permit before who sleeps, for 1 ms.
 *
 * As Python's `multiprocessing.Semaphore`. Needs `--allow-ffi`. Linux.
 *
 * | offset | type | what |
 * | --- | --- | --- |
 * | 0 | | the header (see shared_object.ts) |
 * | 24 | u32 | how many places there are for holders |
 * | 28 | u32 | 1 when permits are owned |
 * | 32 | u32 | how many permits can be free at most |
 * | 64 | | a mutex (see mutex.ts) for all that follows |
 * | 76 | i32 | the ticket of a wait that goes first, or 0 (see turn.ts) |
 * | 80 | i32 | free permits; when they are owned: all that there are, less those held; whose mutex an owner left by dying counts again |
 * | 84 | i32 | all permits, when they are owned |
 * | 104 | 2 i32 | who waits (see event_count.ts) |
 * | 112 | i32 | how many places have ever been taken |
 * | 128 | cells | the places (see robust_list.ts); at 4 of each an i32, how many permits its thread holds |
 *
 * @example Four at a time
 * ```ts
 * import { Semaphore } from "@ipc/ipc";
 *
 * using permits = Semaphore.create({ value: 4 });
 * using theirs = Semaphore.from(permits.share()); // In any process.
 * {
 *   using _ = await theirs.acquire({ timeout: 1000 });
 *   console.log(permits.value); // 3
 * }
 * ```
 */
export class Semaphore extends SharedObject {
  /** @internal */
  static readonly layout: Layout = { kind: "Semaphore", version: 1, leastSize: PLACES + CELL };

  readonly #called: string;
  readonly #mutex: Mutex;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #sleepers: EventCount;
  readonly #holders: number;
  readonly #owned: boolean;
  readonly #bound: number;
  /** Where this handle's permits stand, from the first one on. */
  #place: Presence | undefined;
  #held = 0;

  /** @internal */
  constructor(memory: SharedMemory, layout: Layout = Semaphore.layout) {
    super(memory);
    this.#called = describeObject(layout.kind, memory.name);
    const header = new DataView(memory.buffer, 0, HEADER_SIZE);
    this.#holders = header.getUint32(HOLDERS, true);
    this.#owned = header.getUint32(OWNED, true) !== 0;
    this.#bound = header.getUint32(BOUND, true);
    if (this.#holders > MOST_HOLDERS || memory.size !== PLACES + this.#holders * CELL) {
      throw invalidObject(
        layout.kind,
        memory.name,
        `${this.#holders} places do not take ${memory.size} bytes`,
      );
    }
    if (this.#bound > MOST) throw invalidObject(layout.kind, memory.name, `its bound is ${this.#bound}`);
    this.#mutex = new Mutex(memory, HEADER_SIZE, this.doorbell);
    this.#words = new Int32Array(memory.buffer, HEADER_SIZE, CELL / 4);
    const address = memory.address + BigInt(HEADER_SIZE + 4 * SLEEPERS);
    this.#sleepers = new EventCount(this.#words, SLEEPERS, address, this.doorbell);
  }

  /**
   * Makes one.
   *
   * @throws {RangeError} A value that is not a whole number from 0 to 2147483647
   * @throws {Deno.errors.AlreadyExists} The name is taken
   */
  static create(options: SemaphoreOptions = {}): Semaphore {
    return new Semaphore(createSemaphore(Semaphore.layout, options, false));
  }

  /** How many permits are free. It may be another number by the time that you read it. */
  get value(): number {
    this.#lock();
    try {
      this.#bury();
      return this.#words[FREE]!;
    } finally {
      this.#mutex.unlock();
    }
  }

  /**
   * Takes a permit when there is one.
   *
   * @throws {Deno.errors.TimedOut} There was none within `timeout`
   * @throws {Deno.errors.Busy} `maxHolders` handles hold permits
   * @throws {Deno.errors.BadResource} It is closed, or was closed meanwhile
   */
  async acquire(options: WaitOptions = {}): Promise<Permit> {
    checkWait(options);
    if (this.#take(undefined)) return this.#permit();
    const turn = new Turn();
    try {
      await this.#sleepers.wait(() => this.#look(turn), options, (timeout) => this.#late(timeout));
    } catch (error) {
      if (!this.closed) this.#leave(turn);
      throw error;
    }
    checkOpen(this, this.#called);
    return this.#permit();
  }

  /** Takes a permit, or blocks this thread until there is one. See {@linkcode Semaphore.acquire}. */
  acquireSync(options?: SyncWaitOptions): Permit {
    const timeout = options === undefined ? Infinity : timeoutOf(options);
    if (!this.#take(undefined)) this.#waitSync(timeout);
    return this.#permit();
  }

  /** Takes a permit if there is one now. */
  tryAcquire(): Permit | undefined {
    return this.#take(undefined) ? this.#permit() : undefined;
  }

  /**
   * Gives `count` permits back, this handle's first. A guard does the same for its own.
   *
   * @throws {RangeError} With `code` "EOVERFLOW": there would be more than 2147483647, or the bound
   */
  release(count = 1): void {
    countOf("count", count, 1);
    this.#lock();
    try {
      this.#give(count);
    } finally {
      this.#mutex.unlock();
    }
    this.#notify(count);
  }

  /** For a guard: never more than this handle holds. @internal */
  giveBack(): void {
    if (this.closed || this.#owned && this.#held === 0) return;
    this.release();
  }

  /** Gives this handle up, and the permits that it holds back. Once or often. */
  override close(): void {
    if (!this.closed) {
      this.#leavePlace();
      this.#mutex.close();
    }
    super.close();
  }

  #leavePlace(): void {
    const place = this.#place;
    if (place === undefined) return;
    this.#lock();
    try {
      place.words[HELD] = this.#held = 0;
      place.release();
      this.#countAgain();
    } finally {
      this.#mutex.unlock();
    }
    this.#sleepers.notify();
  }

  #permit(): Permit {
    return new Permit(this);
  }

  #lock(): void {
    if (this.#mutex.closed) checkOpen(this, this.#called);
    this.#mutex.lockSync(Infinity);
    if (this.#mutex.ownerDied) this.#countAgain();
  }

  #look(turn: Turn): true | undefined {
    checkOpen(this, this.#called);
    const taken = this.#take(turn);
    turn.sleeps++;
    return taken ? true : undefined;
  }

  #waitSync(timeout: number): void {
    const words = this.#words;
    for (let i = 0; i < LOOKS; i++) {
      if (Atomics.load(words, FREE) > 0 && this.#take(undefined)) return;
      pause();
    }
    const turn = new Turn();
    try {
      this.#sleepers.waitSync(() => this.#look(turn), timeout, (timeout) => this.#late(timeout));
    } catch (error) {
      this.#leave(turn);
      throw error;
    }
  }

  /** Takes a permit, if there is one, and nobody else goes first. */
  #take(turn: Turn | undefined): boolean {
    this.#lock();
    const words = this.#words;
    let more = false;
    try {
      if (words[FREE]! <= 0) this.#bury();
      const first = words[TURN]!;
      if (words[FREE]! <= 0) {
        turn?.taken();
        if (turn?.impatient && first === 0) words[TURN] = turn.ticket;
        return false;
      }
      if (turn === undefined ? first !== 0 : !turn.mayGo(first)) return false;
      if (this.#owned) {
        const place = this.#place ?? this.#claim();
        place.words[HELD] = ++this.#held;
      }
      words[FREE]!--;
      if (first !== 0) {
        words[TURN] = 0;
        more = words[FREE]! > 0;
      }
      return true;
    } finally {
      this.#mutex.unlock();
      if (more) this.#sleepers.notify();
    }
  }

  #give(count: number): void {
    const words = this.#words;
    const own = Math.min(count, this.#held);
    if (words[FREE]! + count > this.#bound || this.#owned && words[TOTAL]! + count - own > MOST) {
      const most = this.#bound === MOST ? `${MOST}` : `its bound, ${this.#bound}`;
      const error = new RangeError(
        `Cannot release ${this.#called}: there would be more permits than ${most}`,
      );
      throw Object.assign(error, { code: "EOVERFLOW" });
    }
    if (this.#owned && own < count && this.#bound < MOST) {
      throw Object.assign(
        notOurs(
          `Cannot release ${this.#called}`,
          "this handle does not hold so many permits; see the option owned",
        ),
        { code: "EPERM" },
      );
    }
    if (own > 0) this.#place!.words[HELD] = this.#held -= own;
    words[TOTAL]! += count - own;
    words[FREE]! += count;
  }

  #notify(count: number): void {
    this.#sleepers.notify(count > 1 || Atomics.load(this.#words, TURN) !== 0 ? undefined : 1);
  }

  /** Leaves without a permit; a wake-up that came for this one goes to another. */
  #leave(turn: Turn): void {
    Atomics.compareExchange(this.#words, TURN, turn.ticket, 0);
    if (Atomics.load(this.#words, FREE) > 0) this.#sleepers.notify();
  }

  #claim(): Presence {
    for (let i = 0; i < this.#holders; i++) {
      const place = this.#at(i);
      place.bury();
      if (!place.claim()) continue;
      place.words[HELD] = 0;
      if (this.#used() <= i) this.#words[USED] = i + 1;
      return this.#place = place;
    }
    throw busy(`Cannot acquire ${this.#called}`, `${this.#holders} handles hold permits (option maxHolders)`);
  }

  /** Gives the permits of the dead back. */
  #bury(): void {
    for (let i = this.#used() - 1; i >= 0; i--) {
      if (this.#dead(i)) return this.#countAgain();
    }
  }

  /** Makes the free permits what they should be, whatever was going on when somebody died. */
  #countAgain(): void {
    if (!this.#owned) return;
    let held = 0;
    for (let i = this.#used() - 1; i >= 0; i--) {
      const place = this.#at(i);
      if (place.bury()) place.words[HELD] = 0;
      if (!place.free) held += place.words[HELD]!;
    }
    const words = this.#words;
    words[FREE] = Math.max(0, Math.min(words[TOTAL]! - held, this.#bound));
  }

  #used(): number {
    return Math.max(0, Math.min(this.#words[USED]!, this.#holders));
  }

  #at(place: number): Presence {
    return new Presence(this.memory, PLACES + place * CELL);
  }

  #dead(place: number): boolean {
    return this.#at(place).dead;
  }

  #late(timeout: number): Error {
    return timedOut(`Cannot acquire ${this.#called}`, "no permit was free", timeout);
  }
}
