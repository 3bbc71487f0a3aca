import { FUTEX_OWNER_DIED, FUTEX_TID_MASK } from "../ffi/futex.ts";
import { type Region, RobustWord } from "./robust_list.ts";

/**
 * A place that a thread has in a shared object, in a cell of robust_list.ts: the end of a channel, a permit of a
 * semaphore. When the thread ends without having left it, however it ends, the place is dead: the kernel says so at
 * once. Nothing here makes a system call.
 *
 * @internal
 */
export class Presence extends RobustWord {
  #mine = false;

  constructor(region: Region, offset: number) {
    super(region, offset);
  }

  /** Takes the place. False when somebody has it, or had it and died (see {@linkcode bury}). */
  claim(): boolean {
    if (this.#mine || !this.take(0, 0)) return false;
    this.#mine = true;
    return true;
  }

  /** Leaves the place, if it is this handle's. */
  release(): void {
    if (!this.#mine) return;
    this.#mine = false;
    this.give(0);
  }

  /** Whether this handle has the place. */
  get mine(): boolean {
    return this.#mine;
  }

  /** Whether the thread that had it ended without leaving. */
  get dead(): boolean {
    return (Atomics.load(this.words, 0) & FUTEX_OWNER_DIED) !== 0;
  }

  /** Whether nobody has it, dead or alive. */
  get free(): boolean {
    return Atomics.load(this.words, 0) === 0;
  }

  /** Makes a dead place free. True for the one caller that did it. */
  bury(): boolean {
    const value = Atomics.load(this.words, 0);
    return (value & FUTEX_OWNER_DIED) !== 0 && (value & FUTEX_TID_MASK) === 0
      && Atomics.compareExchange(this.words, 0, value, 0) === value;
  }
}
