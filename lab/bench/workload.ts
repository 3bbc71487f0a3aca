import type { Bench } from "./bench.ts";
import type { Program } from "./runtimes.ts";

/** One participant of a workload: a name for the tables and the program that does the work. */
export interface Contestant {
  readonly name: string;
  readonly program: Program;
  /** This library's own: its failing fails the run, anybody else's is only listed. */
  readonly ours?: boolean;
  /** Its program makes the other side by itself (a fork, a thread): one process is started, not two. */
  readonly alone?: boolean;
}

/** A figure that each sample has. The first metric of a workload is the one that its table is about. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
}

/** What one contestant did in one round. */
export interface Measurement {
  readonly metrics: Readonly<Record<string, number>>;
  /** User and system time of all processes of the contestant, in seconds; null where it cannot be read. */
  readonly cpu: number | null;
  /** How many operations the CPU time was spent on. */
  readonly operations: number;
}

/** A figure that a contestant has to reach, judged on the medians over the rounds. */
export interface Limit {
  readonly contestant: string;
  /** `value` is the contestant's own; the others compare it with `against`, round by round. */
  readonly compare: "value" | "ratio" | "difference";
  readonly against?: string;
  /** Default: the first metric. */
  readonly metric?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/**
 * One thing to measure. A file in workloads/ exports a list of these by default and is found there by itself.
 */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly [Metric, ...Metric[]];
  /** What the CPU time is given per, as in "CPU per round trip". */
  readonly operation: string;
  /** The contestant that the ratios refer to. */
  readonly reference: string;
  readonly contestants: readonly Contestant[];
  readonly rounds: { readonly full: number; readonly quick: number };
  readonly limits: readonly Limit[];
  /** One round of one contestant, in processes of its own. */
  measure(bench: Bench, contestant: Contestant): Promise<Measurement>;
}

const FOLDER = new URL("./workloads/", import.meta.url);

/** All workloads, in the order of their files' names. */
export async function loadWorkloads(): Promise<Workload[]> {
  const files = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".ts")
  );
  const modules = await Promise.all(
    files.sort().map((name) => import(new URL(name, FOLDER).href) as Promise<{ default: Workload[] }>),
  );
  return modules.flatMap((module) => module.default);
}
