import { timedOut } from "../errors.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { wait } from "../primitives/wait.ts";

/** So many may have one at the same time; the others wait, the first to come first. */
export class Permits {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  get free(): number {
    return this.#free;
  }

  /** Takes one, if there is one and nobody waits. */
  tryTake(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Waits for one. */
  async take(options: WaitOptions, what: string): Promise<void> {
    checkWait(options);
    if (this.tryTake()) return;
    const late = (timeout: number) => timedOut(`Cannot acquire ${what}`, "it was not free", timeout);
    await wait<void>(options, late, ({ resolve }) => {
      const grant = () => resolve();
      this.#waiting.add(grant);
      return () => void this.#waiting.delete(grant);
    });
  }

  /** Gives one back: the first that waits has it. */
  give(): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#free++;
    else {
      this.#waiting.delete(first);
      first();
    }
  }
}
