import { runFamily } from "../family.ts";
import type { Workload } from "../workload.ts";

const SIZE = 1_000_000;
const WORKERS = "1";

/** What is not copied through a ring: the worker has it in common with the pool. */
const SHARED = "ipc, SharedArray";

const large: Workload = {
  name: "pool-1m",
  title: "a typed array of 1 MB to a worker and back",
  metrics: [{ name: "time", unit: "us", better: "lower" }],
  operation: "task",
  reference: "Node fork",
  contestants: [
    {
      name: "Node fork",
      program: { language: "node", file: "pool_node.mjs", variant: [WORKERS] },
      alone: true,
    },
    {
      name: "ipc",
      program: { language: "deno", file: "pool_ours.ts", variant: ["process", WORKERS, "0"] },
      alone: true,
      ours: true,
    },
    {
      name: "ipc threads",
      program: { language: "deno", file: "pool_ours.ts", variant: ["thread", WORKERS, "0"] },
      alone: true,
      ours: true,
    },
    {
      name: SHARED,
      program: { language: "deno", file: "pool_ours.ts", variant: ["process", WORKERS, "0"] },
      alone: true,
      ours: true,
    },
    {
      name: "Python Pool",
      program: { language: "python", file: "pool_python.py", variant: ["fork", WORKERS, "0"] },
      alone: true,
    },
  ],
  rounds: { full: 7, quick: 1 },
  limits: [
    { contestant: "ipc", compare: "ratio", against: "Node fork", atMost: 0.2 },
    { contestant: SHARED, compare: "ratio", against: "Node fork", atMost: 0.2 },
  ],
  async measure(bench, contestant) {
    const role = contestant.name === SHARED ? "echo-shared" : "echo";
    const [count, warmup] = bench.quick ? [200, 200] : [1000, 1000];
    const { report, cpu } = await runFamily(bench, contestant, { role, size: SIZE, count, warmup });
    return { metrics: { time: report("seconds") / count * 1e6 }, cpu, operations: count };
  },
};

export default [large];
