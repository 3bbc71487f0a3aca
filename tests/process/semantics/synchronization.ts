import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import {
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Condition,
  Lock,
  RLock,
  Semaphore,
  SharedEvent,
} from "../../../mod.ts";
import { startedWith } from "../../support/processes_of_ours.ts";
import { attempt, type Row } from "../../support/semantics.ts";
import { until } from "../../support/watchdog.ts";

const MORE = new URL("../../children/process_semantics.ts", import.meta.url).href;

async function inChild(entry: string, ...args: unknown[]): Promise<unknown> {
  await using process = startedWith({ entry, args }, MORE);
  return await process.result;
}

/** "Synchronization primitives". */
export const SYNCHRONIZATION: Row[] = [
  {
    id: "Lock.acquire(block=False)",
    says: "It does not wait: it returns whether it has acquired the lock.",
    ours() {
      using lock = Lock.create();
      using other = Lock.from(lock.share());
      using first = lock.tryAcquire();
      using second = other.tryAcquire();
      return [first !== undefined, second !== undefined];
    },
  },
  {
    id: "Lock.acquire(timeout)",
    says: "After the time-out it returns False, and the lock is not held.",
    async ours() {
      using lock = Lock.create();
      using other = Lock.from(lock.share());
      using guard = await lock.acquire();
      await assertRejects(() => other.acquire({ timeout: 1 }), Deno.errors.TimedOut);
      assertEquals([other.held, guard.ownerDied], [false, false]);
    },
    differs:
      "A time-out rejects, as everywhere: a False that is overlooked runs the critical section without the lock.",
  },
  {
    id: "Lock.acquire(timeout < 0)",
    says: "A negative time-out counts as zero.",
    async ours() {
      using lock = Lock.create();
      await assertRejects(() => lock.acquire({ timeout: -1 }), RangeError);
    },
    differs: "It is a mistake in a computation more often than a wish, and a RangeError.",
  },
  {
    id: "Lock is not recursive",
    says: "The process that holds it waits for ever when it acquires it again.",
    ours() {
      using lock = Lock.create();
      using _guard = lock.acquireSync();
      assertThrows(() => lock.acquireSync(), Deno.errors.Busy);
    },
    differs: "Where this thread holds it, waiting on this thread could never end: it is an error (EDEADLK).",
  },
  {
    id: "Lock.release by others",
    says: "Any process or thread may release it, not only the one that has acquired it.",
    ours() {
      using lock = Lock.create();
      using other = Lock.from(lock.share());
      using _guard = lock.acquireSync();
      assertThrows(() => other.release(), Deno.errors.BadResource);
    },
    differs: "Only the handle that holds it can: a lock that others give back protects nothing.",
  },
  {
    id: "Lock.release unlocked",
    says: "To release a lock that is not held raises ValueError.",
    async ours() {
      using lock = Lock.create();
      return await attempt(() => lock.release());
    },
  },
  {
    id: "Lock in a child",
    says: "It is shared with a process that gets it as an argument.",
    async ours() {
      using lock = Lock.create();
      using guard = lock.acquireSync();
      const held = await inChild("tryLock", lock);
      guard.release();
      return [held, await inChild("tryLock", lock)];
    },
  },
  {
    id: "Lock as context manager",
    says: "The with statement acquires and releases it.",
    async ours() {
      using lock = Lock.create();
      {
        using _guard = await lock.acquire();
        assertEquals(lock.held, true);
      }
      assertEquals(lock.held, false);
    },
  },
  {
    id: "RLock recursion",
    says: "The owner acquires it many times, and has to release it as often.",
    async ours() {
      using lock = RLock.create();
      const guards = [lock.tryAcquire(), lock.tryAcquire()];
      const taken = guards.map((guard) => guard !== undefined);
      lock.release();
      const stillHeld = await inChild("tryLock", lock);
      lock.release();
      return [...taken, stillHeld, await inChild("tryLock", lock)];
    },
  },
  {
    id: "RLock.release by others",
    says: "Who does not own it cannot release it: that raises AssertionError.",
    async ours() {
      using lock = RLock.create();
      using other = RLock.from(lock.share());
      using _guard = lock.acquireSync();
      const outcome = await attempt(() => other.release());
      assertEquals([lock.held, other.tryAcquire()], [true, undefined]);
      return outcome;
    },
  },
  {
    id: "Semaphore",
    says: "It counts: acquire() takes one and waits while there is none, release() adds one.",
    ours() {
      using semaphore = Semaphore.create({ value: 2 });
      const taken = [1, 2, 3].map(() => semaphore.tryAcquire() !== undefined);
      const left = semaphore.value;
      semaphore.release();
      return [...taken, left, semaphore.value];
    },
  },
  {
    id: "Semaphore.release without acquire",
    says: "It can be released more often than it was acquired, and then grows.",
    ours() {
      using semaphore = Semaphore.create({ value: 1 });
      semaphore.release();
      return semaphore.value;
    },
  },
  {
    id: "BoundedSemaphore",
    says: "To release it beyond its initial value raises ValueError, on Linux; elsewhere that is not seen.",
    async ours() {
      using semaphore = BoundedSemaphore.create({ value: 1 });
      return [await attempt(() => semaphore.release()), semaphore.value];
    },
  },
  {
    id: "Condition.wait without the lock",
    says: "To wait or to notify without holding the lock is an error.",
    async ours() {
      using condition = Condition.create();
      return [await attempt(() => condition.wait()), await attempt(() => condition.notify())];
    },
  },
  {
    id: "Condition.wait",
    says: "It gives the lock up, waits for a notification, and has the lock again.",
    async ours() {
      using condition = Condition.create();
      using ready = Semaphore.create({ value: 0, owned: false });
      await using process = startedWith({ entry: "waitFor", args: [condition, ready] }, MORE);
      await ready.acquire({ timeout: 30_000 });
      {
        using _guard = await condition.acquire({ timeout: 30_000 });
        condition.notify();
      }
      assertEquals(await process.result, "notified");
    },
  },
  {
    id: "Condition.wait(timeout)",
    says: "It returns False after the time-out, and has the lock again.",
    async ours() {
      using condition = Condition.create();
      using _guard = await condition.acquire();
      await assertRejects(() => condition.wait({ timeout: 1 }), Deno.errors.TimedOut);
      assertEquals(condition.held, true);
    },
    differs: "A time-out rejects, as everywhere; the lock is held all the same.",
  },
  {
    id: "Condition.wait_for",
    says: "It waits until a predicate is true, and returns its value.",
    async ours() {
      using condition = Condition.create();
      using _guard = await condition.acquire();
      return await condition.waitFor(() => "yes");
    },
  },
  {
    id: "Condition.notify(n)",
    says: "It wakes at most n of those that wait.",
    async ours() {
      using condition = Condition.create();
      using ready = Semaphore.create({ value: 0, owned: false });
      const processes = [1, 2, 3].map(() =>
        startedWith({ entry: "waitFor", args: [condition, ready] }, MORE)
      );
      for (const _ of processes) await ready.acquire({ timeout: 30_000 });
      const waiting = new Set(processes);
      const ends = processes.map((process) => process.join().then(() => waiting.delete(process)));
      {
        using _guard = await condition.acquire({ timeout: 30_000 });
        condition.notify(2);
      }
      await until("two to be woken", () => waiting.size <= 1);
      const [last] = waiting;
      await assertRejects(() => last!.join({ timeout: 200 }), Deno.errors.TimedOut);
      {
        using _guard = await condition.acquire({ timeout: 30_000 });
        condition.notify(1);
      }
      await Promise.all(ends);
    },
  },
  {
    id: "Condition(lock)",
    says: "It is made with a lock or recursive lock of the caller's, or with a recursive one of its own.",
    async ours() {
      using lock = Lock.create();
      using condition = Condition.create({ lock });
      using _guard = await condition.acquire();
      assertEquals(lock.held, true);
    },
  },
  {
    id: "Event",
    says: "It is clear at first; set() wakes all that wait, and clear() makes those that come wait again.",
    async ours() {
      using event = SharedEvent.create();
      const outcome = [event.isSet];
      const process = startedWith({ entry: "untilSet", args: [event] }, MORE);
      event.set();
      outcome.push(await process.result as boolean, event.isSet);
      event.clear();
      outcome.push(event.isSet);
      await process.join();
      return outcome;
    },
  },
  {
    id: "Event.wait(timeout)",
    says: "It returns True when it was set, and False after the time-out.",
    async ours() {
      using event = SharedEvent.create();
      await assertRejects(() => event.wait({ timeout: 1 }), Deno.errors.TimedOut);
      event.set();
      await event.wait({ timeout: 1 });
    },
    differs: "A time-out rejects, as everywhere, so that nobody goes on as if it had been set.",
  },
  {
    id: "Barrier.wait",
    says: "All pass when the last one has come, each with another number from 0 on.",
    async ours() {
      using barrier = Barrier.create({ parties: 3 });
      const processes = [1, 2].map(() => startedWith({ entry: "meet", args: [barrier] }, MORE));
      const numbers = await Promise.all([
        barrier.wait({ timeout: 30_000 }),
        ...processes.map((process) => process.result as Promise<number>),
      ]);
      await Promise.all(processes.map((process) => process.join()));
      return numbers.toSorted();
    },
  },
  {
    id: "Barrier: time-out breaks it",
    says: "A time-out puts it into the broken state, and who waits gets BrokenBarrierError.",
    async ours() {
      using barrier = Barrier.create({ parties: 2 });
      await assertRejects(() => barrier.wait({ timeout: 1 }), Deno.errors.TimedOut);
      const error = await barrier.wait().catch((error) => error);
      assertInstanceOf(error, BrokenBarrierError);
      return barrier.broken;
    },
  },
  {
    id: "Barrier.abort, reset",
    says: "abort() breaks it; reset() makes it sound again, empty.",
    ours() {
      using barrier = Barrier.create({ parties: 2 });
      barrier.abort();
      const broken = barrier.broken;
      barrier.reset();
      return [broken, barrier.broken, barrier.waiting, barrier.parties];
    },
  },
  {
    id: "Barrier(action)",
    says: "A function that one of them runs before all pass.",
    async ours() {
      using barrier = Barrier.create({ parties: 1 });
      assertEquals(await barrier.wait(), 0);
    },
    differs: "A function cannot be shared: who gets the number 0 does it.",
  },
  {
    id: "death of an owner",
    says: "A lock or semaphore of a process that died is never released.",
    async ours() {
      using held = SharedEvent.create();
      using lock = Lock.create();
      const process = startedWith({ entry: "holdForever", args: [lock, held] }, MORE);
      await held.wait({ timeout: 30_000 });
      process.kill();
      await process.join();
      using guard = await lock.acquire({ timeout: 30_000 });
      assertEquals(guard.ownerDied, true);
    },
    differs: "It comes back, and who has it next is told: guard.ownerDied.",
  },
  {
    id: "KeyboardInterrupt during acquire",
    says: "Ctrl-C while the main thread is blocked in acquire() raises KeyboardInterrupt at once.",
    async ours() {
      using lock = Lock.create();
      using other = Lock.from(lock.share());
      using _guard = lock.acquireSync();
      const stop = new AbortController();
      const waiting = other.acquire({ signal: stop.signal });
      stop.abort(new Error("interrupted"));
      await assertRejects(() => waiting, Error, "interrupted");
    },
    differs: "A wait is ended by an AbortSignal; abortOnSignal makes one of Ctrl-C.",
  },
];
