import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS, futexWait, futexWake } from "../ffi/futex.ts";
import type { WaitOptions } from "../options.ts";
import type { Doorbell } from "../primitives/inotify.ts";
import { pause } from "./pause.ts";
import { type Region, RobustWord } from "./robust_list.ts";
import { COURTESY, Turn } from "./turn.ts";

/** A sleeper looks again so often, in milliseconds: who was to wake it may have been killed just before. */
const SLICE = 250;

/** Looks before a sleep, some 10 us in all. */
const LOOKS = 50;

/** In i32 from the word on. */
const TURN = 1;
const ASYNC = 2;

const ALL = 0x7fffffff;

/** What a handle knows of its mutex. */
const FREE = 0;
const HELD = 1;
const CLOSED = 2;

/**
 * Mutual exclusion by a cell of shared memory (see robust_list.ts), for threads of any process, that survives the
 * death of any of them. No system call while nobody else wants it: 23 ns for both, on a machine where two atomic
 * operations take 17.
 *
 * | offset | what                                                                       |
 * | ------ | -------------------------------------------------------------------------- |
 * | 0      | the word, as in robust_list.ts; FUTEX_WAITERS (bit 31) when somebody may sleep |
 * | 4      | turn: 0, or the ticket of a wait that goes first (see turn.ts)                |
 * | 8      | 1 when event loops wait: the doorbell is to be rung at release               |
 *
 * The owner is the thread, for the kernel; here it is the handle: one object is used by one thread, and each object
 * that a thread has for the cell waits for the others.
 */
export class Mutex extends RobustWord {
  #state: typeof FREE | typeof HELD | typeof CLOSED = FREE;
  /** Whether the owner before this one died, and may have left half done what the mutex protects. */
  ownerDied = false;
  readonly #doorbell: Doorbell;

  constructor(region: Region, offset: number, doorbell: Doorbell) {
    super(region, offset);
    this.#doorbell = doorbell;
  }

  /** Whether this handle holds it. */
  get held(): boolean {
    return this.#state === HELD;
  }

  /** Whether this handle is closed. */
  get closed(): boolean {
    return this.#state === CLOSED;
  }

