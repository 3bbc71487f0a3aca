import type { Result } from "./runner.ts";
import type { Workload } from "./workload.ts";

/** Lines of text with the columns aligned: the first to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  return rows.map((row) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)).join("  ")
      .trimEnd()
  );
}

/** Three significant digits, never with an exponent. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.max(0, Math.min(3, 2 - magnitude)));
}

/** Seconds in a unit that suits them. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-";
  return seconds < 1e-3 ? `${formatNumber(seconds * 1e6)} us` : `${formatNumber(seconds * 1e3)} ms`;
}

/** What a workload's contestants did, as text. */
export function renderTable(workload: Workload, results: readonly Result[]): string {
  const [main, ...more] = workload.metrics;
  const reference = results.find(({ contestant }) => contestant.name === workload.reference);
  const header = [
    "contestant",
    `${main.name} ${main.unit}`,
    "best",
    "spread",
    `to ${workload.reference}`,
    ...more.map(({ name, unit }) => `${name} ${unit}`),
    `CPU a ${workload.operation}`,
    "rounds",
  ];
  const measured = results.filter(({ samples }) => samples.length > 0);
  const rows = measured.map((result) => [
    result.contestant.name,
    formatNumber(result.median(main)),
    formatNumber(result.best(main)),
    `${formatNumber(result.spread(main) * 100)} %`,
    formatNumber(reference === undefined ? NaN : result.against(reference, main, (a, b) => a / b)),
    ...more.map((metric) => formatNumber(result.median(metric))),
    formatSeconds(result.cpu),
    String(result.samples.length),
  ]);
  const failures = results.filter(({ reason }) => reason !== undefined).map(describeFailure);
  return [
    `${workload.name}: ${workload.title} (${main.better} is better)`,
    ...[...alignColumns([header, ...rows]), ...failures].map((line) => `  ${line}`),
  ].join("\n");
}

/** What became of a contestant that has a reason: one of ours failed, and with it the run; others are left out. */
export function describeFailure(result: Result): string {
  const { contestant: { name }, reason = "", samples } = result;
  const what = result.failed ? "FAILED" : samples.length === 0 ? "not measured" : "not measured to the end";
  return `${name} ${what}: ${firstError(reason)}`;
}

/** The line that says what happened, amid the traces that languages print; the JSON file has it all. */
function firstError(reason: string): string {
  const lines = reason.split("\n");
  return lines.find((line) => /error/i.test(line) && !/^\s+at /.test(line)) ?? lines.at(-1) ?? "";
}
