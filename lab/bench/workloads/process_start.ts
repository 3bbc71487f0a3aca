import { runFamily } from "../family.ts";
import type { Contestant, Workload } from "../workload.ts";

function deno(name: string, variant: "process" | "connection" | "empty"): Contestant {
  return { name, program: { language: "deno", file: "start_ours.ts", variant: [variant] }, alone: true };
}

function python(method: string): Contestant {
  return {
    name: `Python ${method}`,
    program: { language: "python", file: "start_python.py", variant: [method] },
    alone: true,
  };
}

const start: Workload = {
  name: "process-start",
  title:
    "from the start of a process to its first message, its result or over a connection; empty: a whole run of an empty script",
  metrics: [{ name: "time", unit: "ms", better: "lower" }],
  operation: "start and end",
  reference: "empty deno run",
  contestants: [
    deno("empty deno run", "empty"),
    { ...deno("ipc Process", "process"), ours: true },
    { ...deno("ipc, connection", "connection"), ours: true },
    python("spawn"),
    python("fork"),
  ],
  rounds: { full: 15, quick: 3 },
  limits: [
    { contestant: "ipc Process", compare: "ratio", against: "empty deno run", atMost: 1.5 },
    { contestant: "ipc Process", compare: "ratio", against: "Python spawn", atMost: 0.7 },
    { contestant: "ipc, connection", compare: "ratio", against: "empty deno run", atMost: 1.5 },
    { contestant: "ipc, connection", compare: "ratio", against: "Python spawn", atMost: 0.7 },
  ],
  async measure(bench, contestant) {
    const count = bench.quick ? 3 : 5;
    const { report, cpu } = await runFamily(bench, contestant, { role: "start", count, warmup: 1 });
    return { metrics: { time: report("seconds") / count * 1000 }, cpu, operations: count };
  },
};

export default [start];
