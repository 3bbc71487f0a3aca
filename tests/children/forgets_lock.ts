/** Holds a lock, forgets it, and lets the garbage be collected; then sees that the lock is held and not torn. */

import { Lock } from "../../mod.ts";

using lock = Lock.create();

function forget(): void {
  Lock.from(lock.share()).acquireSync();
}

forget();
// Memory that is not used any more would be given back now.
for (let i = 0; i < 50; i++) {
  new Uint8Array(10_000_000).fill(i);
  await new Promise((resolve) => setTimeout(resolve, 0));
}
console.log(lock.tryAcquire() === undefined ? "held" : "free");
const other = Lock.create();
other.acquireSync().release();
console.log(lock.tryAcquire() === undefined);
