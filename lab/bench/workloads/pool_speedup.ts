import { runFamily } from "../family.ts";
import type { Contestant, Workload } from "../workload.ts";

/** Numbers of a task. */
const SIZE = 5_000;

function ours(processes: number): Contestant {
  return {
    name: `ipc, ${processes}`,
    program: { language: "deno", file: "pool_ours.ts", variant: ["process", String(processes), "1"] },
    alone: true,
    ours: true,
  };
}

function python(processes: number): Contestant {
  return {
    name: `Python, ${processes}`,
    program: { language: "python", file: "pool_python.py", variant: ["fork", String(processes), "1"] },
    alone: true,
  };
}

const speedup: Workload = {
  name: "pool-speedup",
  title: "counting primes with one process and with two",
  metrics: [{ name: "time", unit: "ms", better: "lower" }],
  operation: "task",
  reference: "ipc, 1",
  contestants: [ours(1), ours(2), python(1), python(2)],
  rounds: { full: 7, quick: 1 },
  limits: [{ contestant: "ipc, 1", compare: "ratio", against: "ipc, 2", atLeast: 1.8 }],
  async measure(bench, contestant) {
    // Python takes some ten times as long for each.
    const tasks = bench.quick ? 400 : 2_000;
    const count = contestant.ours ? tasks : tasks / 20;
    const { report, cpu } = await runFamily(bench, contestant, {
      role: "primes",
      size: SIZE,
      count,
      warmup: count / 10,
    });
    return { metrics: { time: report("seconds") * 1000 * tasks / count }, cpu, operations: count };
  },
};

export default [speedup];
