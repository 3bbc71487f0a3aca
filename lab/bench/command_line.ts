import { parseArgs } from "@std/cli/parse-args";
import type { Placement } from "./bench.ts";
import type { Workload } from "./workload.ts";

export const USAGE = `Usage: bench [--only WORKLOAD[,WORKLOAD]] [--rounds N] [--quick] [--cores WHERE]
             [--json FILE] [--list]

  --only WORKLOAD  run these workloads alone
  --rounds N       how often each contestant runs (default: the workload's own number)
  --quick          less work a round and few rounds: shows that all run, says little about speed
  --cores WHERE    the two processes of a pair run apart (a core each), together (on one), or are
                   placed by the kernel (free, the default)
  --json FILE      write every sample and what it was measured on to a file
  --list           list the workloads and their contestants`;

const PLACEMENTS: readonly Placement[] = ["free", "apart", "together"];

/** Arguments that make no sense; the message says which. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** What the arguments ask for. */
export interface CommandLine {
  readonly action: "help" | "list" | "run";
  readonly workloads: readonly Workload[];
  readonly rounds?: number;
  readonly quick: boolean;
  readonly placement: Placement;
  readonly json?: string;
}

/** Reads and checks the arguments; throws a {@linkcode UsageError}. */
export function parseCommandLine(args: string[], all: readonly Workload[]): CommandLine {
  const { _: rest, only, rounds, quick, cores = "free", list, help, json, ...unknown } = parseArgs(args, {
    string: ["only", "rounds", "cores", "json"],
    boolean: ["quick", "list", "help"],
  });
  const [strange] = [...rest, ...Object.keys(unknown).map((name) => `--${name}`)];
  if (strange !== undefined) throw new UsageError(`Unknown argument '${strange}'`);
  if (rounds !== undefined && !/^[1-9]\d*$/.test(rounds)) {
    throw new UsageError(`Not a number of rounds: '${rounds}'`);
  }
  const action = help ? "help" : list ? "list" : "run";
  if (json !== undefined && action === "run") checkWritable(json);
  return {
    action,
    workloads: only === undefined ? all : only.split(",").map((name) => choose(all, name)),
    rounds: rounds === undefined ? undefined : Number(rounds),
    quick,
    placement: checkPlacement(cores),
    json,
  };
}

function choose(all: readonly Workload[], name: string): Workload {
  const workload = all.find((candidate) => candidate.name === name);
  if (workload !== undefined) return workload;
  throw new UsageError(`Unknown workload '${name}': there is ${all.map(({ name }) => name).join(", ")}`);
}

function checkPlacement(cores: string): Placement {
  const placement = PLACEMENTS.find((candidate) => candidate === cores);
  if (placement !== undefined) return placement;
  throw new UsageError(`Unknown placement '${cores}': there is ${PLACEMENTS.join(", ")}`);
}

/** Asked before minutes of measuring, not after them. */
function checkWritable(file: string): void {
  try {
    Deno.openSync(file, { write: true, create: true }).close();
  } catch (error) {
    throw new UsageError(`Cannot write '${file}': ${(error as Error).message}`);
  }
}
