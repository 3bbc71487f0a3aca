import { converse } from "../conversation.ts";
import { C, deno, node, ours, PYTHON, WORKER, ZEROMQ } from "../message_contestants.ts";
import type { Workload } from "../workload.ts";

const SIZE = 64;

const messagesRoundtrip: Workload = {
  name: "messages-roundtrip",
  title: `a message of ${SIZE} B there and back between two processes (Deno worker: threads)`,
  metrics: [{ name: "time", unit: "us", better: "lower" }],
  operation: "round trip",
  reference: "Deno unix",
  contestants: [
    deno("Deno unix", "unix"),
    ours("ipc unix", "unix", "bytes"),
    deno("Deno tcp", "tcp"),
    ours("ipc tcp", "tcp", "bytes"),
    PYTHON,
    node("Node json", "json", "string"),
    node("Node advanced", "advanced", "string"),
    WORKER,
    ZEROMQ,
    C,
  ],
  rounds: { full: 7, quick: 1 },
  limits: [
    { contestant: "ipc unix", compare: "ratio", against: "Deno unix", atMost: 1 },
    { contestant: "ipc tcp", compare: "ratio", against: "Deno tcp", atMost: 1 },
    ...["Python", "Node json", "Node advanced", "Deno worker"].map((against) => ({
      contestant: "ipc unix",
      compare: "ratio" as const,
      against,
      atMost: 1,
    })),
  ],
  async measure(bench, contestant) {
    const [count, warmup] = bench.quick ? [1_500, 500] : [20_000, 4_000];
    const { report, cpu } = await converse(bench, contestant, {
      kind: "roundtrip",
      size: SIZE,
      count,
      warmup,
    });
    return { metrics: { time: report("seconds") / count * 1e6 }, cpu, operations: count };
  },
};

export default [messagesRoundtrip];
