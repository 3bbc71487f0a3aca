/**
 * Uses one kind of synchronisation without end, as fast as it can, until it is killed:
 * `sync_loop.ts KIND sync|async PLACE TOKENS`. It begins when it gets a byte, and counts its turns at PLACE of the first
 * token.
 */

import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Lock,
  RLock,
  Semaphore,
  SharedArray,
  SharedEvent,
  type SharedToken,
} from "../../mod.ts";
import { begin } from "../support/guarded.ts";

/** Elements of the numbers. 0: a count; 1 and 2: what a lock protects; from 8 on the turns of each. */
export const TOLD = 3;
/** Where the one that is killed is in its turn: it writes this, and nobody else. */
export const PHASE = 4;
export const BETWEEN = 0;
export const ACQUIRES = 1;
export const HOLDS = 2;
const RELEASES = 3;

const VICTIM = 9;

/** A loop of turns. */
class Loop {
  readonly #numbers: SharedArray<"int32">;
  readonly #place: number;

  constructor(numbers: SharedArray<"int32">, place: number) {
    this.#numbers = numbers;
    this.#place = place;
  }

  async run(kind: string, form: string, token: SharedToken): Promise<void> {
    const turn = this.#turnOf(kind, form === "sync", token);
    console.log("ready");
    begin();
    // Not for ever, should the tests be killed that were to kill this.
    const parent = Deno.ppid;
    for (let turns = 1; turns % 1000 !== 0 || Deno.ppid === parent; turns++) {
      const done = turn();
      if (done !== undefined) await done;
      this.#numbers.add(this.#place, 1);
    }
  }

  /** Returns nothing where the thread is blocked meanwhile. */
  #turnOf(kind: string, sync: boolean, token: SharedToken): () => Promise<unknown> | void {
    const { array } = this.#numbers;
    switch (kind) {
      case "lock":
        return this.#lockTurn(Lock.from(token), sync);
      case "rlock":
        return this.#lockTurn(RLock.from(token), sync);
      case "semaphore":
        return this.#semaphoreTurn(Semaphore.from(token), sync);
      case "bounded":
        return this.#semaphoreTurn(BoundedSemaphore.from(token), sync);
      case "condition": {
        const condition = Condition.from(token);
        const take = () => {
          array[0]!--;
          condition.release();
        };
        const ready = () => array[0]! > 0;
        return sync
          ? () => {
            condition.acquireSync();
            condition.waitForSync(ready);
            take();
          }
          : async () => {
            await condition.acquire();
            await condition.waitFor(ready);
            take();
          };
      }
      case "event": {
        const event = SharedEvent.from(token);
        return sync
          ? () => {
            event.waitSync();
            event.clear();
          }
          : () => event.wait().then(() => event.clear());
      }
      default: {
        const barrier = Barrier.from(token);
        return sync ? () => void barrier.waitSync() : () => barrier.wait();
      }
    }
  }

  #lockTurn(lock: Lock | RLock, sync: boolean): () => Promise<void> | void {
    const turn = (guard: { readonly ownerDied: boolean; release(): void }) => {
      if (guard.ownerDied) this.#repair();
      this.#enter(HOLDS);
      const inner = lock instanceof RLock ? lock.acquireSync() : undefined;
      this.#protectedStep();
      inner?.release();
      this.#enter(RELEASES);
      guard.release();
      this.#enter(BETWEEN);
    };
    if (!sync) {
      return async () => {
        this.#enter(ACQUIRES);
        turn(await lock.acquire());
      };
    }
    return () => {
      this.#enter(ACQUIRES);
      turn(lock.acquireSync());
    };
  }

  #semaphoreTurn(semaphore: Semaphore, sync: boolean): () => Promise<void> | void {
    const turn = (permit: Disposable & { release(): void }) => {
      this.#enter(HOLDS);
      const another = semaphore.tryAcquire();
      work();
      another?.release();
      this.#enter(RELEASES);
      permit.release();
      this.#enter(BETWEEN);
    };
    if (!sync) {
      return async () => {
        this.#enter(ACQUIRES);
        turn(await semaphore.acquire());
      };
    }
    return () => {
      this.#enter(ACQUIRES);
      turn(semaphore.acquireSync());
    };
  }

  #enter(phase: number): void {
    if (this.#place === VICTIM) this.#numbers.store(PHASE, phase);
  }

  #repair(): void {
    const { array } = this.#numbers;
    this.#numbers.add(TOLD, 1);
    array[2] = array[1]!;
  }

  /** Two writes that nobody sees apart, and both readable. */
  #protectedStep(): void {
    const { array } = this.#numbers;
    if (array[1] !== array[2]) {
      console.error(`torn: ${array[1]} ${array[2]}`);
      Deno.exit(1);
    }
    array[1] = (array[1]! + 1) | 0;
    work();
    array[2] = (array[2]! + 1) | 0;
  }
}

/** For some microseconds: long enough to be killed in it now and then. */
function work(): void {
  for (let i = Math.random() * 500; i > 0; i--) Atomics.load(SOMETHING, 0);
}

const SOMETHING = new Int32Array(1);

if (import.meta.main) {
  const [kind, form, place, tokens] = Deno.args as [string, string, string, string];
  const [numbers, object] = JSON.parse(tokens) as [SharedToken, SharedToken];
  await new Loop(SharedArray.from(numbers).as("int32"), Number(place)).run(kind, form, object);
}
