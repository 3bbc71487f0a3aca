/**
 * Takes from element 0 under a condition, until element 2 is 1 and nothing is left, and prints how often:
 * `condition_consumer.ts sync|async TOKENS`.
 */

import { Condition, SharedArray } from "../../mod.ts";

const [form, tokens] = Deno.args as [string, string];
const [first, second] = JSON.parse(tokens);
using condition = Condition.from(first);
using numbers = SharedArray.from(second).as("int32");
const { array } = numbers;
const ready = () => array[0]! > 0 || array[2] === 1;
let taken = 0;
for (;;) {
  using _ = form === "sync" ? condition.acquireSync() : await condition.acquire();
  // Element 3 asks to be told, with the lock held: whoever gets the lock next finds this one waiting.
  if (array[3] === 1) console.log("waiting");
  if (form === "sync") condition.waitForSync(ready);
  else await condition.waitFor(ready);
  if (array[0] === 0) break;
  array[0]!--;
  taken++;
  condition.notifyAll();
}
console.log(taken);
