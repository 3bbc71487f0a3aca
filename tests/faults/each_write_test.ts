/**
 * A process that dies after any single write of an operation: random kills (killed_in_…_test.ts) seldom come between
 * two of them.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Barrier, BoundedSemaphore, Channel, Condition, Lock, Queue, RLock, Semaphore } from "../../mod.ts";
import { afterEachWrite } from "../support/each_write.ts";
import { numbered, numberOf } from "../support/numbered.ts";
import { test } from "../support/shared_memory.ts";

const SOON = { timeout: 1000 };

/** That something holds from one write on, and not before. */
function assertFromOneOn(found: boolean[]): void {
  assertEquals(found, found.toSorted((a, b) => Number(a) - Number(b)));
  assertEquals([found[0], found.at(-1)], [false, true]);
}

for (const Kind of [Lock, RLock]) {
  for (const operation of ["acquire", "release"]) {
    test(`${Kind.name}: after each write of ${operation}() of one that dies, the next one gets it`, () => {
      using lock = Kind.create();
      const told: boolean[] = [];
      afterEachWrite({
        object: lock,
        again: () => Kind.from(lock.share()) as Lock,
        before: (dead) => void (operation === "release" && dead.acquireSync()),
        operate: (dead) => operation === "acquire" ? void dead.acquireSync() : dead.release(),
      }, () => {
        using other = Kind.from(lock.share()) as Lock;
        using guard = other.acquireSync(SOON);
        told.push(guard.ownerDied);
      });
      // While it is held, and only then.
      assertFromOneOn(operation === "acquire" ? told : told.map((each) => !each));
    });
  }
}

for (const Kind of [Semaphore, BoundedSemaphore]) {
  for (const operation of ["acquire", "release", "close"]) {
    test(`${Kind.name}: after each write of ${operation}() of one that dies, all permits are there`, () => {
      using semaphore = Kind.create({ value: 3 });
      let checks = 0;
      afterEachWrite({
        object: semaphore,
        again: () => Kind.from(semaphore.share()) as Semaphore,
        before: (dead) => void (operation !== "acquire" && dead.acquireSync()),
        operate: (dead) =>
          operation === "acquire"
            ? void dead.acquireSync()
            : operation === "release"
            ? dead.release()
            : dead.close(),
      }, () => {
        using other = Kind.from(semaphore.share()) as Semaphore;
        assertEquals(other.value, 3);
        const permits = [other.acquireSync(SOON), other.acquireSync(SOON), other.acquireSync(SOON)];
        assertEquals(other.tryAcquire(), undefined);
        for (const permit of permits) permit.release();
        assertEquals(other.value, 3);
        checks++;
      });
      assert(checks > 4, `${checks}`);
    });
  }
}

test("Barrier: after each write of a wait() of one that dies, it is not counted", async () => {
  using barrier = Barrier.create({ parties: 2 });
  let waiting: Promise<unknown> = Promise.resolve();
  afterEachWrite({
    object: barrier,
    again: () => Barrier.from(barrier.share()),
    operate(dead) {
      waiting = dead.wait().catch(() => {});
    },
  }, () => {
    using other = Barrier.from(barrier.share());
    assertEquals([other.waiting, other.broken], [0, false]);
    assertThrows(() => other.waitSync({ timeout: 0 }), Deno.errors.TimedOut);
    other.reset();
  });
  await waiting;
});

test("Barrier: after each write of the last one's wait() and its death, it works as before", () => {
  using barrier = Barrier.create({ parties: 1 });
  afterEachWrite({
    object: barrier,
    again: () => Barrier.from(barrier.share()),
    operate: (dead) => void dead.waitSync(),
  }, () => {
    using other = Barrier.from(barrier.share());
    assertEquals([other.waiting, other.broken, other.waitSync(SOON)], [0, false, 0]);
  });
});

test("Condition: after each write of a notify() of one that dies, it works as before", () => {
  using condition = Condition.create();
  afterEachWrite({
    object: condition,
    again: () => Condition.from(condition.share()),
    operate(dead) {
      const guard = dead.acquireSync();
      dead.notify();
      guard.release();
    },
  }, () => {
    using other = Condition.from(condition.share());
    using _ = other.acquireSync(SOON);
    other.notify();
    assertThrows(() => other.waitSync({ timeout: 0 }), Deno.errors.TimedOut);
  });
});

const CHANNEL_DATA = 64 + 512;

