/**
 * Makes a shared memory, a channel, a channel both ways and a queue for shared_traffic_other.ts, and takes all that comes
 * through them at once: `COUNT PRODUCER...`. It checks each message, and says of each object what came; it removes their
 * names at its end.
 *
 * @module
 */
import { Channel, DuplexChannel, Queue, SharedMemory } from "../../../mod.ts";
import { message } from "./parts/message.ts";
import { Numbered } from "./parts/numbered_line.ts";
import { LARGE, LIMITS, pattern, type Task } from "./parts/traffic.ts";

const [count = "0", ...producers] = Deno.args;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The line in these bytes, of that sender and with that number. */
function checked(bytes: Uint8Array, sender: string, number: number): Numbered {
  const line = Numbered.parse(decoder.decode(bytes));
  if (line.sender !== sender || line.number !== number) {
    throw new Error(`Instead of ${sender} ${number} came ${line.sender} ${line.number}`);
  }
  return line;
}

using memory = SharedMemory.create({ name: "traffic-memory", size: LARGE });
// Each is much smaller than what goes through it; a large message is larger than the ring.
using channel = Channel.create({ name: "traffic-channel", capacity: 1 << 16, maxMessageSize: LARGE });
using duplex = DuplexChannel.create({ name: "traffic-duplex", capacity: 1 << 14 });
using queue = Queue.create<"structured">({ name: "traffic-queue", maxSize: 100 });
new Uint8Array(memory.buffer).set(pattern(7));

async function receive(): Promise<string> {
  let received = 0;
  let large = 0;
  for (;;) {
    const bytes = await channel.recv(LIMITS);
    if (bytes === null) return `channel: ${received} messages in order, ${large} of them large, and the end`;
    if (bytes.length === LARGE) {
      if (!pattern(13).every((byte, i) => byte === bytes[i])) throw new Error("The large message is torn");
      // Who sent it had written to the memory before.
      const there = new Uint8Array(memory.buffer);
      if (!pattern(11).every((byte, i) => byte === there[i])) throw new Error("The memory is another one");
      large++;
    } else {
      checked(bytes, "channel", received - large);
    }
    received++;
  }
}

async function answer(): Promise<string> {
  let requests = 0;
  await duplex.serve((request) => {
    const line = checked(request, "duplex", requests++);
    return encoder.encode(`${new Numbered("answer", line.number)}`);
  });
  return `channel both ways: ${requests} requests in order, and the end`;
}

async function take(): Promise<string> {
  const next = new Map(producers.map((name) => [name, 0]));
  for (let ended = 0; ended < producers.length;) {
    const { line, when, last }: Task = await queue.get(LIMITS);
    const { sender, number } = checked(encoder.encode(line), line.split(" ")[0]!, Number(line.split(" ")[1]));
    if (next.get(sender) !== number || when.getTime() !== number) {
      throw new Error(`Instead of number ${next.get(sender)} of ${sender} came ${number}`);
    }
    next.set(sender, number + 1);
    if (last) ended++;
    queue.taskDone();
  }
  return `queue: ${[...next].map(([name, number]) => `${number} of ${name}`).join(", ")}, in order`;
}

console.log("ready");
message(producers[0]!, `${count} messages, please`);
for (const line of await Promise.all([receive(), answer(), take()])) console.log(line);
for (const object of [memory, channel, duplex, queue]) object.unlink();
console.log(`left ${[...Deno.readDirSync("/dev/shm")].map(({ name }) => name).join(", ") || "nothing"}`);
