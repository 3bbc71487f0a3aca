import { withFifoCapacity } from "../fifo_capacity.ts";
import { Pair } from "../pair.ts";
import { PIPE_CONTESTANTS, STREAMS_CONTESTANT } from "../pipe_contestants.ts";
import type { Workload } from "../workload.ts";

const SIZE = 64 * 1024;

/** @param capacity of the pipe in bytes; undefined leaves the kernel's default */
function throughput(name: string, capacity?: number): Workload {
  return {
    name,
    title: `${SIZE / 1024} KiB writes one way over a fifo of ${
      capacity === undefined ? "the default capacity" : `${capacity / 1024} KiB`
    }`,
    metrics: [{ name: "rate", unit: "GB/s", better: "higher" }],
    operation: "64 KiB",
    reference: "C",
    contestants: [...PIPE_CONTESTANTS, STREAMS_CONTESTANT],
    rounds: { full: 7, quick: 3 },
    limits: [
      { contestant: "ipc async", compare: "ratio", against: "C", atLeast: 0.9 },
      { contestant: "ipc async", compare: "ratio", against: "Deno", atLeast: 1 },
      { contestant: "ipc async", compare: "ratio", against: "Python", atLeast: 1 },
      { contestant: "ipc sync", compare: "ratio", against: "C", atLeast: 0.95 },
    ],
    async measure(bench, contestant) {
      const path = bench.fifo();
      const [count, warmup] = bench.quick ? [2_000, 500] : [16_000, 2_000];
      await using pair = await withFifoCapacity(path, capacity, () =>
        Pair.start(bench, contestant, {
          active: ["read", SIZE, count, warmup, path],
          passive: ["write", SIZE, count, warmup, path],
        }));
      const { report, cpu } = await pair.run();
      await pair.finish();
      return { metrics: { rate: report("bytes") / report("seconds") / 1e9 }, cpu, operations: count };
    },
  };
}

export default [throughput("throughput"), throughput("throughput-1m", 1024 * 1024)];
