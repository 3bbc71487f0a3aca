import { startFamily } from "../family.ts";
import { familyMemory, familySeconds } from "../usage.ts";
import type { Contestant, Workload } from "../workload.ts";

const WORKERS = 4;
/** A small task for each, so that all are there: so many numbers are looked at, or a message has so many bytes. */
const SIZE = 1_000;

function ours(name: string, kind: "process" | "thread"): Contestant {
  return {
    name,
    program: { language: "deno", file: "pool_ours.ts", variant: [kind, String(WORKERS), "0"] },
    alone: true,
    ours: true,
  };
}

function python(method: "fork" | "spawn"): Contestant {
  const variant = [method, String(WORKERS), "0"];
  return {
    name: `Python ${method}`,
    program: { language: "python", file: "pool_python.py", variant },
    alone: true,
  };
}

const workerMemory: Workload = {
  name: "worker-memory",
  title:
    `memory for each of ${WORKERS} idle workers; proportional: what processes share is divided among them`,
  metrics: [
    { name: "resident", unit: "MB", better: "lower" },
    { name: "proportional", unit: "MB", better: "lower" },
  ],
  operation: "worker",
  reference: "ipc processes",
  contestants: [
    ours("ipc processes", "process"),
    ours("ipc threads", "thread"),
    python("fork"),
    python("spawn"),
    {
      name: "Node fork",
      program: { language: "node", file: "pool_node.mjs", variant: [String(WORKERS)] },
      alone: true,
    },
  ],
  rounds: { full: 3, quick: 1 },
  limits: [],
  async measure(bench, contestant) {
    const work = { role: "idle", size: SIZE, count: 0, warmup: 0 };
    await using program = await startFamily(bench, contestant, work);
    await program.report("ready");
    const [memory, cpu] = [familyMemory(program.pid), familySeconds(program.pid)];
    await program.go();
    await program.report("done");
    const [memoryThen, cpuThen] = [familyMemory(program.pid), familySeconds(program.pid)];
    await program.finish();
    if (memory === null || memoryThen === null) throw new Error("/proc does not tell");
    const each = (name: keyof typeof memory) => (memoryThen[name] - memory[name]) / WORKERS / 1e6;
    return {
      metrics: { resident: each("resident"), proportional: each("proportional") },
      cpu: cpu === null || cpuThen === null ? null : cpuThen - cpu,
      operations: WORKERS,
    };
  },
};

export default [workerMemory];
