import type { Bench } from "./bench.ts";
import type { ContestantProcess, Report } from "./contestant_process.ts";
import { familySeconds } from "./usage.ts";
import type { Contestant } from "./workload.ts";

/** What a program does that starts others by itself. */
export interface FamilyWork {
  /** What the program is told to do. */
  readonly role: string;
  /** Bytes of a value, or how large a task is. */
  readonly size?: number;
  /** How often. */
  readonly count: number;
  /** How often before. */
  readonly warmup: number;
}

/** Starts a contestant's program. It gets ROLE SIZE COUNT WARMUP PATH PORT and its variant. */
export function startFamily(
  bench: Bench,
  contestant: Contestant,
  { role, size = 0, count, warmup }: FamilyWork,
): Promise<ContestantProcess> {
  const place = [bench.socketPath(), bench.freePort()];
  const args = [role, size, count, warmup, ...place, ...contestant.program.variant ?? []];
  return bench.start(contestant, args.map(String));
}

/** Lets it work, and tells what it reported and the CPU time of it and all that it started. */
export async function runFamily(
  bench: Bench,
  contestant: Contestant,
  work: FamilyWork,
): Promise<{ report: Report; cpu: number | null }> {
  await using program = await startFamily(bench, contestant, work);
  await program.report("ready");
  const before = familySeconds(program.pid);
  await program.go();
  const report = await program.report("done");
  const after = familySeconds(program.pid);
  await program.finish();
  return { report, cpu: before === null || after === null ? null : after - before };
}
