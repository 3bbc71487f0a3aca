import { runFamily } from "../family.ts";
import type { Workload } from "../workload.ts";

const SIZE = 1_000_000;
const WORKERS = "1";

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
      name: "Python Pool",
      program: { language: "python", file: "pool_python.py", variant: ["fork", WORKERS, "0"] },
      alone: true,
    },
  ],
  rounds: { full: 7, quick: 1 },
  limits: [{ contestant: "ipc", compare: "ratio", against: "Node fork", atMost: 0.2 }],
  async measure(bench, contestant) {
    const [count, warmup] = bench.quick ? [100, 20] : [500, 100];
    const { report, cpu } = await runFamily(bench, contestant, { role: "echo", size: SIZE, count, warmup });
    return { metrics: { time: report("seconds") / count * 1e6 }, cpu, operations: count };
  },
};

export default [large];
