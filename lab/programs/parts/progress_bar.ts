const WIDTH = 30;

/** A bar that grows on one line of a terminal; elsewhere nothing is shown. */
export class ProgressBar implements Disposable {
  readonly #total: number;
  readonly #shown = Deno.stderr.isTerminal();
  #done = 0;

  /** @param total What it counts up to. */
  constructor(total: number) {
    this.#total = total;
    this.#draw();
  }

  /** One more is done. */
  step(): void {
    this.#done++;
    this.#draw();
  }

  /** Ends its line. */
  [Symbol.dispose](): void {
    if (this.#shown) Deno.stderr.writeSync(new TextEncoder().encode("\n"));
  }

  #draw(): void {
    if (!this.#shown) return;
    const full = Math.round(WIDTH * this.#done / this.#total);
    const bar = "█".repeat(full).padEnd(WIDTH, "░");
    Deno.stderr.writeSync(new TextEncoder().encode(`\r${bar} ${this.#done}/${this.#total}`));
  }
}
