/**
 * Opens what shared_traffic_maker.ts has made, and sends numbered messages through it: `NAME COUNT`, through the queue
 * alone with `queue` as the third argument. Through the channel it sends blocking its thread, through the other ones
 * on its event loop. It says what it saw of each.
 *
 * @module
 */
import { Channel, DuplexChannel, Queue, SharedMemory } from "../../../mod.ts";
import { message } from "./parts/message.ts";
import { Numbered } from "./parts/numbered_line.ts";
import { LARGE, LIMITS, pattern, type Task } from "./parts/traffic.ts";

/** So many requests wait for their answers at a time. */
const WINDOW = 20;

const [name = "", count = "0", only] = Deno.args;
const COUNT = Number(count);
const decoder = new TextDecoder();
const encoder = new TextEncoder();

function useMemory(): void {
  using memory = SharedMemory.open("traffic-memory");
  const bytes = new Uint8Array(memory.buffer);
  const same = pattern(7).every((byte, i) => byte === bytes[i]) && bytes.length === LARGE;
  bytes.set(pattern(11));
  console.log(`memory: as it was written: ${same}`);
}

function send(): void {
  using channel = Channel.open("traffic-channel");
  message("maker", `${COUNT} messages, and a large one`);
  channel.sendSync(pattern(13), LIMITS);
  for (let i = 0; i < COUNT; i++) channel.sendSync(encoder.encode(`${new Numbered("channel", i)}`), LIMITS);
  console.log(`channel: sent ${COUNT}`);
}

async function ask(): Promise<void> {
  using duplex = DuplexChannel.open("traffic-duplex");
  const asked: Promise<Uint8Array>[] = [];
  let answers = 0;
  const checkOne = async () => {
    const answer = Numbered.parse(decoder.decode(await asked.shift()));
    if (answer.sender !== "answer" || answer.number !== answers++) {
      throw new Error(`Wrong answer: ${answer}`);
    }
  };
  for (let i = 0; i < COUNT; i++) {
    asked.push(duplex.request(encoder.encode(`${new Numbered("duplex", i)}`), LIMITS));
    if (asked.length === WINDOW) await checkOne();
  }
  while (asked.length > 0) await checkOne();
  console.log(`channel both ways: had ${answers} answers`);
}

async function put(): Promise<void> {
  using queue = Queue.open<Task>("traffic-queue");
  message("maker", `${COUNT} values`);
  for (let i = 0; i < COUNT; i++) {
    await queue.put({ line: `${new Numbered(name, i)}`, when: new Date(i), last: i === COUNT - 1 }, LIMITS);
  }
  await queue.join(LIMITS);
  console.log(`queue: put ${COUNT}, and all are done`);
}

if (only !== "queue") {
  useMemory();
  send();
  await ask();
}
await put();
