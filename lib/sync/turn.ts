/** Who has waited so long, in milliseconds, and lost a race, asks the others to let it go first. */
const PATIENCE = 1;

/** So long they let it, in milliseconds, while what it waits for is free: it may be dead. */
export const COURTESY = 5;

/**
 * One wait, from its first look to its last, for something that is taken by whoever is running and not by who came
 * first: to hand a thing to a sleeper takes some 50 us, in which a running thread has a thousand turns. But who has
 * waited for more than 1 ms in vain writes its ticket into a word that all see, and the others stand back, for 5 ms
 * at most should it be dead.
 */
export class Turn {
  /** What tells it from other waits, but for bad luck: any number but 0. */
  readonly ticket: number = 1 + Math.floor(Math.random() * 0x7ffffffe);
  readonly since: number = performance.now();
  /** How often it has slept. */
  sleeps = 0;
  #first = 0;
  #firstSince = 0;

  /** Whether this wait may take what is free, when `first` is written in the word. */
  mayGo(first: number): boolean {
    if (first === 0 || first === this.ticket) return true;
    const now = performance.now();
    if (this.#first !== first) {
      this.#first = first;
      this.#firstSince = now;
    }
    return now - this.#firstSince >= COURTESY;
  }

  /** What it waits for was seen taken: whoever goes first has not had it offered. */
  taken(): void {
    this.#first = 0;
  }

  /** Whether it has waited so long that it goes first. */
  get impatient(): boolean {
    return this.sleeps > 0 && performance.now() - this.since >= PATIENCE;
  }
}
