/**
 * Waits for each change of a word and answers it, or takes one of what it counts: `answers.ts PATH sync|async LAST`,
 * `answers.ts PATH take NAME`. See tests/sync/event_count_test.ts.
 */

import { Doorbell } from "../../lib/primitives/inotify.ts";
import { EventCount } from "../../lib/sync/event_count.ts";
import { SharedWords } from "../support/shared_words.ts";

const [path, way, last] = Deno.args as [string, string, string];
const [THERE, HERE, WORD, ANSWER] = [16, 32, 48, 64] as const;
using memory = new SharedWords(path);
const { words } = memory;
const doorbell = new Doorbell(memory.descriptor, 60);
const count = (index: number) => new EventCount(words, index, memory.address + BigInt(index * 4), doorbell);
const [there, here] = [count(THERE), count(HERE)];
const late = () => new Deno.errors.TimedOut();
console.log("ready");
if (way === "take") {
  here.waitSync(
    () => {
      const left = Atomics.load(words, WORD);
      return left > 0 && Atomics.compareExchange(words, WORD, left, left - 1) === left ? true : undefined;
    },
    Infinity,
    late,
  );
  Atomics.add(words, ANSWER, 1);
} else {
  for (let i = 1; i <= Number(last); i++) {
    const look = () => Atomics.load(words, WORD) === i || undefined;
    if (way === "sync") here.waitSync(look, Infinity, late);
    else await here.wait(look, {}, late);
    Atomics.store(words, ANSWER, i);
    there.notify();
  }
}
doorbell.close();
