/**
 * A run of tests as far as children are concerned: it starts some that never end by themselves, by the means of
 * tests/support, and prints their numbers in JSON when all are at it, by what they do.
 */

import { DuplexChannel, Queue, Semaphore, SharedArray, SharedEvent } from "../../mod.ts";
import { startChild, type TestChild } from "../support/children.ts";
import { isAsleep } from "../support/processes.ts";
import { startShell } from "../support/programs.ts";
import { SharedWords } from "../support/shared_words.ts";
import { until } from "../support/watchdog.ts";
import type { QueueLoopJob } from "./queue_loop.ts";

const numbers = SharedArray.create({ type: "int32", length: 16 });
const semaphore = Semaphore.create({ value: 2 });
const event = SharedEvent.create();
const queue = Queue.create({ codec: "bytes" });
const channel = DuplexChannel.create({ name: Deno.args[0]! });
const page = new SharedWords(undefined, 4096);

function sync(kind: string, object: { share(): unknown }): TestChild {
  const tokens = JSON.stringify([numbers.share(), object.share()]);
  return startChild("sync_loop", { args: [kind, "sync", "8", tokens] });
}

const getting: QueueLoopJob = {
  queue: queue.share(),
  page: page.path,
  pageSize: 4096,
  job: "get",
  form: "sync",
  count: 7,
};
const children = {
  "waits to begin": sync("semaphore", semaphore),
  "turns": sync("semaphore", semaphore),
  "waits in a system call": sync("event", event),
  "gets from an empty queue": startChild("queue_loop", { args: [JSON.stringify(getting)] }),
  "computes": startChild("duplex_replies", { args: [channel.name!, "sync"] }),
  "a shell that computes": startShell("echo ready; while :; do :; done"),
};
for (const child of Object.values(children)) await child.printed("ready");
channel.unlink();
for (const what of ["turns", "waits in a system call", "gets from an empty queue"] as const) {
  await children[what].write("\n");
}
channel.sendSync(new TextEncoder().encode("hang"));
await until("it to turn", () => numbers.load(8) > 0);
await until("they to sleep", () => isAsleep(children["waits in a system call"].pid));
console.log(
  JSON.stringify(Object.fromEntries(Object.entries(children).map(([what, { pid }]) => [what, pid]))),
);
await new Promise(() => setInterval(() => {}, 1000));
