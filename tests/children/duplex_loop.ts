/**
 * One side of a DuplexChannel in a loop, until there is an error: `duplex_loop.ts JSON` does one job, after it has printed
 * "ready" and got a byte; without JSON it does the jobs on the lines of its input, one after the other, and prints what came
 * of each.
 */

import { sleep } from "../../lib/ffi/poll.ts";
import { DuplexChannel } from "../../mod.ts";
import { begin } from "../support/guarded.ts";
import { numbered, numberOf } from "../support/numbered.ts";
import { SharedWords } from "../support/shared_words.ts";

/** Words of the page: how many requests each side has replied to, or replies it has got. */
export const DONE = { victim: 0, survivor: 1 };
/** Whether anything was wrong. */
export const WRONG = 2;
/** From this one on the survivor stops until WENT_ON is 1, so that the other side comes to wait. 0: never. */
export const STOP_AT = 3;
export const STOPPED = 4;
export const WENT_ON = 5;

/** So many requests are under way at most. */
export const WINDOW = 8;

/** What to do. */
export interface DuplexJob {
  name: string;
  /** Makes the channel, of so many bytes; otherwise it is opened as soon as it is there. */
  capacity?: number;
  page: string;
  who: keyof typeof DONE;
  job: "request" | "serve";
  way: "sync" | "async" | "several";
  /** The longest request. */
  longest: number;
}

/** How it ended. */
export interface Outcome {
  count: number;
  error: string;
}

/** Requests, or replies, until it is an error, and says which. */
export async function converse(todo: DuplexJob): Promise<Outcome> {
  using page = new SharedWords(todo.page);
  const { words } = page;
  const done = DONE[todo.who];
  /** Before the next one. */
  const pause = () => {
    const stop = Atomics.load(words, STOP_AT);
    if (todo.who === "victim" || stop === 0 || words[done]! + 1 < stop) return;
    Atomics.store(words, STOPPED, 1);
    return () => Atomics.load(words, WENT_ON) === 1;
  };
  const pauseSync = () => {
    for (const goesOn = pause(); goesOn !== undefined && !goesOn();) sleep(1);
  };
  const pauseAsync = async () => {
    for (const goesOn = pause(); goesOn !== undefined && !goesOn();) await moment();
  };
  try {
    using channel = await opened(todo);
    if (todo.job === "request") {
      await requests(channel, todo, { pauseSync, pauseAsync }, () => words[done]!++);
    } else {
      const reply = (request: Uint8Array<ArrayBuffer>) => {
        const number = numberOf(request, todo.longest);
        if (number !== words[done]) throw new Error(`${number} came instead of ${words[done]}`);
        words[done]!++;
        return request.reverse();
      };
      if (todo.way === "sync") {
        channel.serveSync((request) => {
          pauseSync();
          return reply(request);
        });
      } else {
        await channel.serve(async (request) => {
          await pauseAsync();
          return reply(request);
        });
      }
    }
    throw new Error("It said farewell");
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "Error") words[WRONG] = 1;
    return { count: words[done]!, error: `${name}: ${message}` };
  }
}

interface Pauses {
  pauseSync(): void;
  pauseAsync(): Promise<void>;
}

async function requests(
  channel: DuplexChannel,
  { way, longest }: DuplexJob,
  { pauseSync, pauseAsync }: Pauses,
  count: () => void,
): Promise<never> {
  let number = 0;
  const check = (reply: Uint8Array<ArrayBuffer>, wanted: number) => {
    if (numberOf(reply.reverse(), longest) !== wanted) throw new Error(`It is not the reply to ${wanted}`);
    count();
  };
  for (;;) {
    if (way === "sync") {
      pauseSync();
      check(channel.requestSync(numbered(number, longest)), number++);
    } else if (way === "async") {
      await pauseAsync();
      check(await channel.request(numbered(number, longest)), number++);
    } else {
      await pauseAsync();
      const several = Array.from({ length: WINDOW }, async () => {
        const mine = number++;
        check(await channel.request(numbered(mine, longest)), mine);
      });
      // The replies that came before the error count.
      for (const end of await Promise.allSettled(several)) if (end.status === "rejected") throw end.reason;
    }
  }
}

async function opened({ name, capacity }: DuplexJob): Promise<DuplexChannel> {
  if (capacity !== undefined) return DuplexChannel.create({ name, capacity, maxMessageSize: 1 << 20 });
  for (;;) {
    try {
      return DuplexChannel.open(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await moment();
    }
  }
}

function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

if (import.meta.main && Deno.args[0] !== undefined) {
  const todo: DuplexJob = JSON.parse(Deno.args[0]);
  console.log("ready");
  begin();
  const { error } = await converse(todo);
  new SharedWords(todo.page).words[WRONG] = 1; // It was to be killed.
  throw new Error(error);
} else if (import.meta.main) {
  let text = "";
  for await (const part of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const todo = JSON.parse(text.slice(0, end)) as DuplexJob;
      text = text.slice(end + 1);
      console.log(JSON.stringify(await converse(todo)));
    }
  }
}
