import { multiprocessing } from "../channel_contestants.ts";
import { runCrowd } from "../crowd.ts";
import type { Contestant, Workload } from "../workload.ts";

const SIZE = 64;
/** Of the queue, in bytes: what ours has when nothing is said. */
const CAPACITY = 1 << 20;

function ours(name: string, producers: number, codec: "bytes" | "structured"): Contestant {
  return {
    name,
    program: { language: "deno", file: "queue_ours.ts", variant: [String(producers), codec] },
    alone: true,
    ours: true,
  };
}

/** message_queue of Boost.Interprocess, with room for as many bytes. */
function boost(producers: number): Contestant {
  return {
    name: "Boost message_queue",
    program: {
      language: "c++",
      file: "queue_boost.cpp",
      variant: [String(producers), String(CAPACITY)],
      links: ["rt", "pthread"],
      debian: "libboost-dev",
    },
    alone: true,
  };
}

/**
 * The PUSH and PULL sockets of libzmq. For one consumer: among several a PUSH deals its values out before anybody asks, which
 * is no queue of all.
 */
const ZEROMQ: Contestant = {
  name: "ZeroMQ",
  program: { language: "c++", file: "queue_zeromq.cpp", links: ["zmq"], debian: "libzmq3-dev" },
  alone: true,
};

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
      boost(producers),
      ...producers === 1 ? [ZEROMQ] : [],
    ],
    rounds: { full: 7, quick: 1 },
    limits: [{ contestant: "ipc bytes", compare: "ratio", against: "Python", atLeast: timesPython }],
    async measure(bench, contestant) {
      const most = (contestant.program.language === "python" ? 200_000 : 1_000_000) / (bench.quick ? 4 : 1);
      const [count, warmup] = [most / producers, most / producers / 5];
      const work = { role: "queue", size: SIZE, count, warmup, processes: 2 * producers };
      const { report, cpu } = await runCrowd(bench, contestant, work);
      return { metrics: { rate: most / report("seconds") / 1e3 }, cpu, operations: most };
    },
  };
}

export default [queue("queue", 1, 10), queue("queue-4", 4, 5)];
