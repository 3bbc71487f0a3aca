/**
 * One of several that use an object together, each as often as the others: `meets_others.ts JOB`, or a worker that is
 * posted the job. Prints, or posts, "done" or what was wrong.
 */

import { Barrier, Condition, Queue, SharedArray, SharedEvent, type SharedToken } from "../../mod.ts";

/** What to do. */
export interface Together {
  kind: string;
  form: "sync" | "async";
  /** The object, and numbers that all share. */
  object: SharedToken;
  numbers: SharedToken;
  /** Which of how many this one is. */
  place: number;
  parties: number;
  turns: number;
}

type Turns = (job: Together, numbers: SharedArray<"int32">) => Promise<void>;

const KINDS: Record<string, Turns> = {
  /** Each adds before they meet: afterwards nobody is behind, and nobody a turn ahead of those that have not left. */
  async Barrier({ object, form, place, parties, turns }, numbers) {
    using barrier = Barrier.from(object);
    for (let turn = 1; turn <= turns; turn++) {
      numbers.add(place, 1);
      if (form === "sync") barrier.waitSync();
      else await barrier.wait();
      for (let other = 0; other < parties; other++) {
        const theirs = numbers.load(other);
        if (theirs < turn || theirs > turn + 1) {
          throw new Error(`${other} had ${theirs} turns in turn ${turn}`);
        }
      }
    }
  },
  /** One after the other, in the order of their places. */
  async Condition({ object, form, place, parties, turns }, numbers) {
    using condition = Condition.from(object);
    const mine = () => numbers.load(0) % parties === place;
    for (let turn = 0; turn < turns; turn++) {
      using _ = form === "sync" ? condition.acquireSync() : await condition.acquire();
      if (form === "sync") condition.waitForSync(mine);
      else await condition.waitFor(mine);
      numbers.add(0, 1);
      condition.notifyAll();
    }
  },
  /** The same, by the number itself. */
  async SharedArray({ form, place, parties, turns }, numbers) {
    for (let turn = 0; turn < turns; turn++) {
      for (let now = numbers.load(0); now % parties !== place; now = numbers.load(0)) {
        if (form === "sync") numbers.waitSync(0, now);
        else await numbers.wait(0, now);
      }
      numbers.add(0, 1);
      numbers.notify(0);
    }
  },
  /** Who comes first says so; the last one sets it. */
  async SharedEvent({ object, form, parties, turns }, numbers) {
    using event = SharedEvent.from(object);
    for (let turn = 0; turn < turns; turn++) {
      if (numbers.add(turn, 1) === parties - 1) event.set();
      else if (form === "sync") event.waitSync();
      else await event.wait();
      // All are out before it is cleared.
      if (numbers.add(turns + turn, 1) === parties - 1) {
        event.clear();
        numbers.add(2 * turns, 1);
        numbers.notify(2 * turns);
      }
      for (let out = numbers.load(2 * turns); out <= turn; out = numbers.load(2 * turns)) {
        if (form === "sync") numbers.waitSync(2 * turns, out);
        else await numbers.wait(2 * turns, out);
      }
    }
  },
  /** Each puts and gets as often: what comes to all is what went from all. */
  async Queue({ object, form, place, turns }, numbers) {
    using queue = Queue.from(object);
    for (let turn = 0; turn < turns; turn++) {
      if (form === "sync") queue.putSync(place * turns + turn);
      else await queue.put(place * turns + turn);
      const value = form === "sync" ? queue.getSync() : await queue.get();
      numbers.add(value, 1);
      queue.taskDone();
    }
  },
};

/** Does a job. */
export async function takePart(job: Together): Promise<string> {
  try {
    using numbers = SharedArray.from(job.numbers).as("int32");
    await KINDS[job.kind]!(job, numbers);
    return "done";
  } catch (error) {
    return `${job.form}: ${error}`;
  }
}

if (import.meta.main && Deno.args.length > 0) console.log(await takePart(JSON.parse(Deno.args[0]!)));
else if (import.meta.main) {
  const main = self as unknown as Worker; // The other side's two members.
  main.onmessage = async ({ data }: MessageEvent<Together>) => main.postMessage(await takePart(data));
}
