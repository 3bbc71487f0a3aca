import { parseArgs } from "@std/cli/parse-args";
import { Bench } from "./bench.ts";
import { describeMachine, jsonReport, type Machine, type Outcome } from "./report.ts";
import { runWorkload } from "./runner.ts";
import { renderTable } from "./table.ts";
import { judge, renderVerdicts } from "./verdict.ts";
import { loadWorkloads, type Workload } from "./workload.ts";

const USAGE = `Usage: bench [--only WORKLOAD[,WORKLOAD]] [--rounds N] [--quick] [--json FILE] [--list]

  --only WORKLOAD  run these workloads alone
  --rounds N       how often each contestant runs (default: the workload's own number)
  --quick          less work a round and few rounds: shows that all run, says little about speed
  --json FILE      write every sample and what it was measured on to a file
  --list           list the workloads and their contestants`;

/** Milliseconds that a workload may go on beginning rounds in a quick run. */
const QUICK_BUDGET = 2_500;

/** Ended by Ctrl-C or SIGTERM, as a shell reports it. */
const INTERRUPTED = 130;

interface Options {
  workloads: Workload[];
  rounds?: number;
  quick: boolean;
  json?: string;
}

/**
 * The benchmark's command line. Returns the exit code: 1 when a contestant of this library failed, 2 for
 * arguments that make no sense. Being slow is reported and is no failure.
 */
export async function bench(args: string[]): Promise<number> {
  const parsed = parseArgs(args, { string: ["only", "rounds", "json"], boolean: ["quick", "list", "help"] });
  const all = await loadWorkloads();
  if (parsed.help) {
    console.log(USAGE);
    return 0;
  }
  if (parsed.list) {
    for (const workload of all) console.log(describe(workload));
    return 0;
  }
  const options = checkOptions(parsed, all);
  if (typeof options === "string") {
    console.error(`${options}\n\n${USAGE}`);
    return 2;
  }
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

async function run(options: Options, signal: AbortSignal): Promise<number> {
  const { workloads, quick } = options;
  await using bench = await Bench.create({ quick, signal });
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
  const failed = outcomes.some(({ results }) =>
    results.some(({ contestant, reason }) => contestant.ours && reason !== undefined)
  );
  return failed ? 1 : 0;
}

function checkOptions(parsed: Record<string, unknown>, all: Workload[]): Options | string {
  const { _: rest, only, rounds, quick, list: _list, help: _help, json, ...unknown } = parsed;
  const strange = [...rest as unknown[], ...Object.keys(unknown).map((name) => `--${name}`)];
  if (strange.length > 0) return `Unknown argument '${strange[0]}'`;
  const names = only === undefined ? all.map(({ name }) => name) : String(only).split(",");
  const missing = names.find((name) => all.every((workload) => workload.name !== name));
  if (missing !== undefined) {
    return `Unknown workload '${missing}': there is ${all.map(({ name }) => name).join(", ")}`;
  }
  if (rounds !== undefined && !/^[1-9]\d*$/.test(String(rounds))) {
    return `Not a number of rounds: '${rounds}'`;
  }
  return {
    workloads: all.filter(({ name }) => names.includes(name)),
    rounds: rounds === undefined ? undefined : Number(rounds),
    quick: quick === true,
    json: json === undefined ? undefined : String(json),
  };
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
