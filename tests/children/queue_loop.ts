/**
 * Puts into a queue, or gets from it, without end: `queue_loop.ts JSON`. It prints "ready", and begins when it gets a
 * byte. What was done is noted in a shared page.
 */

import { Queue, type SharedToken } from "../../mod.ts";
import { begin } from "../support/guarded.ts";
import { numbered, numberOf } from "../support/numbered.ts";
import { SharedWords } from "../support/shared_words.ts";

/** Words of the page. */
export const WRONG = 0;
/** 1: those with an `idle` word are to stop, and write 1 there when they have. */
export const STOP_PUTTING = 1;
export const STOP_GETTING = 2;
export const PUTTER_IDLE = 3;
export const GETTER_IDLE = 4;
/** How many each has put, or taken. */
export const SURVIVOR_PUT = 5;
export const SURVIVOR_GOT = 6;
export const VICTIM_DID = 7;
/** From here on: how often each message was taken. */
export const NOTED = 1000;

/** How many messages one victim puts at most. */
export const RANGE = 20_000;

/** What to do. */
export interface QueueLoopJob {
  queue: SharedToken | string;
  page: string;
  pageSize: number;
  job: "put" | "get";
  form: "sync" | "async";
  /** The numbers of its messages: from the first, and below the second. */
  numbers?: [number, number];
  /** Where it counts. */
  count: number;
  /** Words that stop it, and where it says that it has stopped. */
  stop?: [number, number];
}

async function loop(todo: QueueLoopJob): Promise<void> {
  const queue: Queue<Uint8Array> = typeof todo.queue === "string"
    ? Queue.open(todo.queue)
    : Queue.from(todo.queue);
  const { words } = new SharedWords(todo.page, todo.pageSize);
  const { form, numbers: [first, end] = [0, Infinity] } = todo;
  /** Of each that puts, what came last: its values come in their order. */
  const last = new Map<number, number>();
  console.log("ready");
  begin();
  for (let done = 0; first + done < end; Atomics.store(words, todo.count, ++done)) {
    if (todo.stop !== undefined) await stopped(words, todo.stop);
    if (todo.job === "put") {
      const message = numbered(first + done);
      if (form === "sync") queue.putSync(message);
      else await queue.put(message);
      continue;
    }
    const message = form === "sync" ? queue.getSync() : await queue.get();
    const number = numberOf(message);
    const putter = Math.floor(number / RANGE);
    if (number <= (last.get(putter) ?? -1) || Atomics.add(words, NOTED + number, 1) !== 0) {
      Atomics.store(words, WRONG, 1);
    }
    last.set(putter, number);
    if (Math.random() < 0.1) await new Promise((resolve) => setTimeout(resolve, 0)); // To be killed here, too.
    queue.taskDone();
  }
  // Not for ever, should the tests be killed that were to kill this.
  const parent = Deno.ppid;
  while (Deno.ppid === parent) await new Promise((resolve) => setTimeout(resolve, 1000));
}

async function stopped(words: Int32Array<ArrayBuffer>, [stop, idle]: [number, number]): Promise<void> {
  for (;;) {
    Atomics.store(words, idle, 0);
    if (Atomics.load(words, stop) === 0) return;
    Atomics.store(words, idle, 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

if (import.meta.main) {
  const todo: QueueLoopJob = JSON.parse(Deno.args[0]!);
  try {
    await loop(todo);
  } catch (error) {
    console.error(`${error}`);
    new SharedWords(todo.page, todo.pageSize).words[WRONG] = 1;
    throw error;
  }
}
