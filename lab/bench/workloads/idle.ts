import { converse } from "../conversation.ts";
import type { Contestant, Workload } from "../workload.ts";

const SECONDS = 5;
/** What the kernel's own counter has as 0: less than a tick. A sleeper looks four times a second after its peer. */
const NOTHING_MS = 10;

function reader(name: string, kind: "sync" | "async"): Contestant {
  return {
    name,
    program: { language: "deno", file: "idle_ours.ts", variant: [kind] },
    alone: true,
    ours: true,
  };
}

const idle: Workload = {
  name: "idle",
  title: `a parked reader and its peer, for ${SECONDS} s in which nobody says anything`,
  metrics: [{ name: "CPU", unit: "ms", better: "lower" }],
  operation: "second",
  reference: "ipc blocking",
  contestants: [reader("ipc blocking", "sync"), reader("ipc async", "async")],
  rounds: { full: 3, quick: 1 },
  limits: [
    { contestant: "ipc blocking", compare: "value", atMost: NOTHING_MS },
    { contestant: "ipc async", compare: "value", atMost: NOTHING_MS },
  ],
  async measure(bench, contestant) {
    const count = SECONDS * 1000;
    const { cpu } = await converse(bench, contestant, { kind: "one-way", size: 64, count, warmup: 0 });
    return { metrics: { CPU: cpu === null ? NaN : cpu * 1000 }, cpu, operations: SECONDS };
  },
};

export default [idle];
