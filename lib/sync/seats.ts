import { busy } from "../errors.ts";
import { FUTEX_OWNER_DIED } from "../ffi/futex.ts";
import type { WaitOptions } from "../options.ts";
import type { Doorbell } from "../primitives/inotify.ts";
import { EventCount } from "./event_count.ts";
import { Mutex } from "./mutex.ts";
import { Presence } from "./presence.ts";
import { CELL, type Region } from "./robust_list.ts";

/** In i32 from the control cell on: in the rest of the mutex's cell. */
const WORD = 3;
const TICKET_BYTES = 16;
const SLEEPERS = 10;
const USED = 12;

/** In i32 from a seat on. */
const CALLED = 1;
const OUTCOME = 2;
const AT_WORD = 3;
const SEAT_TICKET_BYTES = 16;

/** One that waits, in the memory, whoever it is. */
interface Waiting {
  /** Number of the seat. */
  readonly seat: number;
  readonly ticket: number;
}

/** A seat of this handle. */
export interface Seat {
  readonly seat: number;
  readonly presence: Presence;
}

/**
 * Those that wait for something that is given to some of them: a row of seats in shared memory. Who waits sits down,
 * and gets up when it was called. Who dies in its seat is seen by the others, and not counted.
 *
 * All changes are made while a mutex is held, in steps that leave nothing half done should the maker be killed between
 * them.
 *
 * The control cell:
 *
 * | offset | type | what |
 * | --- | --- | --- |
 * | 0 | | the mutex (see mutex.ts) |
 * | 12 | i32 | a word of the owner's |
 * | 16 | f64 | the next ticket: who came first has the lowest |
 * | 40 | 2 i32 | who waits (see event_count.ts) |
 * | 48 | i32 | how many seats have ever been taken |
 *
 * A seat:
 *
 * | offset | type | what |
 * | --- | --- | --- |
 * | 0 | | who sits there (see robust_list.ts) |
 * | 4 | i32 | 1 when it was called |
 * | 8 | i32 | what it was told |
 * | 12 | i32 | the owner's word when it sat down |
 * | 16 | f64 | its ticket |
 */
export class Seats {
  readonly #region: Region;
  readonly #called: string;
  readonly #mutex: Mutex;
  readonly #control: Int32Array<ArrayBuffer>;
  readonly #ticket: Float64Array<ArrayBuffer>;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #tickets: Float64Array<ArrayBuffer>;
  readonly #sleepers: EventCount;
  readonly #offset: number;
  readonly #count: number;
  readonly #mine = new Set<Seat>();

  /**
   * @param control Where the control cell is.
   * @param offset Where the seats are.
   * @param called For messages: "Barrier 'x'".
   */
  constructor(
    region: Region,
    doorbell: Doorbell,
    control: number,
    offset: number,
    count: number,
    called: string,
  ) {
    this.#region = region;
    this.#called = called;
    this.#offset = offset;
    this.#count = count;
    this.#mutex = new Mutex(region, control, doorbell);
    this.#control = new Int32Array(region.buffer, control, CELL / 4);
    this.#ticket = new Float64Array(region.buffer, control + TICKET_BYTES, 1);
    this.#words = new Int32Array(region.buffer, offset, count * CELL / 4);
    this.#tickets = new Float64Array(region.buffer, offset, count * CELL / 8);
    const address = region.address + BigInt(control + 4 * SLEEPERS);
    this.#sleepers = new EventCount(this.#control, SLEEPERS, address, doorbell);
  }

  /** Runs `body` while nobody else changes anything. What follows is called in it, but for what waits. */
  enter<T>(body: () => T): T {
    this.#mutex.lockSync(Infinity);
    try {
      return body();
    } finally {
      this.#mutex.unlock();
    }
  }

