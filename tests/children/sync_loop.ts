/**
 * Uses one kind of synchronisation without end, as fast as it can, until it is killed:
 * `sync_loop.ts KIND PLACE TOKENS`. It begins when it gets a byte, and counts its turns at PLACE of the first token.
 */

import {
  Barrier,
  Condition,
  Lock,
  RLock,
  Semaphore,
  SharedArray,
  SharedEvent,
  type SharedToken,
} from "../../mod.ts";

const [kind, place, tokens] = Deno.args as [string, string, string];
const [first, second] = JSON.parse(tokens) as [SharedToken, SharedToken];
// 0: count, 1 and 2: what a lock protects, and from 8 on the turns of each.
const numbers = SharedArray.from(first).as("int32");
const { array } = numbers;

const LOOPS: Record<string, () => () => void> = {
  lock() {
    const lock = Lock.from(second);
    return () => {
      const guard = lock.acquireSync();
      if (guard.ownerDied) array[2] = array[1]!;
      protectedStep();
      guard.release();
    };
  },
  rlock() {
    const lock = RLock.from(second);
    return () => {
      const outer = lock.acquireSync();
      if (outer.ownerDied) array[2] = array[1]!;
      const inner = lock.acquireSync();
      protectedStep();
      inner.release();
      outer.release();
    };
  },
  semaphore() {
    const semaphore = Semaphore.from(second);
    return () => {
      const a = semaphore.acquireSync();
      const b = semaphore.tryAcquire();
      b?.release();
      a.release();
    };
  },
  condition() {
    const condition = Condition.from(second);
    return () => {
      const guard = condition.acquireSync();
      condition.waitForSync(() => array[0]! > 0);
      array[0]!--;
      guard.release();
    };
  },
  event() {
    const event = SharedEvent.from(second);
    return () => {
      event.waitSync();
      event.clear();
    };
  },
  barrier() {
    const barrier = Barrier.from(second);
    return () => void barrier.waitSync();
  },
};

/** Two writes that nobody sees apart, and both readable. */
function protectedStep(): void {
  if (array[1] !== array[2]) {
    console.error(`torn: ${array[1]} ${array[2]}`);
    Deno.exit(1);
  }
  array[1] = (array[1]! + 1) | 0;
  array[2] = (array[2]! + 1) | 0;
}

const turn = LOOPS[kind]!();
console.log("ready");
Deno.stdin.readSync(new Uint8Array(1));
for (;;) {
  turn();
  numbers.add(8 + Number(place), 1);
}
