import { converse } from "../conversation.ts";
import { node, ours, PYTHON, WORKER, ZEROMQ } from "../message_contestants.ts";
import type { Workload } from "../workload.ts";

const SIZE = 64;

const messages: Workload = {
  name: "messages",
  title: `messages of ${SIZE} B, or small objects, one way as fast as they go`,
  metrics: [{ name: "rate", unit: "thousand/s", better: "higher" }],
  operation: "message",
  reference: "Python",
  contestants: [
    PYTHON,
    ours("ipc bytes", "unix", "bytes"),
    // One write(2) each, as Python does it.
    ours("ipc bytes, each awaited", "unix", "bytes", "awaited"),
    node("Node json", "json", "string"),
    node("Node advanced", "advanced", "string"),
    ours("ipc structured objects", "unix", "structured"),
    node("Node json objects", "json", "object"),
    node("Node advanced objects", "advanced", "object"),
    WORKER,
    ZEROMQ,
  ],
  rounds: { full: 7, quick: 1 },
  limits: [
    { contestant: "ipc bytes", compare: "ratio", against: "Python", atLeast: 1.5 },
    { contestant: "ipc bytes", compare: "ratio", against: "Node json", atLeast: 4 },
    { contestant: "ipc bytes", compare: "ratio", against: "Node advanced", atLeast: 4 },
    {
      contestant: "ipc structured objects",
      compare: "ratio",
      against: "Node advanced objects",
      atLeast: 2,
    },
  ],
  async measure(bench, contestant) {
    const [count, warmup] = bench.quick ? [50_000, 10_000] : [200_000, 40_000];
    const { report, cpu } = await converse(bench, contestant, {
      kind: "one-way",
      size: SIZE,
      count,
      warmup,
    });
    return { metrics: { rate: count / report("seconds") / 1e3 }, cpu, operations: count };
  },
};

export default [messages];
