import type { TestChild } from "./children.ts";
import { soon } from "./kill_rounds.ts";

/** A process that survives all rounds of a test: it does a job, a line of JSON, and answers with what came of it. */
export class Survivor<Job, Outcome> {
  readonly #child: TestChild;
  #lines = 0;

  constructor(child: TestChild) {
    this.#child = child;
  }

  async survive(job: Job): Promise<Outcome> {
    const line = this.#lines++;
    await this.#child.write(`${JSON.stringify(job)}\n`);
    const lines = () => this.#child.stdout.split("\n");
    await soon(() => lines().length > line + 1);
    return JSON.parse(lines()[line]!);
  }
}
