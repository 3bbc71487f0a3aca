/**
 * The other side of shared_peers_survivor.ts, until it is killed: `ROLE`. It `sends`, `receives` or `serves` through a
 * channel, or `takes` from the queue, without end, and notes after each call what it knows to be done. As the one who
 * `collects` it takes what is left in the queue, and says where that begins.
 *
 * @module
 */
import { Channel, DuplexChannel, Queue, SharedArray } from "../../../mod.ts";
import { message } from "./parts/message.ts";
import { Numbered } from "./parts/numbered_line.ts";
import { LIMITS, NAME, NOTES } from "./parts/shared_peers.ts";

const [role = ""] = Deno.args;
using notes = SharedArray.open(`${NAME}-notes`);

function takeOne(queue: Queue<string>, expected?: number): number | undefined {
  const text = queue.getSync(LIMITS);
  queue.taskDone();
  if (text === "end") return undefined;
  const { number } = Numbered.parse(text);
  if (expected !== undefined && number !== expected) {
    throw new Error(`Instead of number ${expected} came ${number}`);
  }
  return number;
}

const ROLES: Record<string, () => void | Promise<void>> = {
  sends() {
    using channel = Channel.open(`${NAME}-sends`);
    for (let i = 0;; i++) {
      channel.sendSync(new TextEncoder().encode(`${new Numbered("victim", i)}`), LIMITS);
      notes.store(NOTES.sends, i + 1);
    }
  },
  receives() {
    using channel = Channel.open(`${NAME}-receives`);
    for (let i = 0;; i++) {
      const { number } = Numbered.parse(new TextDecoder().decode(channel.recvSync(LIMITS)!));
      if (number !== i) throw new Error(`Instead of number ${i} came ${number}`);
    }
  },
  async serves() {
    using duplex = DuplexChannel.open(`${NAME}-serves`);
    await duplex.serve((request) => request);
  },
  takes() {
    using queue = Queue.open<string>(`${NAME}-queue`);
    for (let i = 0;; i++) {
      takeOne(queue, i);
      notes.store(NOTES.takes, i + 1);
    }
  },
  collects() {
    using queue = Queue.open<string>(`${NAME}-queue`);
    const taken = Number(notes.load(NOTES.takes));
    const begun = performance.now();
    const first = takeOne(queue)!;
    const pause = performance.now() - begun;
    notes.store(NOTES.collects, 1);
    let next = first + 1;
    while (takeOne(queue, next) !== undefined) next++;
    const lost = first - taken;
    console.log(
      `taken on from ${lost === 0 || lost === 1 ? "where it was left" : `${first} after ${taken}`}`,
    );
    console.log(
      `${next > first + 100 ? "many more" : "few"}, in order; the first after ${pause.toFixed(0)} ms`,
    );
  },
};

message("survivor", role);
await ROLES[role]!();
