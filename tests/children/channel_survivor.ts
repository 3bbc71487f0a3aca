/**
 * The side of channels whose other side is killed, one channel after the other: `channel_survivor.ts`, with a job in
 * JSON on each line of its input, and what came of it on one of its output. The jobs are done by blocking calls.
 */

import { Channel, type SharedToken } from "../../mod.ts";
import { numbered, numberOf } from "../support/numbered.ts";
import { SharedWords } from "../support/shared_words.ts";

/** Words of the page: what this side has sent or received, and what the other side's killer wants. */
export const SURVIVED = 2;
/** At this message it stops until WENT_ON is 1, so that the other side comes to wait. 0: never. */
export const STOP_AT = 3;
export const STOPPED = 4;
export const WENT_ON = 5;

/** What to do, until there is an error. */
export interface SurvivorJob {
  channel: SharedToken;
  page: string;
  job: "produce" | "consume";
  longest: number;
}

/** What came of it. */
export interface Outcome {
  /** Messages that were sent or received. */
  count: number;
  error: string;
}

/** Sends or receives until it is an error, and says which. */
export async function survive(todo: SurvivorJob, form: "sync" | "async"): Promise<Outcome> {
  using page = new SharedWords(todo.page);
  using channel = Channel.from(todo.channel);
  const { words } = page;
  let count = 0;
  try {
    for (;; Atomics.store(words, SURVIVED, ++count)) {
      if (count + 1 === Atomics.load(words, STOP_AT)) {
        Atomics.store(words, STOPPED, 1);
        while (Atomics.load(words, WENT_ON) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      if (todo.job === "produce") {
        const message = numbered(count, todo.longest);
        if (form === "sync") channel.sendSync(message);
        else await channel.send(message);
      } else {
        const message = form === "sync" ? channel.recvSync() : await channel.recv();
        if (message === null) throw new Error("It said farewell");
        const number = numberOf(message, todo.longest);
        if (number !== count) throw new Error(`${number} came instead of ${count}`);
      }
    }
  } catch (error) {
    return { count, error: error instanceof Error ? `${error.name}: ${error.message}` : `${error}` };
  }
}

if (import.meta.main) {
  let text = "";
  for await (const part of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const todo = JSON.parse(text.slice(0, end)) as SurvivorJob;
      text = text.slice(end + 1);
      console.log(JSON.stringify(await survive(todo, "sync")));
    }
  }
}
