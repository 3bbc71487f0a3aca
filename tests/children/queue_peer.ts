/**
 * A producer or consumer of tests of queues: `queue_peer.ts JSON`. It notes in a shared page how far it came: word
 * `word`, what was acknowledged; word 0, whether something was wrong.
 */

import { Queue, type SharedToken } from "../../mod.ts";
import { numbered, numberOf } from "../support/numbered.ts";
import { SharedWords } from "../support/shared_words.ts";

/** What to do. */
export interface QueuePeerJob {
  queue: SharedToken;
  /** Puts messages, or gets them and notes each in the page, from word 1000 on. */
  job: "put" | "get" | "take";
  way: "sync" | "async";
  count: number;
  /** The number of its first message. */
  from?: number;
  page: string;
  /** Where it notes how many. */
  word: number;
  /** How long it works on each, in milliseconds. */
  work?: number;
}

const todo: QueuePeerJob = JSON.parse(Deno.args[0]!);
using queue = Queue.from(todo.queue) as Queue<Uint8Array>;
const { words } = new SharedWords(todo.page, 256 * 1024);
const { from = 0, way } = todo;
for (let i = 0; i < todo.count; i++) {
  if (todo.job === "put") {
    if (way === "sync") queue.putSync(numbered(from + i));
    else await queue.put(numbered(from + i));
  } else {
    const message = way === "sync" ? queue.getSync() : await queue.get();
    try {
      Atomics.add(words, 1000 + numberOf(message), 1);
    } catch (error) {
      words[0] = 1;
      throw error;
    }
    if (todo.job === "get") queue.taskDone();
  }
  Atomics.store(words, todo.word, i + 1);
}
if (todo.job === "take") await new Promise(() => setInterval(() => {}, 1000));
