import { mkfifoSync } from "../../mod.ts";
import { ContestantProcess } from "./contestant_process.ts";
import { Runtimes } from "./runtimes.ts";
import type { Contestant } from "./workload.ts";

/**
 * What the workloads measure with: starts contestants, makes fifos, and leaves nothing behind, neither
 * a process nor a file, at its end.
 */
export class Bench implements AsyncDisposable {
  /** A short run: less work a sample. */
  readonly quick: boolean;
  /** The temporary folder of this run. */
  readonly folder: string;
  readonly runtimes: Runtimes;
  readonly #signal: AbortSignal;
  #fifos = 0;

  /** @param options.signal kills what runs and ends the bench */
  static async create(options: { quick: boolean; signal: AbortSignal }): Promise<Bench> {
    return new Bench(await Deno.makeTempDir({ prefix: "ipc-bench-" }), options);
  }

  private constructor(folder: string, { quick, signal }: { quick: boolean; signal: AbortSignal }) {
    this.folder = folder;
    this.quick = quick;
    this.#signal = signal;
    this.runtimes = new Runtimes(folder);
  }

  /** Starts a contestant's program. Dispose of the process: that kills it if it still runs. */
  async start(contestant: Contestant, args: readonly string[]): Promise<ContestantProcess> {
    const command = await this.runtimes.command(contestant.program);
    this.#signal.throwIfAborted();
    return ContestantProcess.start(command, args, {
      signal: this.#signal,
      deadline: this.quick ? 10_000 : 60_000,
    });
  }

  /** Makes a new fifo and returns its path. */
  fifo(): string {
    const path = `${this.folder}/fifo-${this.#fifos++}`;
    mkfifoSync(path);
    return path;
  }

  /** Rejects once the run has been interrupted. */
  throwIfInterrupted(): void {
    this.#signal.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