  /** Takes it when that is one step: never wrong when true. */
  tryLockFast(): boolean {
    if (this.#state !== FREE || this.words[TURN] !== 0 || !this.take(0, 0)) return false;
    this.#state = HELD;
    return true;
  }

  /** Takes it if it is free, and nobody goes first. */
  tryLock(): boolean {
    if (this.tryLockFast()) return true;
    if (this.#state !== FREE || Atomics.load(this.words, TURN) !== 0) return false;
    const value = Atomics.load(this.words, 0);
    return (value & FUTEX_TID_MASK) === 0 && this.#takeOver(value, 0);
  }

  /** Takes it, or blocks this thread until it can. False: the time-out is over. */
  lockSync(timeout: number): boolean {
    return this.tryLockFast() || this.#lockSlow(timeout);
  }

  /** Takes it when it can. `check` throws when the handle is closed. */
  async lock(options: WaitOptions, check: () => void, late: (timeout: number) => Error): Promise<void> {
    const turn = new Turn();
    try {
      await this.#doorbell.wait(
        () => {
          check();
          return this.#look(turn) ? true : undefined;
        },
        options,
        late,
      );
    } catch (error) {
      if (this.#state !== CLOSED) this.#leave(turn);
      throw error;
    }
  }

  /** Gives it back. Only while this handle holds it. */
  unlock(): void {
    this.#state = FREE;
    this.ownerDied = false;
    // FUTEX_WAITERS is the sign.
    if (this.give(0) < 0) this.#wake();
  }

  /** Ends this handle's use. What it holds is given up as if its owner had died. */
  close(): void {
    const state = this.#state;
    this.#state = CLOSED;
    if (state === HELD && this.give(FUTEX_OWNER_DIED) < 0) this.#wake();
  }

  /** Whether this thread has it, through this handle or another one: to block for it would never end. */
  heldByThread(): boolean {
    if (this.#state === HELD) return true;
    if ((Atomics.load(this.words, 0) & FUTEX_TID_MASK) !== this.list.tid) return false;
    for (let held = this.list.top; held !== undefined; held = held.below) {
      if (held.place === this.place && held.region.identity === this.region.identity) return true;
    }
    return false; // A thread of another container has the same number.
  }

  #takeOver(value: number, flag: number): boolean {
    if (!this.take(value, flag | (value & FUTEX_WAITERS))) return false;
    this.#state = HELD;
    this.ownerDied = (value & FUTEX_OWNER_DIED) !== 0;
    return true;
  }

  #lockSlow(timeout: number): boolean {
    const { words } = this;
    const turn = new Turn();
    for (;;) {
      for (let i = 0; i < LOOKS; i++) {
        if (this.#attempt(turn)) return true;
        pause();
      }
      const left = turn.since + timeout - performance.now();
      if (left <= 0) {
        this.#leave(turn);
        return false;
      }
      const value = Atomics.load(words, 0);
      if ((value & FUTEX_TID_MASK) === 0) {
        // Free, and somebody else goes first.
        const first = Atomics.load(words, TURN);
        if (first !== 0) futexWait(this.address + 4n, first, Math.min(COURTESY, left));
      } else if (this.#sign(value)) {
        this.#askForTurn(turn);
        futexWait(this.address, value | FUTEX_WAITERS, Math.min(SLICE, left));
        turn.sleeps++;
      }
    }
  }

  /** A look of an event loop: false after it has been arranged that the doorbell is rung. */
  #look(turn: Turn): boolean {
    for (;;) {
      if (this.#attempt(turn)) return true;
      turn.sleeps++;
      this.#askForTurn(turn);
      Atomics.store(this.words, ASYNC, 1);
      const value = Atomics.load(this.words, 0);
      const mine = (value & FUTEX_TID_MASK) === 0 && turn.mayGo(Atomics.load(this.words, TURN));
      if (!mine && this.#sign(value)) return false;
    }
  }

  #attempt(turn: Turn): boolean {
    if (this.#state !== FREE) return false;
    const value = Atomics.load(this.words, 0);
    if ((value & FUTEX_TID_MASK) !== 0) {
      turn.taken();
      return false;
    }
    const first = Atomics.load(this.words, TURN);
    // Who has slept was woken alone, and others may sleep still.
    if (!turn.mayGo(first) || !this.#takeOver(value, turn.sleeps > 0 ? FUTEX_WAITERS : 0)) return false;
    if (first !== 0) this.#endTurn(first);
    return true;
  }

  #askForTurn(turn: Turn): void {
    if (turn.impatient) Atomics.compareExchange(this.words, TURN, 0, turn.ticket);
  }

  #endTurn(first: number): void {
    if (Atomics.compareExchange(this.words, TURN, first, 0) === first) futexWake(this.address + 4n, ALL);
  }

  /** Leaves without it; a wake-up that came for this one goes to another. */
  #leave(turn: Turn): void {
    this.#endTurn(turn.ticket);
    if ((Atomics.load(this.words, 0) & FUTEX_TID_MASK) === 0) this.#wake();
  }

  /** Asks for a wake-up, should the word still be `value`. */
  #sign(value: number): boolean {
    return value < 0 || Atomics.compareExchange(this.words, 0, value, value | FUTEX_WAITERS) === value;
  }

  #wake(): void {
    // Which of the sleepers goes first is not known, and the others go to sleep again.
    futexWake(this.address, Atomics.load(this.words, TURN) === 0 ? 1 : ALL);
    if (Atomics.load(this.words, ASYNC) !== 0 && Atomics.exchange(this.words, ASYNC, 0) !== 0) {
      this.#doorbell.ring();
    }
  }
}
