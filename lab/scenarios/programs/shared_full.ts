/**
 * Fills a /dev/shm of 1 MB with shared memories, is refused, and goes on; says what it was told, and what was lost.
 *
 * @module
 */
import { Channel, Queue, SharedMemory, type SystemErrorFields } from "../../../mod.ts";

function refusal(make: () => Disposable): string {
  try {
    make()[Symbol.dispose]();
  } catch (error) {
    return `refused, ${(error as SystemErrorFields).code}`;
  }
  return "not refused";
}

const SIZE = 100_000;
const made: SharedMemory[] = [];
using queue = Queue.create({ name: "full-queue", capacity: 4096 });
queue.putSync(42);
const more = () => {
  const memory = SharedMemory.create({ name: `full-${made.length}`, size: SIZE });
  new Uint8Array(memory.buffer).fill(made.length + 1);
  made.push(memory);
  return { [Symbol.dispose]() {} };
};
let told;
while ((told = refusal(more)) === "not refused" && made.length < 100);
console.log(`memory: ${told} after some: ${made.length > 5 && made.length < 11}`);
console.log(`channel: ${refusal(() => Channel.create({ name: "full-channel", capacity: 1 << 19 }))}`);
const files = [...Deno.readDirSync("/dev/shm")].length;
console.log(`files beyond those made: ${files - made.length - 1}`);
const whole = made.every(({ buffer }, i) => new Uint8Array(buffer).every((byte) => byte === i + 1));
console.log(`all is whole: ${whole}, and the queue has ${queue.getSync()}`);
for (const memory of made) {
  memory.unlink();
  memory.close();
}
using channel = Channel.create({ name: "full-channel", capacity: 1 << 19 });
channel.unlink();
queue.unlink();
console.log(`with room again: a channel, and ${[...Deno.readDirSync("/dev/shm")].length} files left`);
