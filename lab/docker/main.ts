import { parseArgs } from "@std/cli/parse-args";
import { engineProblem } from "./engine_problem.ts";
import { keepFailureLogs } from "./failure_logs.ts";
import { LabError } from "./lab_error.ts";
import type { Outcome } from "./outcome.ts";
import { problemWith, writeWhole } from "./output_file.ts";
import { Progress } from "./progress.ts";
import { reportPage, type RunFacts } from "./report/page.ts";
import { runScenarios } from "./run_scenarios.ts";
import { loadScenario, scenarioNames } from "./scenario.ts";
import { Session } from "./session.ts";

/** The options of the lab. */
export const USAGE = `Runs the scenarios of lab/scenarios in Docker containers.

Usage: deno task lab [--only NAME]... [--list] [--jobs COUNT] [--keep] [--json FILE] [--report FILE.html]

  --only NAME         run just this one; can be given several times
  --list              print the names and what each proves
  --jobs COUNT        how many at a time; 2 unless told
  --keep              leave containers, networks and volumes until the next run, to look into them
  --json FILE         write what happened
  --report FILE.html  the same as a page to look at
  --help              print this`;

const STOPS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * The command without a name. Resolves to its exit code: 0 when all passed, 1 when one failed or the lab could
 * not run, 2 for wrong arguments, 128 + the signal's number after Ctrl-C and the like.
 */
export async function lab(args: string[], usage = USAGE): Promise<number> {
  const unknown: string[] = [];
  const flags = parseArgs(args, {
    boolean: ["list", "keep", "help"],
    string: ["only", "json", "report", "jobs"],
    collect: ["only"],
    default: { jobs: "2" },
    alias: { help: "h" },
    unknown: (arg: string) => {
      unknown.push(arg);
      return false;
    },
  });
  unknown.push(...flags._.map(String)); // What stands behind "--".
  if (unknown.length > 0) return refuse(`Unknown option: ${unknown.join(" ")}\n\n${usage}`);
  if (flags.help) return print(usage);
  const names = scenarioNames();
  if (flags.list) {
    const width = Math.max(...names.map((name) => name.length));
    for (const name of names) console.log(`${name.padEnd(width)}  ${(await loadScenario(name)).title}`);
    return 0;
  }
  const wrong = flags.only.find((name) => !names.includes(name));
  if (wrong !== undefined) return refuse(`There is no scenario "${wrong}". There are: ${names.join(", ")}`);
  const jobs = Number(flags.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) {
    return refuse(`--jobs wants a whole number from 1 on, not "${flags.jobs}"`);
  }
  const chosen = flags.only.length > 0 ? names.filter((name) => flags.only.includes(name)) : names;
  const { keep, json, report } = flags;
  for (const [option, file] of Object.entries({ json, report })) {
    const problem = file === undefined ? undefined : problemWith(file);
    if (problem !== undefined) return refuse(`--${option} ${problem}`);
  }
  return await run(chosen, { jobs, keep, json, report });
}

interface RunOptions {
  jobs: number;
  keep: boolean;
  json: string | undefined;
  report: string | undefined;
}

async function run(names: readonly string[], options: RunOptions): Promise<number> {
  using progress = new Progress();
  const interruption = new AbortController();
  let interrupted: number | undefined;
  using listeners = new DisposableStack();
  for (const [name, code] of Object.entries(STOPS)) {
    const listener = () => {
      if (interrupted === undefined) progress.note(`${name}: removing what was made`);
      interrupted ??= code;
      interruption.abort();
    };
    Deno.addSignalListener(name as Deno.Signal, listener);
    listeners.defer(() => Deno.removeSignalListener(name as Deno.Signal, listener));
  }
  let code = 0;
  const problems: unknown[] = [];
  try {
    code = await stay(names, options, { progress, signal: interruption.signal, problems });
  } catch (error) {
    problems.push(error);
  }
  for (const problem of problems.map(engineProblem)) {
    if (problem instanceof LabError) progress.say(problem.message);
    else if (interrupted === undefined) throw problem; // The interruption ends things with errors of their own.
  }
  return interrupted ?? (problems.length > 0 ? 1 : code);
}

/** All between coming to an engine and leaving it; resolves to the exit code. */
async function stay(
  names: readonly string[],
  options: RunOptions,
  { progress, signal, problems }: { progress: Progress; signal: AbortSignal; problems: unknown[] },
): Promise<number> {
  const begun = Date.now();
  const say = (text: string) => progress.note(text);
  const session = await Session.enter(say, signal);
  const { engine, image, run } = session;
  say(`run ${run}, Docker ${engine.version}, image ${image} (ready in ${seconds(Date.now() - begun)} s)`);
  let code = 1;
  try {
    const outcomes = await runScenarios(names, session, { ...options, signal, progress });
    const milliseconds = Date.now() - begun;
    code = summarize(outcomes, progress, milliseconds);
    await write(outcomes, options, {
      begun,
      milliseconds,
      facts: { Docker: engine.version, Deno: Deno.version.deno, image, system: Deno.build.target },
    });
  } catch (error) {
    problems.push(error);
  }
  await session.leave(say, { keep: options.keep && !signal.aborted });
  return code;
}

async function write(
  outcomes: readonly Outcome[],
  { json, report }: RunOptions,
  facts: RunFacts,
): Promise<void> {
  if (json !== undefined) await writeWhole(json, `${JSON.stringify(outcomes, undefined, 1)}\n`);
  if (report !== undefined) await writeWhole(report, reportPage(outcomes, facts));
}

function summarize(outcomes: readonly Outcome[], progress: Progress, milliseconds: number): number {
  const count = (state: Outcome["state"]) => outcomes.filter((outcome) => outcome.state === state).length;
  const folder = keepFailureLogs(outcomes);
  if (folder !== undefined) progress.say(`The logs of what failed are in ${folder}`);
  const skipped = count("skipped") > 0 ? `, ${count("skipped")} skipped` : "";
  progress.say(`${count("passed")} passed, ${count("failed")} failed${skipped} (${seconds(milliseconds)} s)`);
  return count("failed") > 0 ? 1 : 0;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function print(text: string): number {
  console.log(text);
  return 0;
}

function refuse(text: string): number {
  console.error(text);
  return 2;
}
