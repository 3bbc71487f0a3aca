import { multiprocessing } from "../channel_contestants.ts";
import { runCrowd } from "../crowd.ts";
import type { Contestant, Workload } from "../workload.ts";

const SIZE = 64;

function ours(name: string, producers: number, codec: "bytes" | "structured"): Contestant {
  return {
    name,
    program: { language: "deno", file: "queue_ours.ts", variant: [String(producers), codec] },
    alone: true,
    ours: true,
  };
}

/** @param producers as many as there are consumers */
function queue(name: string, producers: number, timesPython: number): Workload {
  return {
    name,
    title: `values of ${SIZE} B through a queue, ${producers} producers and ${producers} consumers`,
    metrics: [{ name: "rate", unit: "thousand/s", better: "higher" }],
    operation: "value",
    reference: "Python",
    contestants: [
      multiprocessing("Python", String(producers)),
      ours("ipc bytes", producers, "bytes"),
      ours("ipc structured", producers, "structured"),
    ],
    rounds: { full: 7, quick: 1 },
    limits: [{ contestant: "ipc bytes", compare: "ratio", against: "Python", atLeast: timesPython }],
    async measure(bench, contestant) {
      const most = (contestant.ours ? 1_000_000 : 200_000) / (bench.quick ? 4 : 1);
      const [count, warmup] = [most / producers, most / producers / 5];
      const work = { role: "queue", size: SIZE, count, warmup, processes: 2 * producers };
      const { report, cpu } = await runCrowd(bench, contestant, work);
      return { metrics: { rate: most / report("seconds") / 1e3 }, cpu, operations: most };
    },
  };
}

export default [queue("queue", 1, 10), queue("queue-4", 4, 5)];
