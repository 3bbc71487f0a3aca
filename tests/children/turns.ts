/**
 * Adds to a number under a lock, in two steps that others must not come between: `turns.ts TASK`. Prints how many turns
 * it had.
 */

import {
  BoundedSemaphore,
  Condition,
  Lock,
  RLock,
  Semaphore,
  SharedArray,
  type SharedToken,
} from "../../mod.ts";

/** What can be held by one at a time, where it has one permit. */
const KINDS = {
  Lock: (token: SharedToken) => Lock.from(token),
  RLock: (token: SharedToken) => RLock.from(token),
  Semaphore: (token: SharedToken) => Semaphore.from(token),
  BoundedSemaphore: (token: SharedToken) => BoundedSemaphore.from(token),
  Condition: (token: SharedToken) => Condition.from(token),
};

/** What is to be done. */
export interface Task {
  kind: keyof typeof KINDS;
  form: "async" | "sync";
  numbers: SharedToken;
  lock: SharedToken;
  /** So many turns, or until element 1 is not 0. */
  turns?: number;
  /** How many steps of work are done in a turn. Default: 0. */
  work?: number;
}

/** Element 0 is added to; 1 ends it; 2 counts those that have begun, and they begin together when it is element 3. */
export async function takeTurns(task: Task): Promise<number> {
  using numbers = SharedArray.from(task.numbers).as("int32");
  using lock = KINDS[task.kind](task.lock);
  const { turns = Infinity, work = 0 } = task;
  const { array } = numbers;
  numbers.add(2, 1);
  numbers.notify(2);
  while (numbers.load(2) < numbers.load(3)) {
    await numbers.wait(2, numbers.load(2), { timeout: 10 }).catch(() => {});
  }
  let taken = 0;
  for (; taken < turns && numbers.load(1) === 0; taken++) {
    const guard = task.form === "sync" ? lock.acquireSync() : await lock.acquire();
    const before = array[0]!;
    for (let i = 0; i < work; i++) Atomics.load(array, 4);
    array[0] = before + 1;
    guard.release();
  }
  return taken;
}

if (import.meta.main) console.log(await takeTurns(JSON.parse(Deno.args[0]!)));
