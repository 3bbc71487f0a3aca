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

/** Values of a map, and how many maps are measured. As many go before: a compiler learns, the first takes some times as long. */
interface Amount {
  values: number;
  full: number;
  quick: number;
}

function pool(
  name: string,
  title: string,
  { values, full, quick }: Amount,
  contestants: Contestant[],
  limits: Limit[],
): Workload {
  return {
    name,
    title: `${title}, ${WORKERS} workers`,
    metrics: [
      { name: "rate", unit: "thousand/s", better: "higher" },
      { name: "first", unit: "ms", better: "lower" },
    ],
    operation: "value",
    reference: "Python Pool",
    contestants,
    rounds: { full: 5, quick: 1 },
    limits,
    async measure(bench, contestant) {
      const count = bench.quick ? quick : full;
      const work = { role: "map", size: values, count, warmup: count };
      const { report, cpu } = await runFamily(bench, contestant, work);
      const operations = count * values;
      const metrics = { rate: operations / report("seconds") / 1e3, first: report("first") * 1e3 };
      return { metrics, cpu, operations };
    },
  };
}

const single = pool(
  "pool",
  "trivial tasks, one value each",
  { values: 10_000, full: 10, quick: 4 },
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
  { values: 100_000, full: 20, quick: 10 },
  [python(DEFAULT), ours("ipc", "process", DEFAULT), ours("ipc threads", "thread", DEFAULT)],
  [{ contestant: "ipc", compare: "ratio", against: "Python Pool", atLeast: 1 }],
);

export default [single, chunked];
