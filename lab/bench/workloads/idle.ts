import { multiprocessing } from "../channel_contestants.ts";
import { cpuSeconds } from "../usage.ts";
import type { Contestant, Workload } from "../workload.ts";

const SECONDS = { full: 5, quick: 1 };
/** What the kernel's own counter has as nothing: less than a tick. */
const NOTHING_MS = 10;

const OURS: Contestant[] = [
  ["Channel.recv", "recv"],
  ["Channel.recvSync", "recvSync"],
  ["Queue.get", "get"],
  ["Queue.getSync", "getSync"],
  ["Lock.acquire", "acquire"],
  ["Lock.acquireSync", "acquireSync"],
].map(([name = "", call = ""]) => ({
  name,
  program: { language: "deno", file: "idle_ours.ts", variant: [call] },
  alone: true,
  ours: true,
}));

const idle: Workload = {
  name: "idle",
  title:
    `CPU time of all threads of a process that waits for ${SECONDS.full} s (quick: ${SECONDS.quick} s), in vain`,
  metrics: [{ name: "CPU", unit: "ms", better: "lower" }],
  operation: "second",
  reference: "Python Queue.get",
  contestants: [
    multiprocessing("Python Queue.get", "queue"),
    { name: "Node process.on", program: { language: "node", file: "idle_node.mjs" }, alone: true },
    ...OURS,
  ],
  rounds: { full: 3, quick: 1 },
  limits: OURS.map(({ name }) => ({ contestant: name, compare: "value", atMost: NOTHING_MS })),
  async measure(bench, contestant) {
    const seconds = SECONDS[bench.quick ? "quick" : "full"];
    const args = ["wait", "0", "0", "0", bench.socketPath(), String(bench.freePort())];
    await using parent = await bench.start(contestant, [...args, ...contestant.program.variant ?? []]);
    const waiter = (await parent.report("ready"))("pid");
    const before = cpuSeconds(waiter);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const after = cpuSeconds(waiter);
    if (before === null || after === null) throw new Error("the waiting process has ended");
    const cpu = after - before;
    await parent.go(); // What it waited for comes: it ends.
    await parent.report("done");
    await parent.finish();
    return { metrics: { CPU: cpu * 1000 }, cpu, operations: seconds };
  },
};

export default [idle];
