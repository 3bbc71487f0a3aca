/**
 * Uses the lock and the queue of shared_killed_survivor.ts, `NAME ROLE`: `holds` the lock, or `puts` numbers, both
 * until it is killed; or puts one value, as a `sound` one.
 *
 * @module
 */
import { Lock, Queue } from "../../../mod.ts";

const [name = "", role = ""] = Deno.args;
using queue = Queue.open<number | string>(`${name}-queue`);
console.log(`process ${Deno.pid}`);
if (role === "sound") {
  console.log(`puts at ${Date.now()}`);
  queue.putSync("sound", { timeout: 15_000 });
} else if (role === "holds") {
  using lock = Lock.open(`${name}-lock`);
  using _guard = lock.acquireSync();
  queue.putSync("holds");
  for (;;) await new Promise((resolve) => setTimeout(resolve, 1_000));
} else {
  for (let i = 0;; i++) {
    queue.putSync(i);
    if (i % 100 === 0) console.log(`put ${i}`);
  }
}
