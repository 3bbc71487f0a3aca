import type { Bench } from "../bench.ts";
import { CannotRunError } from "../runtimes.ts";
import type { Contestant, Measurement, Workload } from "../workload.ts";

const SIZE = 64;
const TIMES = 100;
/** Clients of each of the two client processes. */
const HALF = 500;
/** Of a connection: over a Unix socket its own, one to write with, one for the event loop; over TCP two, as counted. */
const DESCRIPTORS = { unix: 3, tcp: 2 };
/** Those that a process has anyway. */
const OTHERS = 100;
const TRANSPORTS = ["unix", "tcp"] as const;

const clients: Workload = {
  name: "clients",
  title: `${2 * HALF} clients in two processes, one listener, ${TIMES} round trips of ${SIZE} B each`,
  metrics: [
    { name: "time", unit: "ms", better: "lower" },
    { name: "joining", unit: "ms", better: "lower" },
    { name: "server", unit: "MB", better: "lower" },
    { name: "growth", unit: "MB", better: "lower" },
  ],
  operation: "round trip",
  reference: "ipc unix",
  contestants: TRANSPORTS.map((transport) => ({
    name: `ipc ${transport}`,
    program: { language: "deno", file: "clients_ours.ts", variant: [transport] },
    ours: true,
  })),
  rounds: { full: 5, quick: 1 },
  limits: [],
  async measure(bench, contestant) {
    const transport = TRANSPORTS.find((name) => contestant.program.variant?.includes(name)) ?? "unix";
    checkOpenFiles(2 * HALF * DESCRIPTORS[transport] + OTHERS);
    return await run(bench, contestant);
  },
};

async function run(bench: Bench, contestant: Contestant): Promise<Measurement> {
  const place = [bench.socketPath(), bench.freePort(), ...contestant.program.variant ?? []];
  const args = (role: string) => [role, SIZE, TIMES, HALF, ...place].map(String);
  await using server = await bench.start(contestant, args("serve"), 0);
  await server.report("listening");
  const alone = server.memory ?? NaN;
  await using one = await bench.start(contestant, args("call"), 1);
  await using two = await bench.start(contestant, args("call"), 1);
  const callers = [one, two];
  await Promise.all([server, ...callers].map((process) => process.report("ready")));
  const cpu = () => [server, ...callers].reduce((sum, process) => sum + (process.cpu ?? NaN), 0);
  const before = cpu();
  const start = performance.now();
  await Promise.all(callers.map((process) => process.go()));
  const reports = await Promise.all(callers.map((process) => process.report("done")));
  const time = performance.now() - start;
  const spent = cpu() - before;
  const memory = server.memory ?? NaN;
  await server.go();
  const served = (await server.report("done"))("clients");
  if (served !== 2 * HALF) throw new Error(`The server had ${served} clients, not ${2 * HALF}`);
  await Promise.all([server, ...callers].map((process) => process.finish()));
  return {
    metrics: {
      time,
      joining: Math.max(...reports.map((report) => report("joining"))) * 1e3,
      server: memory / 1e6,
      growth: (memory - alone) / 1e6,
    },
    cpu: Number.isNaN(spent) ? null : spent,
    operations: 2 * HALF * TIMES,
  };
}

/** The processes inherit this one's limit. The runtime has raised it as far as the hard limit lets it. */
function checkOpenFiles(needed: number): void {
  let limits: string;
  try {
    limits = Deno.readTextFileSync("/proc/self/limits");
  } catch {
    return; // Not Linux: it shows.
  }
  const soft = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
  if (soft >= needed) return;
  throw new CannotRunError(`${2 * HALF} clients need ${needed} open files, and ulimit -n is ${soft}`);
}

export default [clients];
