import { Bench } from "./bench.ts";
import { type CommandLine, parseCommandLine, USAGE, UsageError } from "./command_line.ts";
import { describeMachine, jsonReport, type Machine, type Outcome } from "./report.ts";
import { runWorkload } from "./runner.ts";
import { describeFailure, renderTable } from "./table.ts";
import { judge, renderVerdicts } from "./verdict.ts";
import { loadWorkloads, type Workload } from "./workload.ts";

/** Milliseconds that a workload may go on beginning rounds in a quick run. */
const QUICK_BUDGET = 2_500;

/** Ended by Ctrl-C or SIGTERM, as a shell reports it. */
const INTERRUPTED = 130;

/**
 * The benchmark's command line. Returns the exit code: 1 when a contestant of this library failed or was not done in
 * time, 2 for arguments that make no sense. Being slow is reported and is no failure.
 *
 * @param workloads Default: those of the folder.
 */
export async function bench(args: string[], workloads?: readonly Workload[]): Promise<number> {
  const all = workloads ?? await loadWorkloads();
  let options: CommandLine;
  try {
    options = parseCommandLine(args, all);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  switch (options.action) {
    case "help":
      console.log(USAGE);
      return 0;
    case "list":
      for (const workload of options.workloads) console.log(describe(workload));
      return 0;
    case "run":
      return await runUntilInterrupted(options);
  }
}

/** Ctrl-C and SIGTERM end the contestants and remove the files, as the end does. */
async function runUntilInterrupted(options: CommandLine): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  Deno.addSignalListener("SIGINT", onSignal);
  Deno.addSignalListener("SIGTERM", onSignal);
  try {
    return await run(options, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.error("Interrupted");
    return INTERRUPTED;
  } finally {
    Deno.removeSignalListener("SIGINT", onSignal);
    Deno.removeSignalListener("SIGTERM", onSignal);
  }
}

async function run(options: CommandLine, signal: AbortSignal): Promise<number> {
  const { workloads, quick, placement } = options;
  await using bench = await Bench.create({ quick, placement, signal });
  const started = new Date();
  const machine = describeMachine();
  console.log(renderMachine(machine));
  const outcomes: Outcome[] = [];
  for (const workload of workloads) {
    const results = await runWorkload(bench, workload, {
      rounds: options.rounds ?? workload.rounds[quick ? "quick" : "full"],
      budget: quick && options.rounds === undefined ? QUICK_BUDGET : Infinity,
      onProgress: (round, { name }) => showProgress(`${workload.name}, round ${round}: ${name}`),
    });
    showProgress("");
    console.log(`\n${renderTable(workload, results)}`);
    outcomes.push({ workload, results });
  }
  const verdicts = outcomes.flatMap(({ workload, results }) => judge(workload, results));
  console.log(`\n${renderVerdicts(verdicts)}`);
  if (options.json !== undefined) {
    await Deno.writeTextFile(options.json, await jsonReport(bench, { machine, started, outcomes, verdicts }));
  }
  const failures = outcomes.flatMap(({ workload, results }) =>
    results.filter(({ failed }) => failed).map((result) => `${workload.name}: ${describeFailure(result)}`)
  );
  if (failures.length === 0) return 0;
  console.error(
    `\n${failures.join("\n")}\nThe run failed: ${failures.length} of this library's contestants did.`,
  );
  return 1;
}

function describe({ name, title, contestants }: Workload): string {
  return `${name}: ${title}\n  ${contestants.map((contestant) => contestant.name).join(", ")}`;
}

function renderMachine({ os, architecture, kernel, processor, cores, load }: Machine): string {
  const [lastMinute = 0] = load;
  const busy = lastMinute > cores / 2
    ? `\nBusy machine (load ${lastMinute.toFixed(1)}): figures will be off.`
    : "";
  return `${processor}, ${cores} cores, ${os} ${kernel} ${architecture}, Deno ${Deno.version.deno}${busy}`;
}

/** Overwrites one line of the terminal; writes nothing into a file or a pipe. */
function showProgress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[2K${text}`));
}

if (import.meta.main) Deno.exit(await bench(Deno.args));
