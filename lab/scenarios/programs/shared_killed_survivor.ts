/**
 * Makes a lock and a queue of the names `NAME-lock` and `NAME-queue`, and goes on after the deaths of others: of one
 * that holds the lock, and of one that puts numbers into the queue. It removes both names at its end.
 *
 * @module
 */
import { Lock, Queue } from "../../../mod.ts";

const LIMITS = { timeout: 15_000 };
const [name = ""] = Deno.args;
using lock = Lock.create({ name: `${name}-lock` });
using queue = Queue.create({ name: `${name}-queue`, maxSize: 100 });
console.log(`ready, process ${Deno.pid}`);
if (await queue.get(LIMITS) !== "holds") throw new Error("The lock's holder was to come first");
console.log("waits for the lock");
{
  using guard = await lock.acquire(LIMITS);
  console.log(`has the lock at ${Date.now()}, ownerDied ${guard.ownerDied}`);
}
let count = 0;
for (;;) {
  const value = await queue.get(LIMITS);
  if (value === "sound") break;
  if (value !== count) throw new Error(`Got ${value} instead of ${count}`);
  if (++count === 1000) console.log("had 1000");
}
console.log(`had ${count} in order, and the next one's at ${Date.now()}`);
lock.unlink();
queue.unlink();
console.log(`left ${[...Deno.readDirSync("/dev/shm")].map(({ name }) => name).join(", ") || "nothing"}`);
