import type { WaitOptions } from "../options.ts";
import { wait } from "./wait.ts";

/** What comes in by itself, and who waits for it: the first to wait gets the first to come. */
export class Arrivals<T> {
  #here: T[] = [];
  readonly #waiting = new Set<{ resolve(value: T): void; reject(reason: unknown): void }>();

  /** How many are here, and not yet taken. */
  get count(): number {
    return this.#here.length;
  }

  /** Whether somebody waits. */
  get wanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** One has come. */
  arrive(value: T): void {
    const [first] = this.#waiting;
    if (first === undefined) return void this.#here.push(value);
    this.#waiting.delete(first);
    first.resolve(value);
  }

  /** Takes the one that came first, or undefined when none is here. */
  take(): T | undefined {
    return this.#here.shift();
  }

  /** Takes all that are here. */
  takeAll(): T[] {
    return this.#here.splice(0);
  }

  /** Waits for the next one. */
  next(options: WaitOptions, late: (timeout: number) => Error): Promise<T> {
    return wait<T>(options, late, (settle) => {
      this.#waiting.add(settle);
      return () => void this.#waiting.delete(settle);
    });
  }

  /** Tells the first that waits that it failed. */
  fail(reason: unknown): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    first.reject(reason);
  }

  /** Tells all that wait that nothing comes any more. */
  end(reason: unknown): void {
    while (this.wanted) this.fail(reason);
  }
}
