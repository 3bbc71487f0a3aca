/**
 * The other side of shared_peers_victim.ts, which is killed in each of its roles, one after the other: this one makes the
 * objects, says `waits for ROLE`, that the victim is `busy` in it, and what it was told of its end, and when. It
 * removes their names at its end.
 *
 * @module
 */
import { Channel, DuplexChannel, Queue, SharedArray } from "../../../mod.ts";
import { Numbered } from "./parts/numbered_line.ts";
import { BUSY, LIMITS, NAME, NOTES } from "./parts/shared_peers.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
using notes = SharedArray.create({ name: `${NAME}-notes`, type: "int32", length: 3 });

/** The name of the error that this ends with, and when that was. */
async function told(body: () => Promise<void>): Promise<string> {
  try {
    await body();
    return "no error";
  } catch (error) {
    return `${(error as Error).name} at ${Date.now()}`;
  }
}

/** It sends, and is killed: all that it knows to be sent comes, and then the error. */
async function receive(): Promise<void> {
  using channel = Channel.create({ name: `${NAME}-sends`, capacity: 1 << 14 });
  console.log("waits for sends");
  let count = 0;
  const error = await told(async () => {
    for (;;) {
      const message = await channel.recv(LIMITS);
      if (message === null) return;
      const { number } = Numbered.parse(decoder.decode(message));
      if (number !== count) throw new Error(`Instead of number ${count} came ${number}`);
      if (++count === BUSY) console.log("busy");
    }
  });
  channel.unlink();
  const sent = notes.load(NOTES.sends);
  console.log(
    `${count === sent || count === sent + 1 ? "all that was" : `${count} of ${sent}`} sent came: ${error}`,
  );
}

/** It receives, and is killed. */
async function send(): Promise<void> {
  using channel = Channel.create({ name: `${NAME}-receives`, capacity: 1 << 14 });
  console.log("waits for receives");
  let count = 0;
  const error = await told(async () => {
    for (;;) {
      await channel.send(encoder.encode(`${new Numbered("survivor", count++)}`), LIMITS);
      if (count === BUSY) console.log("busy");
    }
  });
  channel.unlink();
  console.log(`nobody receives: ${error}`);
}

/** It serves requests, and is killed: the one under way ends. */
async function ask(): Promise<void> {
  using duplex = DuplexChannel.create({ name: `${NAME}-serves`, capacity: 1 << 14 });
  console.log("waits for serves");
  let count = 0;
  const error = await told(async () => {
    for (;;) {
      const text = `${new Numbered("survivor", count++)}`;
      const answer = decoder.decode(await duplex.request(encoder.encode(text), LIMITS));
      if (answer !== text) throw new Error(`The answer ${count} is another one`);
      if (count === BUSY) console.log("busy");
    }
  });
  duplex.unlink();
  console.log(`nobody serves: ${error}`);
}

/** It takes values, and is killed, while this one puts: what it had not taken is there for the next one. */
async function put(): Promise<void> {
  using queue = Queue.create<"structured">({ name: `${NAME}-queue`, maxSize: 100 });
  console.log("waits for takes");
  for (let count = 0; notes.load(NOTES.collects) === 0; count++) {
    await queue.put(`${new Numbered("survivor", count)}`, LIMITS);
    if (count === BUSY) console.log("busy");
  }
  await queue.put("end", LIMITS);
  await queue.join(LIMITS).then(
    () => console.log("all done"),
    ({ name }) => console.log(`not all done: ${name}`),
  );
  queue.unlink();
}

await receive();
await send();
await ask();
await put();
notes.unlink();
console.log(`left ${[...Deno.readDirSync("/dev/shm")].map(({ name }) => name).join(", ") || "nothing"}`);