for (const operation of ["sendSync", "commit", "close"]) {
  test(`Channel: after each write of ${operation}() of a producer that dies, there is a whole message or none`, () => {
    using channel = Channel.create({ capacity: 4096 });
    const sent: boolean[] = [];
    afterEachWrite({
      object: channel,
      again: () => Channel.from(channel.share()),
      before(dead) {
        // The next one goes around the end.
        for (let number = 0; number < 30; number++) {
          dead.sendSync(numbered(number));
          channel.recvSync();
        }
        dead.sendSync(numbered(30));
        if (operation === "commit") dead.reserveSync(numbered(31).length).set(numbered(31));
      },
      operate(dead) {
        if (operation === "sendSync") dead.sendSync(numbered(31));
        else dead[operation as "commit" | "close"]();
      },
      data: CHANNEL_DATA,
    }, () => {
      // The consumer that was here has died, too: as another one in its place.
      new Int32Array(channel.memory.buffer)[(64 + 320) / 4] = 0;
      using other = Channel.from(channel.share());
      assertEquals(numberOf(other.recvSync(SOON)!), 30);
      let ended = false;
      let next: Uint8Array | null | undefined;
      try {
        next = other.tryRecv();
      } catch (error) {
        assert(error instanceof Deno.errors.ConnectionReset, `${error}`);
        ended = true;
      }
      if (next) assertEquals(numberOf(next), 31);
      else assert(ended || operation === "close" && next === null);
      sent.push(!ended);
    });
    assertFromOneOn(sent);
  });
}

test("Channel: after each write of a recvSync() of a consumer that dies, sending is an error", () => {
  using channel = Channel.create({ capacity: 4096 });
  channel.sendSync(numbered(0));
  afterEachWrite({
    object: channel,
    again: () => Channel.from(channel.share()),
    before: (dead) => void dead.recvSync(),
    operate(dead) {
      channel.sendSync(numbered(1));
      dead.recvSync();
    },
    data: CHANNEL_DATA,
  }, () => {
    new Int32Array(channel.memory.buffer)[(64 + 256) / 4] = 0;
    using other = Channel.from(channel.share());
    for (let number = 1; number < 100; number++) {
      try {
        if (!other.trySend(numbered(number))) throw new Error("There was no room, and nobody to make any");
      } catch (error) {
        assert(error instanceof Deno.errors.BrokenPipe, `${error}`);
        return;
      }
    }
    assert(false, "It goes on for ever");
  });
});

const QUEUE_DATA = 4608;
const QUEUE = { capacity: 4096, codec: "bytes" } as const;

test("Queue: after each write of a putSync() of one that dies, the value is there or not, and all others are", () => {
  using queue = Queue.create(QUEUE);
  queue.putSync(numbered(0));
  const put: boolean[] = [];
  afterEachWrite({
    object: queue,
    again: () => Queue.from(queue.share()),
    operate: (dead) => dead.putSync(numbered(1)),
    data: QUEUE_DATA,
  }, () => {
    using other = Queue.from(queue.share());
    other.putSync(numbered(2), SOON);
    put.push(other.size === 3);
    for (const number of put.at(-1) ? [0, 1, 2] : [0, 2]) {
      assertEquals(numberOf(other.getSync(SOON)), number);
      other.taskDone();
    }
    assertEquals([other.size, other.tryGet()], [0, undefined]);
    other.joinSync(SOON);
  });
  assertFromOneOn(put);
});

for (const first of ["getSync", "joinSync"]) {
  test(`Queue: after each write of a getSync() of one that dies, its value is taken or not, as ${first}() finds`, () => {
    using queue = Queue.create(QUEUE);
    for (let number = 0; number < 5; number++) queue.putSync(numbered(number));
    const taken: boolean[] = [];
    afterEachWrite({
      object: queue,
      again: () => Queue.from(queue.share()),
      before(dead) {
        // One of two is done: the other one is lost in any case.
        for (const number of [0, 1]) assertEquals(numberOf(dead.getSync()), number);
        dead.taskDone();
      },
      operate: (dead) => void dead.getSync(),
      data: QUEUE_DATA,
    }, () => {
      using other = Queue.from(queue.share());
      const lost: number[] = [];
      const join = (options: { timeout: number }) => {
        try {
          other.joinSync(options);
        } catch (error) {
          if (error instanceof Deno.errors.TimedOut) return;
          assert(error instanceof Deno.errors.ConnectionReset, `${error}`);
          lost.push(Number(error.message.match(/(\d+) tasks? not done/)![1]));
        }
      };
      if (first === "joinSync") join({ timeout: 0 });
      const next = numberOf(other.getSync(SOON));
      taken.push(next === 3);
      other.taskDone();
      for (let number = next + 1; number < 5; number++) {
        assertEquals(numberOf(other.getSync(SOON)), number);
        other.taskDone();
      }
      assertEquals([other.size, other.tryGet()], [0, undefined]);
      join(SOON);
      other.joinSync(SOON);
      assertEquals(lost, [taken.at(-1) ? 2 : 1]);
    });
    assertFromOneOn(taken);
  });
}

test("Queue: after each write of a taskDone() of one that dies, its task is done or lost", () => {
  using queue = Queue.create(QUEUE);
  queue.putSync(numbered(0));
  const done: boolean[] = [];
  afterEachWrite({
    object: queue,
    again: () => Queue.from(queue.share()),
    before: (dead) => void dead.getSync(),
    operate: (dead) => dead.taskDone(),
    data: QUEUE_DATA,
  }, () => {
    using other = Queue.from(queue.share());
    try {
      other.joinSync(SOON);
      done.push(true);
    } catch (error) {
      assert(error instanceof Deno.errors.ConnectionReset, `${error}`);
      done.push(false);
      other.joinSync(SOON);
    }
  });
  assertFromOneOn(done);
});
