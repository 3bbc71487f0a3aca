import { boost, channel, memcpy, multiprocessing, ring, ZEROMQ } from "../channel_contestants.ts";
import { converse } from "../conversation.ts";
import { node } from "../message_contestants.ts";
import type { Workload } from "../workload.ts";

const CAPACITY = 256 * 1024;
const MIB = 1024 * 1024;
/** Room for three messages of 1 MiB with their headers. */
const LARGE_CAPACITY = 4 * MIB;

/** Those that a native programmer would pick, and ours. */
const THROUGH_MEMORY = [
  ring("C ring", "spin", CAPACITY),
  channel("ipc", "default", CAPACITY),
  channel("ipc spinning", "spin", CAPACITY),
  boost(CAPACITY),
  ZEROMQ,
];

const small: Workload = {
  name: "channel",
  title: "messages of 64 B one way through memory that both processes have",
  metrics: [{ name: "rate", unit: "million/s", better: "higher" }],
  operation: "message",
  reference: "C ring",
  contestants: [
    ...THROUGH_MEMORY,
    multiprocessing("Python Pipe", "pipe"),
    multiprocessing("Python Queue", "queue"),
    node("Node json", "json", "string"),
  ],
  rounds: { full: 7, quick: 1 },
  limits: [
    { contestant: "ipc", compare: "value", atLeast: 10 },
    { contestant: "ipc", compare: "ratio", against: "Python Pipe", atLeast: 20 },
    { contestant: "ipc", compare: "ratio", against: "Python Queue", atLeast: 40 },
    { contestant: "ipc", compare: "ratio", against: "Node json", atLeast: 40 },
  ],
  async measure(bench, contestant) {
    const fast = contestant.ours || contestant.program.language === "c";
    const [count, warmup] = fast
      ? bench.quick ? [2_000_000, 500_000] : [10_000_000, 1_000_000]
      : contestant.program.language === "c++"
      ? bench.quick ? [200_000, 50_000] : [1_000_000, 100_000]
      : bench.quick
      ? [50_000, 10_000]
      : [200_000, 40_000];
    const { report, cpu } = await converse(bench, contestant, { kind: "one-way", size: 64, count, warmup });
    return { metrics: { rate: count / report("seconds") / 1e6 }, cpu, operations: count };
  },
};

const medium: Workload = {
  name: "channel-1k",
  title: "messages of 1 KiB one way through memory that both processes have",
  metrics: [{ name: "rate", unit: "GB/s", better: "higher" }],
  operation: "message",
  reference: "C ring",
  contestants: THROUGH_MEMORY,
  rounds: { full: 7, quick: 1 },
  limits: [{ contestant: "ipc", compare: "value", atLeast: 5 }],
  async measure(bench, contestant) {
    const [size, count, warmup] = [1024, ...bench.quick ? [200_000, 50_000] : [2_000_000, 200_000]];
    const { report, cpu } = await converse(bench, contestant, {
      kind: "one-way",
      size,
      count: count!,
      warmup: warmup!,
    });
    return { metrics: { rate: size * count! / report("seconds") / 1e9 }, cpu, operations: count! };
  },
};

const large: Workload = {
  name: "channel-1m",
  // memcpy reads and writes each byte once. In place one side writes it and the other one reads it; to copy it out is
  // one more writing, and to copy it in one more reading.
  title: "messages of 1 MiB one way; in place: one side fills, the other one compares the halves",
  metrics: [{ name: "rate", unit: "GB/s", better: "higher" }],
  operation: "message",
  reference: "C memcpy",
  contestants: [
    memcpy("C memcpy", LARGE_CAPACITY),
    ring("C ring in place", "spin", LARGE_CAPACITY, "in-place"),
    channel("ipc in place", "spin", LARGE_CAPACITY, "in-place"),
    ring("C ring copied out", "spin", LARGE_CAPACITY, "copied-out"),
    channel("ipc copied out", "spin", LARGE_CAPACITY, "copied-out"),
    ring("C ring", "spin", LARGE_CAPACITY),
    channel("ipc", "spin", LARGE_CAPACITY),
  ],
  rounds: { full: 7, quick: 1 },
  limits: [
    { contestant: "ipc in place", compare: "ratio", against: "C memcpy", atLeast: 1 },
    { contestant: "ipc copied out", compare: "ratio", against: "C memcpy", atLeast: 1 },
  ],
  async measure(bench, contestant) {
    const [count, warmup] = bench.quick ? [1_000, 200] : [10_000, 1_000];
    const { report, cpu } = await converse(bench, contestant, { kind: "one-way", size: MIB, count, warmup });
    return { metrics: { rate: MIB * count / report("seconds") / 1e9 }, cpu, operations: count };
  },
};

export default [small, medium, large];
