import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Barrier, BrokenBarrierError } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { test } from "../support/shared_memory.ts";
import { until } from "../support/watchdog.ts";

test("Barrier: all go on when the last one comes, each with an index of its own", async () => {
  using barrier = Barrier.create({ parties: 3 });
  using other = Barrier.from(barrier.share());
  const first = [barrier.wait(), other.wait()];
  assertEquals([barrier.waiting, other.parties], [2, 3]);
  assertEquals(barrier.waitSync(), 2);
  assertEquals(await Promise.all(first), [0, 1]);
  assertEquals(barrier.waiting, 0);
});

test("Barrier: processes meet at it again and again, blocking or not", async () => {
  using barrier = Barrier.create({ parties: 4 });
  const token = JSON.stringify(barrier.share());
  const children = ["sync", "async", "sync"].map((form) =>
    startChild("barrier_turns", { args: [token, form, "300"] })
  );
  try {
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < 300; i++) sums[await barrier.wait()]!++;
    const all = await Promise.all(
      children.map(async (child) => JSON.parse(await child.finished()) as number[]),
    );
    // Every index was given once each time.
    assertEquals([0, 1, 2, 3].map((index) => all.reduce((sum, each) => sum + each[index]!, sums[index]!)), [
      300,
      300,
      300,
      300,
    ]);
  } finally {
    for (const child of children) await child[Symbol.asyncDispose]();
  }
});

for (const form of ["async", "sync"]) {
  test(`Barrier: a time-out breaks it for all, until it is reset (${form})`, async () => {
    using barrier = Barrier.create({ parties: 3 });
    using other = Barrier.from(barrier.share());
    const first = assertRejects(() => barrier.wait(), BrokenBarrierError, "was broken");
    await assertFails(() => form === "sync" ? other.waitSync({ timeout: 5 }) : other.wait({ timeout: 5 }), {
      type: Deno.errors.TimedOut,
      code: "ETIMEDOUT",
    });
    await first;
    assert(barrier.broken);
    assertThrows(() => barrier.waitSync(), BrokenBarrierError, "reset()");
    await assertRejects(() => other.wait(), BrokenBarrierError);
    other.reset();
    assertEquals([barrier.broken, barrier.waiting], [false, 0]);
    await Promise.all([barrier.wait(), other.wait(), barrier.wait()]);
  });
}

test("Barrier: abort() and an aborted wait break it, reset() sends all away that wait", async () => {
  using barrier = Barrier.create({ parties: 2 });
  const waits = [barrier.wait()];
  barrier.abort();
  await assertRejects(() => waits[0]!, BrokenBarrierError);
  assert(barrier.broken);
  barrier.reset();
  const waiting = assertRejects(() => barrier.wait(), BrokenBarrierError);
  barrier.reset();
  await waiting;
  assertEquals(barrier.broken, false);
  const controller = new AbortController();
  const aborted = assertRejects(() => barrier.wait({ signal: controller.signal }), Error, "enough");
  controller.abort(new Error("enough"));
  await aborted;
  assert(barrier.broken);
});

test("Barrier: who was killed or closed while it waited is not counted, and another comes in its place", async () => {
  using barrier = Barrier.create({ parties: 3 });
  const closed = Barrier.from(barrier.share());
  await using child = startChild("barrier_turns", { args: [JSON.stringify(barrier.share()), "sync", "1"] });
  await until("it to wait", () => barrier.waiting === 1);
  const ends = assertRejects(() => closed.wait(), Deno.errors.BadResource, "closed");
  assertEquals(barrier.waiting, 2);
  closed.close();
  await ends;
  child.kill("SIGKILL");
  await child.status;
  assertEquals([barrier.waiting, barrier.broken], [0, false]);
  assertEquals(await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()]), [0, 1, 2]);
});

test("Barrier: parties that are none are refused, and so is everything after close()", async () => {
  for (const parties of [0, -1, 1.5, NaN, 10_001]) {
    assertThrows(() => Barrier.create({ parties }), RangeError);
  }
  assertThrows(() => Barrier.create({} as { parties: number }), TypeError);
  const barrier = Barrier.create({ parties: 1 });
  assertEquals(barrier.waitSync(), 0);
  barrier.close();
  for (
    const use of [
      () => barrier.abort(),
      () => barrier.reset(),
      () => barrier.waitSync(),
      () => barrier.waiting,
      () => barrier.broken,
    ]
  ) {
    assertThrows(use, Deno.errors.BadResource, "closed");
  }
  await assertRejects(() => barrier.wait(), Deno.errors.BadResource, "closed");
});
