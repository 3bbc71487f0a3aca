import { futexWait, futexWake } from "../ffi/futex.ts";
import type { WaitOptions } from "../options.ts";
import type { Doorbell } from "../primitives/inotify.ts";

/** So long a thread sleeps before it looks again in any case, in milliseconds: who should wake it may have died. */
const SLICE = 250;

/** Whether a load stays behind an atomic store before it without being atomic too, which takes a call: 5 ns. */
const IN_ORDER = Deno.build.arch === "x86_64";

const SYNC_SLEEPERS = 1;
const ASYNC_SLEEPERS = 2;

/** In i32 from the first word on. */
const SEQUENCE = 0;
const SLEEPERS = 1;

/**
 * Waiting until something in shared memory has changed, by threads that block and by event loops, in any process.
 * Nobody who sleeps costs the notifier nothing: one load.
 *
 * Layout: two i32 words, both 0 at first.
 *
 * - `@0` sequence: one more with every notification that somebody waited for; what sleeping threads wait on (futex).
 * - `@4` sleepers: bit 0, threads sleep in futex(2) on the sequence; bit 1, event loops watch the file (inotify).
 *
 * To wait: read the sequence, set your bit, look whether what you wait for is there, and if not sleep while the
 * sequence is what you read, or until the file is written. Start again however it ends, and at the latest after some
 * 250 ms: nobody wakes those whom a process that dies in notify() had to wake.
 *
 * To notify: make the change, then look at the sleepers; when there are some set them to 0, add 1 to the sequence,
 * wake all of the futex (bit 0) and write a byte into the file (bit 1).
 *
 * Whatever a hostile or dying process leaves here makes others look too often, or too late, and nothing worse.
 */
export class EventCount {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #sequence: number;
  readonly #sleepers: number;
  readonly #address: bigint;
  readonly #doorbell: Doorbell;

  /**
   * @param words The mapping.
   * @param index Of the first word, in `words`.
   * @param address Of the first word, in this process.
   * @param doorbell Of the file; closing it ends the waits here as well, when what they look at throws by then.
   */
  constructor(words: Int32Array<ArrayBuffer>, index: number, address: bigint, doorbell: Doorbell) {
    this.#words = words;
    this.#sequence = index + SEQUENCE;
    this.#sleepers = index + SLEEPERS;
    this.#address = address;
    this.#doorbell = doorbell;
  }

  /**
   * Wakes those that wait. The change was made right before, with Atomics.
   *
   * @param count How many threads at most, when any of them will do; event loops all look. Default: all.
   */
  notify(count?: number): void {
    const sleepers = IN_ORDER ? this.#words[this.#sleepers] : Atomics.load(this.#words, this.#sleepers);
    if (sleepers !== 0) this.#wake(count ?? ALL);
  }

  #wake(count: number): void {
    const sleepers = Atomics.exchange(this.#words, this.#sleepers, 0);
    if (sleepers === 0) return; // Somebody else did it.
    Atomics.add(this.#words, this.#sequence, 1);
    if (sleepers & SYNC_SLEEPERS) {
      const woken = futexWake(this.#address, count);
      if (woken >= count) Atomics.or(this.#words, this.#sleepers, SYNC_SLEEPERS); // There may be more.
    }
    if (sleepers & ASYNC_SLEEPERS) this.#doorbell.ring();
  }

  /**
   * Blocks this thread until `look` returns something other than undefined, or throws. It is called at once, after
   * each notification, and at least every 250 ms.
   */
  waitSync<T>(look: () => T | undefined, timeout: number, late: (timeout: number) => Error): T {
    const end = timeout === Infinity ? Infinity : performance.now() + timeout;
    for (;;) {
      const sequence = Atomics.load(this.#words, this.#sequence);
      this.#sleep(SYNC_SLEEPERS);
      const found = look();
      if (found !== undefined) return found;
      const left = end === Infinity ? Infinity : end - performance.now();
      if (left <= 0) throw late(timeout);
      futexWait(this.#address, sequence, Math.min(left, SLICE));
      // Mostly it is there now, and no other wake-up is asked for.
      const now = look();
      if (now !== undefined) return now;
    }
  }

  /** The same on the event loop: `look` is called in a moment, after each notification, and at least every 250 ms. */
  wait<T>(
    look: () => T | undefined,
    options: WaitOptions,
    late: (timeout: number) => Error,
  ): Promise<T> {
    return this.#doorbell.wait(
      () => {
        this.#sleep(ASYNC_SLEEPERS);
        return look();
      },
      options,
      late,
    );
  }

  #sleep(kind: number): void {
    // After close() there are no words, and `look` says so.
    if (this.#words.length === 0) return;
    if ((Atomics.load(this.#words, this.#sleepers) & kind) === 0) {
      Atomics.or(this.#words, this.#sleepers, kind);
    }
  }
}

const ALL = 0x7fffffff;