  /** A word of the owner's. */
  get word(): number {
    return Atomics.load(this.#control, WORD);
  }

  set word(word: number) {
    Atomics.store(this.#control, WORD, word);
  }

  /** Sits down. */
  sit(): Seat {
    for (let seat = 0; seat < this.#count; seat++) {
      if (this.#words[seat * CELL / 4] !== 0) continue;
      const presence = new Presence(this.#region, this.#offset + seat * CELL);
      this.#words[seat * CELL / 4 + CALLED] = 0;
      this.#words[seat * CELL / 4 + AT_WORD] = this.#control[WORD]!;
      this.#tickets[(seat * CELL + SEAT_TICKET_BYTES) / 8] = this.#ticket[0]!++;
      if (!presence.claim()) continue;
      if (this.#used() <= seat) this.#control[USED] = seat + 1;
      const mine = { seat, presence };
      this.#mine.add(mine);
      return mine;
    }
    throw busy(`Cannot wait for ${this.#called}`, `${this.#count} wait already`);
  }

  /** Gets up. */
  leave(mine: Seat): void {
    if (this.#mine.delete(mine)) mine.presence.release();
  }

  /** Clears the seats of the dead. Returns how many of them had been called, and have not been able to follow. */
  sweep(): number {
    let lost = 0;
    for (let seat = this.#used() - 1; seat >= 0; seat--) {
      const at = seat * CELL / 4;
      if ((Atomics.load(this.#words, at) & FUTEX_OWNER_DIED) === 0) continue;
      if (new Presence(this.#region, this.#offset + seat * CELL).bury() && this.#words[at + CALLED] === 1) {
        lost++;
      }
    }
    return lost;
  }

  /** Those that wait and were not called, who came first in front. Only those who sat down at `word`, if it is given. */
  waiting(word?: number): Waiting[] {
    const found: Waiting[] = [];
    for (let seat = 0; seat < this.#used(); seat++) {
      const at = seat * CELL / 4;
      const taken = Atomics.load(this.#words, at);
      if (taken === 0 || (taken & FUTEX_OWNER_DIED) !== 0 || this.#words[at + CALLED] !== 0) continue;
      if (word !== undefined && this.#words[at + AT_WORD] !== word) continue;
      found.push({ seat, ticket: this.#tickets[(seat * CELL + SEAT_TICKET_BYTES) / 8]! });
    }
    return found.sort((a, b) => a.ticket - b.ticket);
  }

  /** Calls one. */
  call({ seat }: Waiting): void {
    Atomics.store(this.#words, seat * CELL / 4 + CALLED, 1);
  }

  /** Whether this one was called. */
  isCalled({ seat }: Seat): boolean {
    return Atomics.load(this.#words, seat * CELL / 4 + CALLED) === 1;
  }

  /** Tells one something. It does not look by itself. */
  tell({ seat }: Waiting, outcome: number): void {
    this.#words[seat * CELL / 4 + OUTCOME] = outcome;
  }

  /** What this one was told. */
  outcome({ seat }: Seat): number {
    return Atomics.load(this.#words, seat * CELL / 4 + OUTCOME);
  }

  /** Lets all look again. Not while `enter()` holds them up. */
  notify(): void {
    this.#sleepers.notify();
  }

  /** Waits until `look` returns something. */
  wait<T>(look: () => T | undefined, options: WaitOptions, late: (timeout: number) => Error): Promise<T> {
    return this.#sleepers.wait(look, options, late);
  }

  /** The same, blocking this thread. */
  waitSync<T>(look: () => T | undefined, timeout: number, late: (timeout: number) => Error): T {
    return this.#sleepers.waitSync(look, timeout, late);
  }

  /** Gets up from all seats, and ends this handle's use. */
  close(): void {
    for (const mine of this.#mine) this.leave(mine);
    this.#mutex.close();
  }

  /** The seats of this handle. */
  get mine(): ReadonlySet<Seat> {
    return this.#mine;
  }

  #used(): number {
    return Math.max(0, Math.min(this.#control[USED]!, this.#count));
  }
}
