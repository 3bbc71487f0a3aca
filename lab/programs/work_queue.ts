/**
 * Producers and consumers over a queue in shared memory: each item is taken by one consumer, and comes in the order
 * in which its producer put it. The queue holds 20 items; who is faster than the others waits.
 *
 *     deno run -A lab/programs/work_queue.ts [PRODUCERS] [CONSUMERS] [ITEMS]
 *
 * One sees what each process put or took, and that all has come.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { Queue, spawn } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

/** What a producer puts; null tells a consumer to go home. */
type Item = { from: number; number: number } | null;

async function main(producers: number, consumers: number, items: number, signal: AbortSignal): Promise<void> {
  using queue = Queue.create({ maxSize: 20 });
  const start = (role: string, id: number) =>
    spawn(Deno.execPath(), {
      args: ["run", "--allow-ffi", import.meta.url, role, `${id}`, `${items}`],
      fds: { 3: queue },
      noOrphans: true,
      signal,
    });
  const starting = (role: string, count: number) =>
    Array.from({ length: count }, (_, i) => start(role, i + 1));
  const [making, taking] = [starting("producer", producers), starting("consumer", consumers)];
  const made = await Promise.all(making.map((child) => child.status));
  await queue.join({ signal });
  for (const _ of taking) await queue.put(null, { signal });
  const taken = await Promise.all(taking.map((child) => child.status));
  signal.throwIfAborted();
  if (![...made, ...taken].every(({ success }) => success)) {
    throw new Error("A producer or a consumer has failed");
  }
  console.log(`Main: ${producers * items} items were put and taken, ${queue.size} are left`);
}

async function produce(queue: Queue<Item>, from: number, items: number): Promise<void> {
  for (let number = 1; number <= items; number++) await queue.put({ from, number });
  console.log(`Producer ${from} put ${items} items`);
}

async function consume(queue: Queue<Item>, id: number): Promise<void> {
  const last = new Map<number, number>();
  let count = 0;
  for (let item = await queue.get(); item !== null; item = await queue.get()) {
    if (item.number <= (last.get(item.from) ?? 0)) {
      throw new Error(`Consumer ${id}: ${item.number} came late`);
    }
    last.set(item.from, item.number);
    count++;
    queue.taskDone();
  }
  queue.taskDone();
  console.log(`Consumer ${id} took ${count} items`);
}

if (import.meta.main) {
  const [role, id, items] = Deno.args;
  if (role === "producer" || role === "consumer") {
    using queue = Queue.inherited<Item>(3);
    if (role === "producer") await produce(queue, Number(id), Number(items));
    else await consume(queue, Number(id));
  } else {
    const [producers = "2", consumers = "3", each = "500"] = Deno.args;
    await interruptible((signal) => main(Number(producers), Number(consumers), Number(each), signal));
  }
}
