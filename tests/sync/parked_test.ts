/** Who waits sleeps: it does not look again and again. */

import { assert, assertEquals } from "@std/assert";
import {
  Barrier,
  Channel,
  Condition,
  Lock,
  Queue,
  Semaphore,
  SharedArray,
  SharedEvent,
  type SharedObject,
} from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { isAsleep } from "../support/processes.ts";
import { test } from "../support/shared_memory.ts";
import { until } from "../support/watchdog.ts";

const MEASURED_MS = 5_000;

/** Of the time. To look each millisecond takes 60 to 80 ms of 5 s. */
const MOST = 0.01;

const KINDS: Record<string, [create: () => SharedObject, ...methods: string[]]> = {
  Channel: [() => Channel.create(), "recv", "recvSync", "peekSync"],
  Queue: [() => Queue.create(), "get", "getSync"],
  Lock: [() => Lock.create(), "acquire", "acquireSync"],
  Semaphore: [() => Semaphore.create({ value: 0 }), "acquire", "acquireSync"],
  Condition: [() => Condition.create(), "wait"],
  SharedEvent: [() => SharedEvent.create(), "waitSync"],
  Barrier: [() => Barrier.create({ parties: 2 }), "wait"],
  SharedArray: [() => SharedArray.create({ type: "int32", length: 1 }), "waitSync"],
};

/** What a process has taken so far, in milliseconds: utime and stime of proc(5), in ticks of 10 ms. */
function cpuOf(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

test("processes that wait for each kind of object, blocking or on the event loop, use no CPU for 5 s", async () => {
  await using stack = new AsyncDisposableStack();
  const waiting = Object.entries(KINDS).flatMap(([kind, [create, ...methods]]) =>
    methods.map((method) => {
      const object = stack.use(create());
      // Its owner blocks the others.
      if (object instanceof Lock) object.acquireSync();
      const what = `${kind}.${method}`;
      return {
        what,
        child: stack.use(startChild("parks", { args: [what, JSON.stringify(object.share())] })),
      };
    })
  );
  for (const { what, child } of waiting) {
    await child.printed("waiting");
    await until(`${what} to sleep`, () => isAsleep(child.pid));
  }
  // What the runtime does once, after it has started, is over by then.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = waiting.map(({ child }) => cpuOf(child.pid));
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
  const used = waiting.map(({ what, child }, i) => ({ what, ms: cpuOf(child.pid) - before[i]! }));
  const time = performance.now() - start;
  console.log(
    `CPU in ${(time / 1000).toFixed(1)} s: ${used.map(({ what, ms }) => `${what} ${ms} ms`).join(", ")}`,
  );
  for (const { what, ms } of used) assert(ms <= MOST * time, `${what} used ${ms} ms in ${time.toFixed(0)}`);
  for (const { child } of waiting) assertEquals(child.stdout, "waiting\n");
});
