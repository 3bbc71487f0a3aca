import type { Result } from "./runner.ts";
import { alignColumns, formatNumber } from "./table.ts";
import type { Limit, Metric, Workload } from "./workload.ts";

/** How a workload's figures stand to one of its limits. */
export interface Verdict {
  readonly workload: string;
  readonly what: string;
  readonly unit: string;
  /** Null when one of the contestants has no figures. */
  readonly measured: number | null;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly outcome: "ok" | "short" | "not measured";
}

/** Compares the results with the limits that stand next to the workload. */
export function judge(workload: Workload, results: readonly Result[]): Verdict[] {
  return workload.limits.map((limit) => {
    const metric = workload.metrics.find(({ name }) => name === limit.metric) ?? workload.metrics[0];
    const value = measure(limit, metric, results);
    const measured = Number.isFinite(value) ? value : null;
    const { contestant, against, atLeast, atMost } = limit;
    const sign = { value: "", ratio: " / ", difference: " - " }[limit.compare];
    return {
      workload: workload.name,
      what: `${metric.name}: ${contestant}${sign}${against ?? ""}`,
      unit: limit.compare === "ratio" ? "" : metric.unit,
      measured,
      atLeast,
      atMost,
      outcome: measured === null
        ? "not measured"
        : measured >= (atLeast ?? -Infinity) && measured <= (atMost ?? Infinity)
        ? "ok"
        : "short",
    };
  });
}

/** All verdicts as text. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ workload, what, unit, measured, atLeast, atMost, outcome }) => [
    `${workload}  ${what}`,
    measured === null ? "-" : `${formatNumber(measured)} ${unit}`.trimEnd(),
    atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`,
    outcome,
  ]);
  const short = verdicts.filter(({ outcome }) => outcome === "short").length;
  return [
    "Limits",
    ...alignColumns(rows).map((line) => `  ${line}`),
    short === 0 ? "None of those measured falls short." : `${short} of ${verdicts.length} fall short.`,
  ].join("\n");
}

function measure(limit: Limit, metric: Metric, results: readonly Result[]): number {
  const find = (name?: string) => results.find((result) => result.contestant.name === name);
  const mine = find(limit.contestant);
  if (mine === undefined) throw new Error(`No contestant '${limit.contestant}' for a limit of this workload`);
  if (limit.compare === "value") return mine.median(metric);
  const other = find(limit.against);
  if (other === undefined) throw new Error(`No contestant '${limit.against}' for a limit of this workload`);
  return mine.against(other, metric, limit.compare === "ratio" ? (a, b) => a / b : (a, b) => a - b);
}
