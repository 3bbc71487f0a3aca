import { mkfifoSync } from "../../mod.ts";
import { ContestantProcess } from "./contestant_process.ts";
import { type Command, Runtimes } from "./runtimes.ts";
import type { Contestant } from "./workload.ts";

/**
 * Where the two sides of a pair run. The kernel may place them on one core or on two, and changes its mind
 * between and within runs; on some machines that alone makes a factor of three.
 */
export type Placement = "free" | "apart" | "together";

/** Options of {@linkcode Bench.create}. */
export interface BenchOptions {
  /** A short run: less work a sample. */
  readonly quick: boolean;
  readonly placement: Placement;
  /** Kills what runs and ends the bench. */
  readonly signal: AbortSignal;
}

/**
 * What the workloads measure with: starts contestants, makes fifos, and leaves nothing behind, neither
 * a process nor a file, at its end.
 */
export class Bench implements AsyncDisposable {
  /** A short run: less work a sample. */
  readonly quick: boolean;
  readonly placement: Placement;
  /** The temporary folder of this run. */
  readonly folder: string;
  readonly runtimes: Runtimes;
  readonly #signal: AbortSignal;
  #names = 0;

  /** Makes the temporary folder. */
  static async create(options: BenchOptions): Promise<Bench> {
    return new Bench(await Deno.makeTempDir({ prefix: "ipc-bench-" }), options);
  }

  private constructor(folder: string, { quick, placement, signal }: BenchOptions) {
    this.folder = folder;
    this.quick = quick;
    this.placement = placement;
    this.#signal = signal;
    this.runtimes = new Runtimes(folder);
  }

  /**
   * Starts a contestant's program. Dispose of the process: that kills it if it still runs.
   *
   * @param side which side of a pair this is, for the {@linkcode Placement}
   */
  async start(contestant: Contestant, args: readonly string[], side?: 0 | 1): Promise<ContestantProcess> {
    const program = await this.runtimes.command(contestant.program);
    const command = side === undefined || this.placement === "free"
      ? program
      : onCore(program, this.placement === "apart" ? side : 0);
    this.#signal.throwIfAborted();
    return ContestantProcess.start(command, args, {
      signal: this.#signal,
      deadline: this.quick ? 20_000 : 60_000,
    });
  }

  /** Makes a new fifo and returns its path. */
  fifo(): string {
    const path = `${this.folder}/fifo-${this.#names++}`;
    mkfifoSync(path);
    return path;
  }

  /** A path for a socket that nobody has used. */
  socketPath(): string {
    return `${this.folder}/socket-${this.#names++}`;
  }

  /** A TCP port of 127.0.0.1 that is free now. */
  freePort(): number {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return listener.addr.port;
  }

  /** Rejects once the run has been interrupted. */
  throwIfInterrupted(): void {
    this.#signal.throwIfAborted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function onCore(command: Command, core: number): Command {
  return { path: "taskset", args: ["--cpu-list", String(core), command.path, ...command.args] };
}
