/**
 * A parent with all that it can have: children and daemons with children of their own, a child that never lets its event
 * loop go, one of those without permissions, managers, a pool, and what is shared with them. It says `ready`,
 * and ends as it is told: `exit`, `throw`, `reject`, or by a signal.
 */
import { Channel, Lock, Manager, Pool, Process, Queue, SharedMemory, SharedValue } from "../../mod.ts";

const WORK = import.meta.resolve("./process_work.ts");
const [folder] = Deno.args;

const memory = SharedMemory.create({ size: 4096 });
const lock = Lock.create();
const started = [
  new Process(WORK, { entry: "family", args: [false], stdout: "piped" }),
  new Process(WORK, { entry: "family", args: [true], stdout: "piped", daemon: true }),
  new Process(WORK, { entry: "spinWith", args: [memory, lock], stdout: "piped" }),
  new Process(WORK, { entry: "spinLoudly", permissions: "none", stdout: "piped" }),
];
for (const process of started) process.start();
for (const process of started) await process.stdout.lines().next();
const managers = [
  await Manager.start(),
  await Manager.start({ address: `unix:${folder}/manager` }),
  await Manager.start({ address: "tcp://127.0.0.1:0" }),
];
for (const manager of managers) await (await manager.lock("held")).acquire();
const pool = new Pool(WORK, { size: 2 });
const busy = SharedValue.create({ type: "int32", value: 0 });
for (let workers = 0; workers < 2; workers++) {
  pool.apply("markAndSpin", [busy]).catch(() => {});
  while (busy.load() === workers) await busy.wait(workers);
}
using _queue = Queue.create();
using _channel = Channel.create({ capacity: 4096 });
console.log("ready");
const how = new TextDecoder().decode(new Uint8Array([...await readLine()]));
if (how === "exit") Deno.exit(3);
if (how === "reject") void Promise.reject(new Error("rejected on purpose"));
else throw new Error("thrown on purpose");
await new Promise((resolve) => setTimeout(resolve, 60_000));

async function readLine(): Promise<Uint8Array> {
  const bytes = new Uint8Array(20);
  const count = await Deno.stdin.read(bytes);
  return bytes.subarray(0, count ?? 0);
}
