import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Lock, RLock, spawn } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { test } from "../support/shared_memory.ts";
import { compete, type Contender } from "../support/turns.ts";

/** What both kinds of lock promise. */
for (const Kind of [Lock, RLock]) {
  const kind = Kind.name;
  const create = (name?: string): Lock | RLock => Kind.create({ name });

  test(`${kind}: one handle at a time holds it, and the next gets it when it is given back`, async () => {
    using a = create();
    using b = from(a);
    const guard = a.acquireSync();
    assert(a.held);
    assertEquals(b.tryAcquire(), undefined);
    assertEquals(guard.ownerDied, false);
    const waiting = b.acquire();
    guard.release();
    using second = await waiting;
    assertEquals([a.held, b.held, second.ownerDied], [false, true, false]);
  });

  test(`${kind}: processes, workers and parts of one thread exclude each other, blocking or not`, async () => {
    using lock = create();
    const contenders: Contender[] = [
      { where: "process", form: "sync" },
      { where: "process", form: "async" },
      { where: "worker", form: "sync" },
      { where: "worker", form: "async" },
      { where: "here", form: "async" },
      { where: "here", form: "async" },
    ];
    const { each, counted } = await compete(lock, contenders, { turns: 500, work: 20 });
    assertEquals(each, contenders.map(() => 500));
    assertEquals(counted, 500 * contenders.length);
  });

  test(`${kind}: a time-out and an abort end the wait, and it can be acquired afterwards`, async () => {
    using a = create();
    using b = from(a);
    using worker = holder(kind, a);
    await worker.holds;
    await assertFails(() => b.acquire({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
    await assertFails(() => b.acquireSync({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
    const controller = new AbortController();
    const waiting = b.acquire({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
    await assertRejects(() => b.acquire({ signal: AbortSignal.abort(new Error("before")) }), Error, "before");
    assertEquals(b.held, false);
    worker.letGo();
    using guard = b.acquireSync({ timeout: 10_000 });
    assertEquals(guard.ownerDied, false);
  });

  test(`${kind}: a guard gives back once, and never the hold of somebody else`, () => {
    using lock = create();
    const first = lock.acquireSync();
    first.release();
    const second = lock.acquireSync();
    first.release();
    first[Symbol.dispose]();
    assert(lock.held);
    lock.release();
    assertEquals(lock.held, false);
    using third = lock.acquireSync();
    second.release();
    assert(lock.held);
    third.release();
  });

  test(`${kind}: to give back what this handle does not hold is an error`, async () => {
    using a = create();
    using b = from(a);
    await assertFails(() => a.release(), { type: Deno.errors.BadResource, code: "EPERM" });
    using _ = a.acquireSync();
    await assertFails(() => b.release(), { type: Deno.errors.BadResource, code: "EPERM" });
    assert(a.held);
  });

  test(`${kind}: to block for what another handle of this thread holds is an error, and does not hang`, async () => {
    using a = create();
    using b = from(a);
    using _ = a.acquireSync();
    const error = await assertFails(() => b.acquireSync({ timeout: 5_000 }), {
      type: Deno.errors.Busy,
      code: "EDEADLK",
    });
    assertStringIncludes(error.message, "this thread holds it");
  });

  test(`${kind}: the next owner is told, once, when the thread or process of the last one ended`, async () => {
    using lock = create();
    const script = `import { ${kind} } from "${new URL("../../mod.ts", import.meta.url)}";
      ${kind}.inherited(3).acquireSync(); Deno.exit(0);`;
    const path = Deno.makeTempFileSync({ suffix: ".ts" });
    Deno.writeTextFileSync(path, script);
    try {
      const child = spawn(Deno.execPath(), { args: ["run", "-A", path], fds: { 3: lock } });
      assert((await child.status).success);
    } finally {
      Deno.removeSync(path);
    }
    {
      using guard = await lock.acquire();
      assertEquals(guard.ownerDied, true);
      guard.release();
      assertEquals(guard.ownerDied, true);
    }
    using guard = lock.acquireSync();
    assertEquals(guard.ownerDied, false);
    assertEquals((await finishChild("lock_worker_ends", kind)).split("\n"), ["true", "true", "false", ""]);
  });

  test(`${kind}: closing a handle gives up what it holds, and its guard does nothing more`, async () => {
    using a = create();
    const b = from(a);
    const guard = b.acquireSync();
    const waiting = a.acquire();
    b.close();
    using second = await waiting;
    assertEquals(second.ownerDied, true);
    guard.release();
    assert(a.held);
  });

  test(`${kind}: closing ends the waits of this handle, and everything after it is an error`, async () => {
    using a = create();
    const b = from(a);
    using _ = a.acquireSync();
    const waits = [b.acquire(), b.acquire({ timeout: 10_000 })];
    const ends = Promise.allSettled(waits);
    b.close();
    b.close();
    for (const end of await ends) {
      assert((end as PromiseRejectedResult).reason instanceof Deno.errors.BadResource);
    }
    assertThrows(() => b.acquireSync(), Deno.errors.BadResource, "closed");
    assertThrows(() => b.tryAcquire(), Deno.errors.BadResource, "closed");
    assertThrows(() => b.release(), Deno.errors.BadResource, "closed");
    await assertRejects(() => b.acquire(), Deno.errors.BadResource, "closed");
  });

  test(`${kind}: closing a handle while other threads wait with theirs does not disturb them`, async () => {
    const a = create();
    using b = from(a);
    const guard = a.acquireSync();
    await using child = startChild("lock_waiter", { args: [kind, JSON.stringify(a.share())] });
    await child.printed("waiting");
    using worker = holder(kind, a);
    await worker.opened;
    const waiting = b.acquire();
    guard.release();
    a.close();
    // In whatever order they get it.
    await Promise.all([
      waiting.then((guard) => guard.release()),
      worker.holds.then(() => worker.letGo()),
      child.finished(),
    ]);
  });

  test(`${kind}: options of the wrong shape are refused before anything is acquired`, async () => {
    using lock = create();
    assertThrows(() => lock.acquireSync({ timeout: -1 }), RangeError, "timeout");
    assertThrows(() => lock.acquireSync({ timeout: "1" as unknown as number }), TypeError, "timeout");
    await assertRejects(
      () => lock.acquire({ signal: "SIGINT" as unknown as AbortSignal }),
      TypeError,
      "AbortSignal",
    );
    assertEquals(lock.held, false);
  });

  test(`${kind}: a name leads to the same lock, until it is unlinked`, (name) => {
    using lock = create(name);
    using opened = Kind.open(name) as Lock | RLock;
    using _ = lock.acquireSync();
    assertEquals(opened.tryAcquire(), undefined);
    assertEquals(opened.name, name);
    lock.unlink();
    assertThrows(() => Kind.open(name), Deno.errors.NotFound);
  });
}

test("RLock: the handle that holds it acquires it again, and gives it back as often", async () => {
  using lock = RLock.create();
  using other = from(lock);
  const guards = [
    lock.acquireSync(),
    lock.tryAcquire()!,
    await lock.acquire(),
    lock.acquireSync({ timeout: 0 }),
  ];
  assertEquals(new Set(guards).size, 4);
  for (const guard of guards) {
    assertEquals(other.tryAcquire(), undefined);
    guard.release();
    guard.release();
  }
  using _ = other.tryAcquire();
  assert(other.held);
});

test(
  "Lock: four contenders have their fair part of the turns",
  async () => {
    for (const [what, work] of [["no work in a turn", 0], ["20 us", 4_000], ["5 ms", 1_000_000]] as const) {
      using lock = Lock.create();
      const contenders = Array.from({ length: 4 }, (): Contender => ({ where: "process", form: "sync" }));
      const { each, counted } = await compete(lock, contenders, { milliseconds: 5_000, work });
      const total = each.reduce((a, b) => a + b);
      const parts = each.map((turns) => 100 * turns / total);
      console.log(
        `${what}: ${(total / 5).toFixed(0)} turns/s, parts ${
          parts.map((part) => part.toFixed(1)).join(" ")
        } %`,
      );
      assertEquals(counted, total);
      assert(parts.every((part) => part >= 10), parts.join());
    }
  },
  undefined,
  120_000,
);

test("Lock: one that waits on the event loop gets its part among those that block", async () => {
  using lock = Lock.create();
  const contenders: Contender[] = [
    { where: "process", form: "sync" },
    { where: "process", form: "sync" },
    { where: "here", form: "async" },
  ];
  const { each } = await compete(lock, contenders, { milliseconds: 2_000, work: 200_000 });
  const total = each.reduce((a, b) => a + b);
  console.log(`parts ${each.map((turns) => (100 * turns / total).toFixed(1)).join(" ")} %`);
  assert(each[2]! / total >= 0.1, each.join());
});

function from(lock: Lock | RLock): Lock | RLock {
  return lock instanceof Lock ? Lock.from(lock.share()) : RLock.from(lock.share());
}

/** A worker that holds a lock until it is told to let it go. */
function holder(kind: string, lock: Lock | RLock): Disposable & {
  opened: Promise<void>;
  holds: Promise<void>;
  letGo(): void;
} {
  const worker = new Worker(new URL("../children/lock_holder.ts", import.meta.url), { type: "module" });
  const said = { opened: Promise.withResolvers<void>(), held: Promise.withResolvers<void>() };
  worker.onmessage = ({ data }: MessageEvent<keyof typeof said>) => said[data].resolve();
  worker.postMessage([kind, lock.share()]);
  return {
    opened: said.opened.promise,
    holds: said.held.promise,
    letGo: () => worker.postMessage("let go"),
    [Symbol.dispose]: () => worker.terminate(),
  };
}

async function finishChild(name: string, ...args: string[]): Promise<string> {
  await using child = startChild(name, { args });
  return await child.finished();
}
