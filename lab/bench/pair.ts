import type { Bench } from "./bench.ts";
import type { ContestantProcess, Report } from "./contestant_process.ts";
import type { Contestant } from "./workload.ts";

/** Options of {@linkcode Pair.start}: the arguments of both programs. */
export interface PairArguments {
  /** The side that takes the time. */
  readonly active: readonly (string | number)[];
  /** The side that only has to keep up; it is let go first. */
  readonly passive: readonly (string | number)[];
  /** The passive side says `listening` once the active one can connect, which is started then. */
  readonly listens?: boolean;
}

/** Two processes of one contestant that talk to each other. */
export class Pair implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    readonly active: ContestantProcess,
    readonly passive: ContestantProcess,
    stack: AsyncDisposableStack,
  ) {
    this.#stack = stack;
  }

  /** Starts both sides, and waits until both have warmed up. */
  static async start(bench: Bench, contestant: Contestant, args: PairArguments): Promise<Pair> {
    await using stack = new AsyncDisposableStack();
    const passive = stack.use(await bench.start(contestant, args.passive.map(String), 0));
    if (args.listens) await passive.report("listening");
    const active = stack.use(await bench.start(contestant, args.active.map(String), 1));
    await Promise.all([passive.report("ready"), active.report("ready")]);
    return new Pair(active, passive, stack.move());
  }

  /** Runs the measured part. Returns what the active side reported, and the CPU seconds of both sides. */
  async run(): Promise<{ report: Report; cpu: number | null }> {
    const before = this.#cpu();
    await this.passive.go();
    await this.active.go();
    const [report] = await Promise.all([this.active.report("done"), this.passive.report("done")]);
    const after = this.#cpu();
    return { report, cpu: before === null || after === null ? null : after - before };
  }

  /** Lets both sides end; rejects when one fails. */
  async finish(): Promise<void> {
    await Promise.all([this.active.finish(), this.passive.finish()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #cpu(): number | null {
    const [active, passive] = [this.active.cpu, this.passive.cpu];
    return active === null || passive === null ? null : active + passive;
  }
}
