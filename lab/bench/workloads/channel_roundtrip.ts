import type { Bench } from "../bench.ts";
import { boost, channel, PIPE, ring, ZEROMQ } from "../channel_contestants.ts";
import type { Report } from "../contestant_process.ts";
import { type Conversation, converse } from "../conversation.ts";
import { Pair } from "../pair.ts";
import type { Workload } from "../workload.ts";

const SIZE = 64;
const CAPACITY = 256 * 1024;
/** Per round: who sleeps takes some 20 us. */
const AMOUNTS = {
  slow: { full: [40_000, 4_000], quick: [5_000, 1_000] },
  fast: { full: [500_000, 50_000], quick: [50_000, 10_000] },
} as const;

const channelRoundtrip: Workload = {
  name: "channel-roundtrip",
  title: `${SIZE} B there and back between two processes, through memory that both have (C pipe: two fifos)`,
  metrics: [{ name: "time", unit: "us", better: "lower" }],
  operation: "round trip",
  reference: "C ring spinning",
  contestants: [
    ring("C ring spinning", "spin", CAPACITY),
    channel("ipc spinning", "spin", CAPACITY),
    channel("ipc", "default", CAPACITY),
    PIPE,
    channel("ipc parked", "sleep", CAPACITY),
    ring("C ring parked", "sleep", CAPACITY),
    channel("ipc async", "default", CAPACITY, "async"),
    boost(CAPACITY),
    ZEROMQ,
  ],
  rounds: { full: 7, quick: 1 },
  limits: [
    { contestant: "ipc spinning", compare: "value", atMost: 1 },
    { contestant: "ipc spinning", compare: "ratio", against: "C ring spinning", atMost: 2.5 },
    { contestant: "ipc parked", compare: "ratio", against: "C pipe", atMost: 1 },
  ],
  async measure(bench, contestant) {
    const speed = contestant.name.endsWith("spinning") ? "fast" : "slow";
    const [count, warmup] = AMOUNTS[speed][bench.quick ? "quick" : "full"];
    const { report, cpu } = contestant === PIPE
      ? await overPipes(bench, count, warmup)
      : await converse(bench, contestant, { kind: "roundtrip", size: SIZE, count, warmup });
    return { metrics: { time: report("seconds") / count * 1e6 }, cpu, operations: count };
  },
};

async function overPipes(
  bench: Bench,
  count: Conversation["count"],
  warmup: Conversation["warmup"],
): Promise<{ report: Report; cpu: number | null }> {
  const rest = [SIZE, count, warmup, bench.fifo(), bench.fifo()];
  await using pair = await Pair.start(bench, PIPE, { active: ["ping", ...rest], passive: ["pong", ...rest] });
  const run = await pair.run();
  await pair.finish();
  return run;
}

export default [channelRoundtrip];
