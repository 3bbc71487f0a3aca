import type { Bench } from "./bench.ts";
import type { Report } from "./contestant_process.ts";
import { cpuSeconds } from "./usage.ts";
import type { Contestant } from "./workload.ts";

/** What a crowd does. */
export interface Work {
  /** What the program is told to be. */
  readonly role: string;
  /** Bytes of a value. */
  readonly size: number;
  /** Operations of each process. */
  readonly count: number;
  /** Operations before those. */
  readonly warmup: number;
  /** How many processes the program starts. */
  readonly processes: number;
}

/**
 * Lets a program start children that begin and end together, and tells their CPU time: `ready` names them as
 * `pid0=… pid1=…`, `done` the seconds. They run where the kernel places them.
 */
export async function runCrowd(
  bench: Bench,
  contestant: Contestant,
  { role, size, count, warmup, processes }: Work,
): Promise<{ report: Report; cpu: number | null }> {
  const place = [bench.socketPath(), bench.freePort()];
  const args = [role, size, count, warmup, ...place, ...contestant.program.variant ?? []].map(String);
  await using leader = await bench.start(contestant, args);
  const ready = await leader.report("ready");
  const pids = Array.from({ length: processes }, (_, index) => ready(`pid${index}`));
  const cpu = () => [leader.cpu, ...pids.map(cpuSeconds)].reduce<number>((sum, own) => sum + (own ?? NaN), 0);
  const before = cpu();
  await leader.go();
  const report = await leader.report("done");
  const spent = cpu() - before;
  await leader.finish();
  return { report, cpu: Number.isNaN(spent) ? null : spent };
}
