import type { Bench } from "../bench.ts";
import { multiprocessing } from "../channel_contestants.ts";
import { runCrowd } from "../crowd.ts";
import type { Contestant, Measurement, Workload } from "../workload.ts";

function contestants(processes: number): Contestant[] {
  return [
    multiprocessing("Python", String(processes)),
    {
      name: "ipc",
      program: { language: "deno", file: "lock_ours.ts", variant: [String(processes)] },
      alone: true,
      ours: true,
    },
  ];
}

async function run(
  bench: Bench,
  contestant: Contestant,
  processes: number,
  total: number,
): Promise<Measurement & { seconds: number }> {
  const count = total / processes;
  const work = { role: "lock", size: 0, count, warmup: count / 5, processes };
  const { report, cpu } = await runCrowd(bench, contestant, work);
  return { seconds: report("seconds"), metrics: {}, cpu, operations: total };
}

const uncontended: Workload = {
  name: "lock",
  title: "a lock that nobody else wants: acquired and released by one process",
  metrics: [{ name: "time", unit: "ns", better: "lower" }],
  operation: "acquire and release",
  reference: "Python",
  contestants: contestants(1),
  rounds: { full: 7, quick: 3 },
  limits: [
    { contestant: "ipc", compare: "value", atMost: 60 },
    { contestant: "ipc", compare: "ratio", against: "Python", atMost: 0.2 },
  ],
  async measure(bench, contestant) {
    const total = (contestant.ours ? 20_000_000 : 4_000_000) / (bench.quick ? 4 : 1);
    const { seconds, ...rest } = await run(bench, contestant, 1, total);
    return { ...rest, metrics: { time: seconds / total * 1e9 } };
  },
};

function contended(processes: number): Workload {
  return {
    name: `lock-${processes}`,
    title: `a lock that ${processes} processes want all the time`,
    metrics: [{ name: "rate", unit: "million/s", better: "higher" }],
    operation: "acquire and release",
    reference: "Python",
    contestants: contestants(processes),
    rounds: { full: 7, quick: 3 },
    limits: [{ contestant: "ipc", compare: "ratio", against: "Python", atLeast: 1 }],
    async measure(bench, contestant) {
      const total = 4_000_000 / (bench.quick ? 2 : 1);
      const { seconds, ...rest } = await run(bench, contestant, processes, total);
      return { ...rest, metrics: { rate: total / seconds / 1e6 } };
    },
  };
}

export default [uncontended, contended(2), contended(4)];
