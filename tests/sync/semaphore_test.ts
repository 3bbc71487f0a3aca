import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BoundedSemaphore, Semaphore } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { test } from "../support/shared_memory.ts";
import { until } from "../support/watchdog.ts";

/** What both kinds promise. */
for (const Kind of [Semaphore, BoundedSemaphore]) {
  const kind = Kind.name;
  const from = (semaphore: Semaphore): Semaphore =>
    Kind === Semaphore ? Semaphore.from(semaphore.share()) : BoundedSemaphore.from(semaphore.share());

  test(`${kind}: there are as many permits as it was made with, for all handles together`, async () => {
    using a = Kind.create({ value: 3 });
    using b = from(a);
    const permits = [a.acquireSync(), b.tryAcquire()!, await b.acquire()];
    assertEquals([a.value, b.value, a.tryAcquire(), b.tryAcquire()], [0, 0, undefined, undefined]);
    const waiting = a.acquire();
    permits[1]!.release();
    permits[1]!.release();
    await waiting;
    assertEquals(a.value, 0);
    a.release();
    permits[0]!.release();
    permits[2]![Symbol.dispose]();
    assertEquals(b.value, 3);
  });

  test(`${kind}: a time-out and an abort end the wait, and no permit is lost`, async () => {
    using a = Kind.create({ value: 1 });
    using b = from(a);
    const permit = a.acquireSync();
    await assertFails(() => b.acquire({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
    await assertFails(() => b.acquireSync({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
    const controller = new AbortController();
    const waiting = b.acquire({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
    permit.release();
    using _ = b.acquireSync({ timeout: 10_000 });
    assertEquals(a.value, 0);
  });

  test(`${kind}: the permits of a killed process are given back, to those that wait and those that come`, async () => {
    using a = Kind.create({ value: 2 });
    const options = { args: [kind, JSON.stringify(a.share()), "2"] };
    {
      await using child = startChild("holds_permits", options);
      await child.printed("held");
      assertEquals(a.value, 0);
      const waiting = a.acquire();
      child.kill("SIGKILL");
      (await waiting).release();
      assertEquals(a.value, 2);
    }
    {
      await using child = startChild("holds_permits", options);
      await child.printed("held");
      child.kill("SIGKILL");
      await child.status;
      a.acquireSync({ timeout: 10_000 }).release();
    }
    assertEquals(a.value, 2);
  });

  test(`${kind}: closing a handle gives its permits back, and ends its waits`, async () => {
    using a = Kind.create({ value: 2 });
    const b = from(a);
    const permit = b.acquireSync();
    b.acquireSync();
    const waiting = assertRejects(() => b.acquire(), Deno.errors.BadResource, "closed");
    const other = a.acquire();
    b.close();
    b.close();
    await waiting;
    (await other).release();
    permit.release();
    assertEquals(a.value, 2);
    assertThrows(() => b.acquireSync(), Deno.errors.BadResource, "closed");
    assertThrows(() => b.tryAcquire(), Deno.errors.BadResource, "closed");
    assertThrows(() => b.release(), Deno.errors.BadResource, "closed");
    assertThrows(() => b.value, Deno.errors.BadResource, "closed");
  });

  test(`${kind}: without owners a permit is given back by anybody, and nothing by a death`, async () => {
    using a = Kind.create({ value: 2, owned: false });
    await using child = startChild("holds_permits", { args: [kind, JSON.stringify(a.share()), "2"] });
    await child.printed("held");
    child.kill("SIGKILL");
    await child.status;
    assertEquals([a.value, a.tryAcquire()], [0, undefined]);
    a.release(2);
    assertEquals(a.value, 2);
  });

  test(`${kind}: values and counts that are none are refused`, () => {
    for (const value of [-1, 1.5, 2 ** 31, NaN]) assertThrows(() => Kind.create({ value }), RangeError);
    assertThrows(() => Kind.create({ value: "1" as unknown as number }), TypeError);
    using semaphore = Kind.create();
    assertThrows(() => semaphore.release(0), RangeError);
    assertThrows(() => semaphore.acquireSync({ timeout: -1 }), RangeError);
    assertEquals(semaphore.value, 1);
  });

  test(`${kind}: when maxHolders hold permits the next one is told so`, () => {
    using a = Kind.create({ value: 9, maxHolders: 1 });
    using b = from(a);
    const permit = a.acquireSync();
    assertThrows(() => b.acquireSync(), Deno.errors.Busy, "maxHolders");
    assertEquals(a.value, 8);
    permit.release();
    a.close();
    b.acquireSync().release();
  });
}

test("Semaphore: a release without a permit adds one, up to 2147483647", async () => {
  using semaphore = Semaphore.create({ value: 0 });
  using consumer = Semaphore.from(semaphore.share());
  semaphore.release();
  semaphore.release(2);
  assertEquals(semaphore.value, 3);
  consumer.acquireSync();
  assertEquals(semaphore.value, 2);
  await assertFails(() => semaphore.release(2 ** 31 - 3), { type: RangeError, code: "EOVERFLOW" });
  semaphore.release(2 ** 31 - 4);
  assertEquals(semaphore.value, 2 ** 31 - 2);
  consumer.release();
  assertEquals(semaphore.value, 2 ** 31 - 1);
});

test("BoundedSemaphore: a release over its bound is an error, and adds nothing", async () => {
  using semaphore = BoundedSemaphore.create({ value: 2 });
  await assertFails(() => semaphore.release(), { type: RangeError, code: "EOVERFLOW" });
  const permit = semaphore.acquireSync();
  await assertFails(() => semaphore.release(2), { type: RangeError, code: "EOVERFLOW" });
  permit.release();
  permit.release();
  using other = BoundedSemaphore.from(semaphore.share());
  other.acquireSync();
  await assertFails(() => semaphore.release(), { type: Deno.errors.BadResource, code: "EPERM" });
  assertEquals(semaphore.value, 1);
});

test("Semaphore: a process that is killed in the middle of a change leaves the right number of permits", async () => {
  using semaphore = Semaphore.create({ value: 3 });
  semaphore.acquireSync();
  await using child = startChild("dies_in_semaphore", { args: [JSON.stringify(semaphore.share())] });
  await child.printed("in the middle");
  child.kill("SIGKILL");
  await child.status;
  assertEquals(semaphore.value, 2);
  semaphore.release();
  assertEquals(semaphore.value, 3);
});

test("Semaphore: processes never hold more permits than there are, and all get some", async () => {
  using semaphore = Semaphore.create({ value: 2 });
  const children = Array.from(
    { length: 3 },
    () => startChild("permit_turns", { args: [JSON.stringify(semaphore.share()), "2", "300"] }),
  );
  try {
    for (let i = 0; i < 100; i++) {
      using _ = await semaphore.acquire();
      await Promise.resolve();
    }
    for (const child of children) assertEquals(await child.finished(), "300 turns\n");
  } finally {
    for (const child of children) await child[Symbol.asyncDispose]();
  }
  await until("all to be back", () => semaphore.value === 2);
});

test("Semaphore: one that waits is not passed by all who come later", async () => {
  using semaphore = Semaphore.create({ value: 1 });
  await using child = startChild("permit_turns", {
    args: [JSON.stringify(semaphore.share()), "1", "1000000", "5"],
  });
  await child.printed("began");
  let longest = 0;
  for (let i = 0; i < 20; i++) {
    const before = performance.now();
    const permit = i % 2 === 0 ? await semaphore.acquire() : semaphore.acquireSync();
    longest = Math.max(longest, performance.now() - before);
    permit.release();
  }
  console.log(`with turns of 5 ms the longest wait took ${longest.toFixed(0)} ms`);
  assert(longest < 5_000);
});
