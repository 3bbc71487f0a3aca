import { schedYield } from "../ffi/sched.ts";

/**
 * Looking again for a moment before a wait. To sleep and be woken takes 20 to 80 us; a peer that is at work answers
 * sooner. Between two looks the core is offered to others: the peer may need this very one.
 *
 * A moment is some 20 us. It is spent where it pays: after a moment in vain the next wait has none, after a second
 * one the next three, and so on up to 63, until one hits again. Whoever waits for long spends nothing.
 */
const LOOKS = 30;
const MOST_MISSES = 6;
/** Milliseconds. */
const LONGEST = 0.2;

/** One for each end, as it learns how soon the other side answers. */
export class Spin {
  #waits = 0;
  #misses = 0;
  #skips = 0;

  /** What `look` returns, as soon as that is not undefined; undefined when the moment is over. */
  until<T>(look: () => T | undefined): T | undefined {
    if (this.#skips > 0) {
      this.#skips--;
      return undefined;
    }
    // On a busy core the offer can be accepted for long; to sleep would have been sooner. To look at the clock takes
    // as long as to look at the pipe, so of quick hits only every 16th is timed.
    const timed = (this.#waits++ & 15) === 0;
    let start = timed ? performance.now() : 0;
    schedYield();
    let found = look();
    if (found !== undefined && !timed) return found;
    if (!timed) start = performance.now();
    let late = timed && performance.now() - start >= LONGEST;
    for (let i = 1; i < LOOKS && found === undefined && !late; i++) {
      schedYield();
      found = look();
      late = performance.now() - start >= LONGEST;
    }
    const hit = found !== undefined && !late;
    this.#misses = hit ? 0 : Math.min(this.#misses + 1, MOST_MISSES);
    this.#skips = hit ? 0 : 2 ** this.#misses - 1;
    return found;
  }
}

/** Tells the core that this is a loop, so that it leaves its other half alone: some 40 ns. */
const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => {});

/** A rest of some 40 ns each, that keeps the core. */
export function pauseFor(times: number): void {
  for (let i = 0; i < times; i++) pause();
}

/** So many looks are taken at a time, as to look at the clock takes 0.1 us; between the first ones there is no pause. */
const LOOKS_AT_A_TIME = 32;

/** So often the core is offered to others, in looks: about every 30 us. */
const LOOKS_BEFORE_YIELD = 1024;

/**
 * Looks at a word in shared memory until it is no longer `value`, for so many microseconds at most (or 2, if that is
 * more), and returns what it is then. It keeps a core busy; a peer that runs on another core is seen within 0.1 us.
 */
export function spinWhile(
  words: Int32Array<ArrayBuffer>,
  index: number,
  value: number,
  microseconds: number,
): number {
  let seen = Atomics.load(words, index);
  if (!(microseconds > 0)) return seen;
  let end = 0;
  for (let looks = 1; seen === value; looks++) {
    if (looks > LOOKS_AT_A_TIME) pause();
    seen = Atomics.load(words, index);
    if (looks % LOOKS_AT_A_TIME !== 0) continue;
    const now = performance.now();
    if (end === 0) end = now + microseconds / 1000;
    else if (now >= end) break;
    if (looks % LOOKS_BEFORE_YIELD === 0) schedYield();
  }
  return seen;
}
