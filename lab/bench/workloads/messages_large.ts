import { converse } from "../conversation.ts";
import { C, ours, PYTHON } from "../message_contestants.ts";
import type { Workload } from "../workload.ts";

const SIZE = 64 * 1024;

const messagesLarge: Workload = {
  name: "messages-large",
  title: `messages of ${SIZE / 1024} KiB one way over a Unix socket`,
  metrics: [{ name: "rate", unit: "GB/s", better: "higher" }],
  operation: "message",
  reference: "C",
  contestants: [C, ours("ipc", "unix", "bytes"), ours("ipc into", "unix", "into"), PYTHON],
  rounds: { full: 7, quick: 1 },
  limits: [
    { contestant: "ipc", compare: "ratio", against: "C", atLeast: 0.8 },
    { contestant: "ipc", compare: "ratio", against: "Python", atLeast: 1 },
  ],
  async measure(bench, contestant) {
    const [count, warmup] = bench.quick ? [2_000, 500] : [16_000, 2_000];
    const { report, cpu } = await converse(bench, contestant, {
      kind: "one-way",
      size: SIZE,
      count,
      warmup,
    });
    return { metrics: { rate: SIZE * count / report("seconds") / 1e9 }, cpu, operations: count };
  },
};

export default [messagesLarge];
