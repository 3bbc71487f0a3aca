/** Where /dev/shm has 1 MiB: what comes of memory that does not fit. */

import { Channel, Queue, SharedArray, SharedMemory } from "../../mod.ts";

const FOLDER = "/dev/shm";

function report(what: string, call: () => unknown): void {
  try {
    console.log(`${what}: ${call()}`);
  } catch (error) {
    console.log(`${what}: ${(error as { code?: string }).code}`);
  }
}

report("create 2 MiB", () => SharedMemory.create({ name: "large", size: 2 << 20 }).size);
using kept = SharedMemory.create({ name: "kept", size: 512 << 10 });
new Uint8Array(kept.buffer).fill(1);
// As Python makes it: a size, and no pages.
Deno.writeFileSync(`${FOLDER}/sparse`, new Uint8Array(0));
Deno.truncateSync(`${FOLDER}/sparse`, 900 << 10);
report("open what is sparse", () => SharedMemory.open("sparse").size);
report("read what is sparse", () => SharedMemory.open("sparse", { readOnly: true }).size);
report("create a lock file of 600 KiB", () => SharedMemory.create({ name: "more", size: 600 << 10 }).size);
report(
  "create an array",
  () => SharedArray.create({ name: "array", type: "float64", length: 100_000 }).length,
);
report("create a channel", () => Channel.create({ name: "channel", capacity: 1 << 20 }).capacity);
report("create a queue", () => Queue.create({ name: "queue" }).capacity);
report("what was there", () => new Uint8Array(kept.buffer).reduce((least, byte) => Math.min(least, byte)));
console.log(`names: ${[...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort().join(", ")}`);
