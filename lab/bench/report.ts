import type { Bench } from "./bench.ts";
import type { Result } from "./runner.ts";
import type { Verdict } from "./verdict.ts";
import type { Workload } from "./workload.ts";

/** One workload and what came out. */
export interface Outcome {
  readonly workload: Workload;
  readonly results: readonly Result[];
}

/** What the figures were measured on. */
export interface Machine {
  readonly os: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory: number;
  /** Load averages of 1, 5 and 15 minutes when the run began. */
  readonly load: readonly number[];
}

/** Describes this machine. */
export function describeMachine(): Machine {
  return {
    os: Deno.build.os,
    architecture: Deno.build.arch,
    kernel: Deno.osRelease(),
    processor: processorName(),
    cores: navigator.hardwareConcurrency,
    memory: Deno.systemMemoryInfo().total,
    load: Deno.loadavg(),
  };
}

/** The content of the file that `--json` writes: every sample, and all that is needed to judge them. */
export async function jsonReport(
  bench: Bench,
  run: { machine: Machine; started: Date; outcomes: readonly Outcome[]; verdicts: readonly Verdict[] },
): Promise<string> {
  const report = {
    format: 1,
    started: run.started.toISOString(),
    finished: new Date().toISOString(),
    quick: bench.quick,
    placement: bench.placement,
    machine: run.machine,
    versions: await bench.runtimes.versions(),
    workloads: run.outcomes.map(describeOutcome),
    verdicts: run.verdicts,
  };
  return JSON.stringify(report, null, 2) + "\n";
}

function describeOutcome({ workload, results }: Outcome): unknown {
  const reference = results.find(({ contestant }) => contestant.name === workload.reference);
  const { name, title, metrics, operation } = workload;
  return {
    name,
    title,
    operation,
    metrics,
    reference: workload.reference,
    contestants: results.map((result) => ({
      name: result.contestant.name,
      ours: result.contestant.ours ?? false,
      reason: result.reason,
      cpuSecondsPerOperation: result.cpu,
      figures: Object.fromEntries(metrics.map((metric) => [metric.name, {
        median: result.median(metric),
        best: result.samples.length === 0 ? null : result.best(metric),
        spread: result.spread(metric),
        ratio: reference === undefined ? null : result.against(reference, metric, (a, b) => a / b),
      }])),
      samples: result.samples,
    })),
  };
}

function processorName(): string {
  try {
    return /^model name\s*:\s*(.+)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}
