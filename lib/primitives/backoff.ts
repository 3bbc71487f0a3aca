/** The first pause of a retry, and the longest, in milliseconds. */
const FIRST = 10;
const LONGEST = 1000;

/** Pauses that grow twofold, each cut by up to a half at random, so that those who wait do not come all at once. */
export class Backoff {
  #next = FIRST;

  /** The next pause, in milliseconds. */
  pause(): number {
    const pause = this.#next * (0.5 + Math.random() / 2);
    this.#next = Math.min(this.#next * 2, LONGEST);
    return pause;
  }
}
