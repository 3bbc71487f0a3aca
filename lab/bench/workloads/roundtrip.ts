import { Pair } from "../pair.ts";
import { PIPE_CONTESTANTS } from "../pipe_contestants.ts";
import type { Workload } from "../workload.ts";

const SIZE = 64;

const roundtrip: Workload = {
  name: "roundtrip",
  title: `${SIZE} B there and back between two processes over two fifos`,
  metrics: [{ name: "time", unit: "us", better: "lower" }],
  operation: "round trip",
  reference: "C",
  contestants: PIPE_CONTESTANTS,
  rounds: { full: 7, quick: 3 },
  limits: [
    { contestant: "ipc async", compare: "ratio", against: "C", atMost: 1.3 },
    { contestant: "ipc sync", compare: "ratio", against: "C", atMost: 1.1 },
  ],
  async measure(bench, contestant) {
    const [there, back] = [bench.fifo(), bench.fifo()];
    const [count, warmup] = bench.quick ? [2_000, 500] : [20_000, 4_000];
    const amounts = [SIZE, count, warmup];
    await using pair = await Pair.start(bench, contestant, {
      active: ["ping", ...amounts, there, back],
      passive: ["pong", ...amounts, there, back],
    });
    const { report, cpu } = await pair.run();
    await pair.finish();
    return { metrics: { time: report("seconds") / count * 1e6 }, cpu, operations: count };
  },
};

export default [roundtrip];
