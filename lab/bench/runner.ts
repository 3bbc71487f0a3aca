import type { Bench } from "./bench.ts";
import { CannotRunError } from "./runtimes.ts";
import { mean, median, spread } from "./statistics.ts";
import type { Contestant, Measurement, Metric, Workload } from "./workload.ts";

/** One round of one contestant, as it is written to the JSON file. */
export interface Sample extends Measurement {
  readonly round: number;
  /** ISO 8601. */
  readonly started: string;
}

/** Everything known about one contestant of one workload. */
export class Result {
  readonly samples: Sample[] = [];
  /** Why it could not run, or not to the end. */
  reason?: string;
  /** Whether that is this machine's doing. */
  impossible = false;

  constructor(readonly contestant: Contestant) {}

  /** Whether this fails the run: it is this library's, it could have run, and it did not do what it should in time. */
  get failed(): boolean {
    return this.contestant.ours === true && this.reason !== undefined && !this.impossible;
  }

  /** The figures of all rounds. */
  values(metric: Metric): number[] {
    return this.samples.map((sample) => sample.metrics[metric.name] ?? NaN);
  }

  median(metric: Metric): number {
    return median(this.values(metric));
  }

  best(metric: Metric): number {
    return metric.better === "lower" ? Math.min(...this.values(metric)) : Math.max(...this.values(metric));
  }

  spread(metric: Metric): number {
    return spread(this.values(metric));
  }

  /** CPU seconds an operation, all processes and all rounds; NaN when unknown. */
  get cpu(): number {
    return mean(this.samples.map(({ cpu, operations }) => cpu === null ? NaN : cpu / operations));
  }

  /**
   * The median of what `compare` says of this contestant's and another's figures of the same round. Pairs
   * that were measured within seconds of each other: a machine that slows down meanwhile slows both.
   */
  against(other: Result, metric: Metric, compare: (mine: number, others: number) => number): number {
    const others = other.values(metric);
    const pairs = this.values(metric).slice(0, others.length);
    return median(pairs.map((mine, round) => compare(mine, others[round] ?? NaN)));
  }
}

/** Options of {@linkcode runWorkload}. */
export interface RunOptions {
  readonly rounds: number;
  /** Milliseconds after which no further round begins. */
  readonly budget: number;
  /** Called before each measurement. */
  onProgress?(round: number, contestant: Contestant): void;
}

/** Runs all contestants, interleaved: A B C A B C … One that fails is left out from then on. */
export async function runWorkload(bench: Bench, workload: Workload, options: RunOptions): Promise<Result[]> {
  const results = workload.contestants.map((contestant) => new Result(contestant));
  const end = performance.now() + options.budget;
  for (let round = 1; round <= options.rounds && (round === 1 || performance.now() < end); round++) {
    for (const result of results) {
      if (result.reason !== undefined) continue;
      options.onProgress?.(round, result.contestant);
      const started = new Date().toISOString();
      try {
        const measurement = await workload.measure(bench, result.contestant);
        const missing = workload.metrics.find(({ name }) => !Number.isFinite(measurement.metrics[name]));
        if (missing !== undefined) throw new Error(`no figure for '${missing.name}'`);
        result.samples.push({ round, started, ...measurement });
      } catch (error) {
        bench.throwIfInterrupted();
        result.impossible = error instanceof CannotRunError;
        result.reason = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return results;
}
