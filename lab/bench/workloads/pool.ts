import { runFamily } from "../family.ts";
import type { Contestant, Limit, Workload } from "../workload.ts";

const WORKERS = 2;
/** A task of its own for each value, or as many values a task as the pool likes. */
const [SINGLE, DEFAULT] = ["1", "0"];

function ours(name: string, kind: "process" | "thread", chunk: string): Contestant {
  return {
    name,
    program: { language: "deno", file: "pool_ours.ts", variant: [kind, String(WORKERS), chunk] },
    alone: true,
    ours: true,
  };
}

function python(chunk: string): Contestant {
  const variant = ["fork", String(WORKERS), chunk];
  return {
    name: "Python Pool",
    program: { language: "python", file: "pool_python.py", variant },
    alone: true,
  };
}

function npm(name: string, needs: string): Contestant {
  const file = `pool_${name}.mjs`;
  return { name, program: { language: "node", file, variant: [String(WORKERS)], needs }, alone: true };
}

function pool(name: string, title: string, contestants: Contestant[], limits: Limit[]): Workload {
  return {
    name,
    title: `${title}, ${WORKERS} workers`,
    metrics: [{ name: "rate", unit: "thousand/s", better: "higher" }],
    operation: "value",
    reference: "Python Pool",
    contestants,
    rounds: { full: 5, quick: 1 },
    limits,
    async measure(bench, contestant) {
      // Long enough for a compiler that learns: the first 50,000 take three times as long as the fourth.
      const [count, warmup] = bench.quick ? [20_000, 20_000] : [50_000, 150_000];
      const { report, cpu } = await runFamily(bench, contestant, { role: "map", count, warmup });
      return { metrics: { rate: count / report("seconds") / 1e3 }, cpu, operations: count };
    },
  };
}

const single = pool(
  "pool",
  "trivial tasks, one value each",
  [
    python(SINGLE),
    ours("ipc", "process", SINGLE),
    ours("ipc threads", "thread", SINGLE),
    npm("piscina", "piscina@5"),
    npm("workerpool", "workerpool@9"),
  ],
  [
    { contestant: "ipc", compare: "ratio", against: "Python Pool", atLeast: 5 },
    { contestant: "ipc", compare: "ratio", against: "piscina", atLeast: 1 },
    { contestant: "ipc", compare: "ratio", against: "workerpool", atLeast: 1 },
  ],
);

const chunked = pool(
  "pool-chunked",
  "trivial tasks, as many values each as the pool takes by default",
  [python(DEFAULT), ours("ipc", "process", DEFAULT), ours("ipc threads", "thread", DEFAULT)],
  [{ contestant: "ipc", compare: "ratio", against: "Python Pool", atLeast: 1 }],
);

export default [single, chunked];
