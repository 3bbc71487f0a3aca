import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Condition, Lock, RLock, SharedArray, SharedEvent } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { test } from "../support/shared_memory.ts";
import { until } from "../support/watchdog.ts";

/** With each lock that it can have. */
const WAYS: Record<string, () => { condition: Condition; again: () => Condition } & Disposable> = {
  "its own lock"() {
    const condition = Condition.create();
    return {
      condition,
      again: () => Condition.from(condition.share()),
      [Symbol.dispose]: () => condition.close(),
    };
  },
  "a Lock": () => withLock(Lock.create(), (lock) => Lock.from(lock.share())),
  "an RLock": () => withLock(RLock.create(), (lock) => RLock.from(lock.share())),
};

function withLock<T extends Lock | RLock>(lock: T, from: (lock: T) => T) {
  const condition = Condition.create({ lock });
  const locks: T[] = [];
  const again = () => {
    locks.push(from(lock));
    return Condition.from(condition.share(), { lock: locks.at(-1)! });
  };
  const close = () => [condition, lock, ...locks].forEach((each) => each.close());
  return { condition, again, [Symbol.dispose]: close };
}

for (const [way, make] of Object.entries(WAYS)) {
  test(`Condition with ${way}: notify() wakes as many as it is told, who came first in front`, async () => {
    using made = make();
    const { condition, again } = made;
    const order: number[] = [];
    const waiters: Promise<void>[] = [];
    for (let i = 0; i < 5; i++) {
      const other = again();
      let asleep = false;
      waiters.push((async () => {
        const guard = await other.acquire();
        const waiting = other.wait();
        asleep = true;
        await waiting;
        order.push(i);
        assert(other.held);
        guard.release();
        other.close();
      })());
      await until("it to wait", () => asleep);
    }
    const notify = async (count: number, expected: number[]) => {
      const guard = await condition.acquire();
      condition.notify(count);
      await Promise.resolve();
      guard.release();
      await until(`${expected} to be awake`, () => order.length >= expected.length);
      assertEquals(order.toSorted(), expected);
    };
    await notify(1, [0]);
    await notify(2, [0, 1, 2]);
    const guard = condition.acquireSync();
    condition.notifyAll();
    guard.release();
    await Promise.all(waiters);
  });

  test(`Condition with ${way}: after a time-out or an abort the lock is held again`, async () => {
    using made = make();
    const { condition } = made;
    const guard = condition.acquireSync();
    await assertFails(() => condition.wait({ timeout: 5 }), {
      type: Deno.errors.TimedOut,
      code: "ETIMEDOUT",
    });
    assert(condition.held);
    assertThrows(() => condition.waitSync({ timeout: 5 }), Deno.errors.TimedOut);
    assert(condition.held);
    const controller = new AbortController();
    const waiting = condition.wait({ signal: controller.signal });
    assertEquals(condition.held, false);
    controller.abort(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
    assert(condition.held);
    await assertRejects(() => condition.waitFor(() => false, { timeout: 5 }), Deno.errors.TimedOut);
    assertThrows(() => condition.waitForSync(() => 0, { timeout: 5 }), Deno.errors.TimedOut);
    assertEquals(await condition.waitFor(() => 7), 7);
    assertEquals(condition.waitForSync(() => "yes"), "yes");
    guard.release();
    assertEquals(condition.held, false);
  });

  test(`Condition with ${way}: to wait or notify without the lock is an error`, async () => {
    using made = make();
    const { condition } = made;
    for (
      const use of [
        () => condition.notify(),
        () => condition.notifyAll(),
        () => condition.waitSync(),
        () => condition.wait(),
        () => condition.waitFor(() => true),
      ]
    ) {
      await assertFails(use, { type: Deno.errors.BadResource, code: "EPERM" });
    }
  });
}

test("Condition: an RLock that was acquired several times is given up as a whole, and comes back so", async () => {
  using condition = Condition.create();
  using other = Condition.from(condition.share());
  const guards = [condition.acquireSync(), condition.acquireSync(), condition.acquireSync()];
  const waiting = condition.wait();
  using guard = await other.acquire();
  other.notify();
  guard.release();
  await waiting;
  for (const each of guards) {
    assertEquals(other.tryAcquire(), undefined);
    each.release();
  }
  other.tryAcquire()!.release();
});

test("Condition: processes that produce and consume lose nothing, blocking or not", async () => {
  using condition = Condition.create();
  using numbers = SharedArray.create({ type: "int32", length: 4 });
  const tokens = JSON.stringify([condition.share(), numbers.share()]);
  const children = ["sync", "async", "sync"].map((form) =>
    startChild("condition_consumer", { args: [form, tokens] })
  );
  try {
    const { array } = numbers;
    for (let i = 0; i < 600; i++) {
      using _ = await condition.acquire();
      await condition.waitFor(() => array[0]! < 4);
      array[0]!++;
      condition.notifyAll();
    }
    {
      using _ = await condition.acquire();
      await condition.waitFor(() => array[0] === 0);
      array[2] = 1;
      condition.notifyAll();
    }
    let consumed = 0;
    for (const child of children) consumed += Number(await child.finished());
    assertEquals(consumed, 600);
  } finally {
    for (const child of children) await child[Symbol.asyncDispose]();
  }
});

test("Condition: who was killed or closed while it waited is not counted", async () => {
  using condition = Condition.create();
  using numbers = SharedArray.create({ type: "int32", length: 4 });
  const tokens = JSON.stringify([condition.share(), numbers.share()]);
  numbers.store(3, 1);
  const closed = Condition.from(condition.share());
  await closed.acquire();
  const ends = assertRejects(() => closed.wait(), Deno.errors.BadResource, "closed");
  await using child = startChild("condition_consumer", { args: ["sync", tokens] });
  await child.printed("waiting");
  using survivor = Condition.from(condition.share());
  const guard = await survivor.acquire();
  const waiting = survivor.wait();
  closed.close();
  await ends;
  child.kill("SIGKILL");
  await child.status;
  {
    using _ = await condition.acquire();
    condition.notify();
  }
  await waiting;
  guard.release();
});

for (const form of ["async", "sync"]) {
  test(`Condition: one that was called and is killed before it can follow passes it on (${form})`, async () => {
    using condition = Condition.create();
    using numbers = SharedArray.create({ type: "int32", length: 4 });
    numbers.store(3, 1);
    const options = (form: string) => ({
      args: [form, JSON.stringify([condition.share(), numbers.share()])],
    });
    await using first = startChild("condition_consumer", options("sync"));
    await first.printed("waiting");
    await using second = startChild("condition_consumer", options(form));
    await second.printed("waiting");
    // Whoever has the lock finds both waiting.
    condition.acquireSync().release();
    first.kill("SIGSTOP");
    {
      using _ = condition.acquireSync();
      numbers.store(0, 1);
      condition.notify();
    }
    first.kill("SIGKILL");
    await first.status;
    await until("the second to take it", () => numbers.load(0) === 0);
    using _ = await condition.acquire();
    numbers.store(2, 1);
    condition.notifyAll();
    condition.release();
    assertEquals((await second.finished()).split("\n").at(-2), "1");
  });
}

test("Condition: the guard tells of an owner that died while it waited", async () => {
  using condition = Condition.create();
  const other = Condition.from(condition.share());
  using guard = condition.acquireSync();
  assertEquals(guard.ownerDied, false);
  const waiting = condition.wait();
  await other.acquire();
  other.notify();
  other.close();
  await waiting;
  assertEquals(guard.ownerDied, true);
});

test("Condition: it takes the lock that it was made with, and no other", () => {
  using lock = Lock.create();
  using other = Lock.create();
  using condition = Condition.create({ lock });
  using second = Condition.create({ lock });
  assertThrows(() => Condition.from(condition.share(), { lock: other }), TypeError, "another lock");
  using own = Condition.create();
  assertThrows(() => Condition.from(own.share(), { lock }), TypeError, "its own");
  assertThrows(() => Condition.create({ lock: SharedEvent as never }), TypeError, "takes a Lock");
  using without = Condition.from(condition.share());
  assertThrows(() => without.acquireSync(), TypeError, "give it as { lock }");
  using _ = lock.acquireSync();
  condition.notify();
  second.notify();
});

test("Condition: when maxWaiters wait the next one is told so, and still holds the lock", async () => {
  using condition = Condition.create({ maxWaiters: 1 });
  using other = Condition.from(condition.share());
  const guard = await condition.acquire();
  const waiting = condition.wait();
  const second = await other.acquire();
  assertThrows(() => other.waitSync(), Deno.errors.Busy, "1 wait already");
  other.notify();
  second.release();
  await waiting;
  guard.release();
});
