/**
 * Processes that are killed at random moments while they use one object each, in a tight loop: the others go on within
 * a second. One survivor blocks its thread (a process in the same loop), one waits on the event loop (this one).
 */

import { assert, assertEquals } from "@std/assert";
import {
  Barrier,
  Condition,
  Lock,
  RLock,
  Semaphore,
  SharedArray,
  SharedEvent,
  type SharedObject,
} from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { killRounds } from "../support/kill_rounds.ts";
import { test } from "../support/shared_memory.ts";
import { until } from "../support/watchdog.ts";

/** Enough for each to be killed in every place where it spends time. More: IPC_KILL_ROUNDS=500. */
const ROUNDS = Number(Deno.env.get("IPC_KILL_ROUNDS") ?? 100);
const ROUND_MS = 2_000;

const SURVIVOR = 8;
const VICTIM = 9;

/** One kind: the object, what this process does with it to see that all is well, and what must hold at the end. */
interface Kind<T extends SharedObject> {
  create(): T;
  /** The survivor cannot get on without this process. */
  feed?(object: T, numbers: SharedArray<"int32">): Promise<void>;
  step(object: T, numbers: SharedArray<"int32">): Promise<void>;
  end?(object: T, numbers: SharedArray<"int32">): void;
}

function survives<T extends SharedObject>(name: string, kind: Kind<T>): void {
  const title = `${name}: ${ROUNDS} processes are killed in it, and the others go on within 1 s`;
  test(
    title,
    async () => {
      using numbers = SharedArray.create({ type: "int32", length: 16 });
      using object = kind.create();
      const options = (place: number) => ({
        args: [name, `${place - 8}`, JSON.stringify([numbers.share(), object.share()])],
      });
      const moved = async (place: number) => {
        const before = numbers.load(place);
        while (numbers.load(place) === before) {
          await kind.feed?.(object, numbers);
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      };
      {
        await using survivor = startChild("sync_loop", options(SURVIVOR));
        await survivor.printed("ready");
        await survivor.write("\n");
        await moved(SURVIVOR);
        const longest = await killRounds({
          rounds: ROUNDS,
          victim: "sync_loop",
          options: options(VICTIM),
          busy: () => moved(VICTIM),
          async goOn() {
            await Promise.all([moved(SURVIVOR), kind.step(object, numbers)]);
          },
        });
        console.log(`${name}: the longest that it took to go on: ${longest.toFixed(0)} ms`);
        assertEquals(survivor.stderr, "");
      }
      kind.end?.(object, numbers);
    },
    undefined,
    ROUNDS * ROUND_MS,
  );
}

async function lockStep(lock: Lock | RLock, numbers: SharedArray<"int32">): Promise<void> {
  const guard = await lock.acquire();
  const { array } = numbers;
  if (guard.ownerDied) array[2] = array[1]!;
  assertEquals(array[1], array[2], "torn");
  guard.release();
}

survives("lock", { create: () => Lock.create(), step: lockStep });

survives("rlock", { create: () => RLock.create(), step: lockStep });

survives("semaphore", {
  create: () => Semaphore.create({ value: 2 }),
  async step(semaphore) {
    const permits = [await semaphore.acquire(), await semaphore.acquire()];
    assertEquals(semaphore.tryAcquire(), undefined);
    for (const permit of permits) permit.release();
  },
  end: (semaphore) => assertEquals(semaphore.value, 2),
});

survives("condition", {
  create: () => Condition.create(),
  async feed(condition, numbers) {
    const guard = await condition.acquire();
    numbers.array[0]!++;
    condition.notify();
    guard.release();
  },
  // Nobody notifies again: what was called and died has passed it on.
  step: (_, numbers) => until("all to be taken", () => numbers.load(0) <= 0),
});

survives("event", {
  create: () => SharedEvent.create(),
  feed: (event) => Promise.resolve(event.set()),
  async step(event) {
    const waiting = event.wait();
    event.set();
    await waiting;
  },
});

survives("barrier", {
  create: () => Barrier.create({ parties: 2 }),
  // As long as the victim lives two of three go on each time; then only this one and the survivor are left.
  async feed(barrier) {
    assert(await barrier.wait() < 2);
  },
  step: () => Promise.resolve(),
  end: (barrier) => assertEquals(barrier.broken, false),
});
