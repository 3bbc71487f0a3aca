/**
 * Processes that are killed at random moments while they use one object each, in a tight loop: the others go on within
 * a second. One survivor blocks its thread (a process in the same loop), one waits on the event loop (this one).
 */

import { assert, assertEquals } from "@std/assert";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Lock,
  RLock,
  Semaphore,
  SharedArray,
  SharedEvent,
  type SharedObject,
} from "../../mod.ts";
import { ACQUIRES, BETWEEN, HOLDS, PHASE, TOLD } from "../children/sync_loop.ts";
import { startChild } from "../support/children.ts";
import { anyMoment, killRounds, partOfRounds } from "../support/kill_rounds.ts";
import { test } from "../support/shared_memory.ts";
import { until } from "../support/watchdog.ts";

const ROUND_MS = 3_000;

const SURVIVOR = 8;
const VICTIM = 9;

type Numbers = SharedArray<"int32">;

/** One kind: the object, what this process does with it to see that all is well, and what must hold at the end. */
interface Kind<T extends SharedObject> {
  create(name: string): T;
  /** The survivor cannot get on without this process. */
  feed?(object: T, numbers: Numbers): Promise<void>;
  step(object: T, numbers: Numbers): Promise<void>;
  /** Whether what is held tells of a dead owner. */
  tells?: boolean;
  /** Whether a permit or a lock is held in each turn. */
  holds?: boolean;
  end?(object: T, numbers: Numbers): void;
}

function survives<T extends SharedObject>(name: string, of500: number, kind: Kind<T>): void {
  const rounds = partOfRounds(of500);
  const title = `${name}: ${rounds} processes are killed in it, and the others go on within 1 s`;
  test(
    title,
    async (unique) => {
      using numbers = SharedArray.create({ type: "int32", length: 16 });
      using object = kind.create(unique);
      const start = (place: number, form: string) =>
        startChild("sync_loop", {
          args: [name, form, `${place}`, JSON.stringify([numbers.share(), object.share()])],
        });
      const moved = async (place: number) => {
        const before = numbers.load(place);
        while (numbers.load(place) === before) {
          await kind.feed?.(object, numbers);
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      };
      const killedIn = new Map<number, number>();
      const killed = async () => {
        await using survivor = start(SURVIVOR, "sync");
        await survivor.printed("ready");
        await survivor.write("\n");
        await moved(SURVIVOR);
        await killRounds(name, rounds, (round) => {
          let told = 0;
          return {
            victim: start(VICTIM, round % 3 === 2 ? "async" : "sync"),
            async busy() {
              await moved(VICTIM);
              await anyMoment();
              // Some rounds for each: to be free, to be waiting and to be in it.
              const wanted = [ACQUIRES, HOLDS, undefined][round % 3];
              if (wanted !== undefined && kind.holds) {
                for (let look = 0; look < 1e6 && numbers.load(PHASE) !== wanted; look++);
              }
              told = numbers.load(TOLD);
            },
            goOn: () => Promise.all([moved(SURVIVOR), kind.step(object, numbers)]),
            check() {
              const phase = numbers.load(PHASE);
              killedIn.set(phase, (killedIn.get(phase) ?? 0) + 1);
              if (kind.tells && phase === HOLDS) {
                assertEquals(numbers.load(TOLD), told + 1, "the next owner is told");
              }
              if (kind.tells && phase === BETWEEN) assertEquals(numbers.load(TOLD), told, "nobody is told");
            },
          };
        });
        assertEquals(survivor.stderr, "");
      };
      try {
        await killed();
        kind.end?.(object, numbers);
      } finally {
        object.unlink();
      }
      if (!kind.holds) return;
      const [waiting, holding] = [killedIn.get(ACQUIRES) ?? 0, killedIn.get(HOLDS) ?? 0];
      console.log(`${name}: ${waiting} were killed acquiring it, ${holding} holding it, of ${rounds}`);
      assert(rounds < 30 || (waiting > 0 && holding > 0));
    },
    undefined,
    30_000 + rounds * ROUND_MS,
  );
}

async function lockStep(lock: Lock | RLock, numbers: Numbers): Promise<void> {
  const guard = await lock.acquire();
  const { array } = numbers;
  if (guard.ownerDied) {
    numbers.add(TOLD, 1);
    array[2] = array[1]!;
  }
  assertEquals(array[1], array[2], "torn");
  guard.release();
}

survives("lock", 75, { create: (name) => Lock.create({ name }), step: lockStep, holds: true, tells: true });

survives("rlock", 45, { create: (name) => RLock.create({ name }), step: lockStep, holds: true, tells: true });

for (const [name, Kind] of [["semaphore", Semaphore], ["bounded", BoundedSemaphore]] as const) {
  survives<Semaphore>(name, 40, {
    create: (name) => Kind.create({ name, value: 2 }),
    async step(semaphore) {
      const permits = [await semaphore.acquire(), await semaphore.acquire()];
      assertEquals(semaphore.tryAcquire(), undefined);
      for (const permit of permits) permit.release();
    },
    holds: true,
    end: (semaphore) => assertEquals(semaphore.value, 2),
  });
}

survives("condition", 40, {
  create: (name) => Condition.create({ name }),
  async feed(condition, numbers) {
    const guard = await condition.acquire();
    numbers.array[0]!++;
    condition.notify();
    guard.release();
  },
  // Nobody notifies again: what was called and died has passed it on.
  step: (_, numbers) => until("all to be taken", () => numbers.load(0) <= 0),
});

survives("event", 30, {
  create: (name) => SharedEvent.create({ name }),
  feed: (event) => Promise.resolve(event.set()),
  async step(event) {
    const waiting = event.wait();
    event.set();
    await waiting;
  },
});

survives("barrier", 30, {
  create: (name) => Barrier.create({ name, parties: 2 }),
  // As long as the victim lives two of three go on each time; then only this one and the survivor are left.
  async feed(barrier) {
    assert(await barrier.wait() < 2);
  },
  step: () => Promise.resolve(),
  end: (barrier) => assertEquals(barrier.broken, false),
});
