/**
 * Prints whether the next owner is told that a worker which held a lock was terminated, twice, and once more after
 * that: `lock_worker_ends.ts KIND`. A worker that is terminated leaves its descriptors to its process.
 */

import { Lock, RLock } from "../../mod.ts";

const [kind] = Deno.args as [string];
using lock = kind === "Lock" ? Lock.create() : RLock.create();

async function terminateHolder(): Promise<void> {
  const worker = new Worker(new URL("lock_holder.ts", import.meta.url), { type: "module" });
  worker.postMessage([kind, lock.share()]);
  await new Promise((resolve) => worker.onmessage = ({ data }) => data === "held" && resolve(undefined));
  worker.terminate();
}

await terminateHolder();
console.log((await lock.acquire()).ownerDied);
lock.release();
await terminateHolder();
console.log(lock.acquireSync().ownerDied);
lock.release();
console.log(lock.acquireSync().ownerDied);
