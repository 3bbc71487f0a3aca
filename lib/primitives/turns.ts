import type { WaitOptions } from "../options.ts";
import { wait } from "./wait.ts";

/** A queue before something that one caller at a time can use: each gets its turn in the order of the calls. */
export class Turns {
  #taken = false;
  #queue: (() => void)[] = [];

  /** Whether somebody has the turn. */
  get taken(): boolean {
    return this.#taken;
  }

  /** Takes the turn, or returns a promise of it. Who leaves the queue early does not get it. */
  take(options: WaitOptions | undefined, late: (timeout: number) => Error): Promise<void> | undefined {
    if (!this.#taken) {
      this.#taken = true;
      return undefined;
    }
    return wait<void>(options ?? {}, late, ({ resolve }) => {
      const mine = () => resolve();
      this.#queue.push(mine);
      return () => {
        this.#queue = this.#queue.filter((other) => other !== mine);
      };
    });
  }

  /** Gives the turn to the next in the queue. */
  pass(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#taken = false;
  }
}
