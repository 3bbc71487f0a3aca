import type { ContestantProcess } from "../contestant_process.ts";
import { Pair } from "../pair.ts";
import type { Limit, Metric, Workload } from "../workload.ts";

const SIZE = 64 * 1024;
const LIMIT = 20;
const OURS = ["ipc async", "ipc streams"];

const memory: Workload = {
  name: "memory",
  title: "growth of resident memory while 1 GB (quick: 128 MB) goes to a slow reader, writer and reader",
  // What the end says is the promise; the peaks in between show what it took.
  metrics: [megabytes("writer"), megabytes("reader"), megabytes("writer peak"), megabytes("reader peak")],
  operation: "64 KiB",
  reference: "Deno streams",
  contestants: [
    { name: "Deno streams", program: { language: "deno", file: "slow_deno_streams.ts" } },
    { name: "ipc async", program: { language: "deno", file: "slow_ours_async.ts" }, ours: true },
    { name: "ipc streams", program: { language: "deno", file: "slow_ours_streams.ts" }, ours: true },
  ],
  rounds: { full: 3, quick: 1 },
  limits: OURS.flatMap((contestant): Limit[] => [
    { contestant, compare: "value", metric: "writer", atMost: LIMIT },
    { contestant, compare: "value", metric: "reader", atMost: LIMIT },
  ]),
  async measure(bench, contestant) {
    const path = bench.fifo();
    const [count, warmup] = [bench.quick ? 2_000 : 16_000, 64];
    await using pair = await Pair.start(bench, contestant, {
      active: ["read", SIZE, count, warmup, path],
      passive: ["write", SIZE, count, warmup, path],
    });
    const writer = new Growth(pair.passive);
    const reader = new Growth(pair.active);
    const timer = setInterval(() => [writer.sample(), reader.sample()], 20);
    try {
      const { cpu } = await pair.run();
      const metrics = {
        writer: writer.sample(),
        reader: reader.sample(),
        "writer peak": writer.peak,
        "reader peak": reader.peak,
      };
      await pair.finish();
      return { metrics, cpu, operations: count };
    } finally {
      clearInterval(timer);
    }
  },
};

function megabytes(name: string): Metric {
  return { name, unit: "MB", better: "lower" };
}

/** How much memory, in MB, a process has above what it had first. */
class Growth {
  readonly #process: ContestantProcess;
  readonly #start: number;
  peak = 0;

  constructor(process: ContestantProcess) {
    this.#process = process;
    this.#start = this.#megabytes();
  }

  /** NaN where /proc does not tell, or no longer. */
  sample(): number {
    const growth = this.#megabytes() - this.#start;
    if (growth > this.peak) this.peak = growth;
    return growth;
  }

  #megabytes(): number {
    return (this.#process.memory ?? NaN) / 1e6;
  }
}

export default [memory];
