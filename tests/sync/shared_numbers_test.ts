import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type ElementType, SharedArray, SharedValue } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { killedAtEnd } from "../support/processes.ts";
import { childPath } from "../support/programs.ts";
import { notOnLinux, test } from "../support/shared_memory.ts";
import { skipUnless } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { asleep } from "../support/waiting.ts";
import { finish } from "../support/watchdog.ts";

/** Each type, with its least and most, and what the most plus one is. */
const TYPES: [ElementType, number | bigint, number | bigint, (number | bigint)?][] = [
  ["int8", -128, 127, -128],
  ["uint8", 0, 255, 0],
  ["int16", -32768, 32767, -32768],
  ["uint16", 0, 65535, 0],
  ["int32", -(2 ** 31), 2 ** 31 - 1, -(2 ** 31)],
  ["uint32", 0, 2 ** 32 - 1, 0],
  ["float32", -1.5, 2 ** 100],
  ["float64", -Math.PI, Number.MAX_VALUE],
  ["bigint64", -(2n ** 63n), 2n ** 63n - 1n, -(2n ** 63n)],
  ["biguint64", 0n, 2n ** 64n - 1n, 0n],
];

for (const [type, least, most, wrapped] of TYPES) {
  test(`SharedValue and SharedArray of ${type}: what one handle writes the others read`, () => {
    using value = SharedValue.create({ type, value: most as never });
    using sameValue = SharedValue.from(value.share()).as(type);
    assertEquals([sameValue.value, sameValue.type], [most, type]);
    sameValue.value = least as never;
    assertEquals(value.value, least);
    using array = SharedArray.create({ type, length: 5 });
    using sameArray = SharedArray.from(array.share()).as(type);
    assertEquals([sameArray.length, sameArray.type, Number(sameArray.array[4])], [5, type, 0]);
    sameArray.array[4] = most as never;
    assertEquals(array.array[4], most);
    if (wrapped === undefined) {
      for (
        const use of [
          () => value.add(1 as never),
          () => value.load(),
          () => array.add(0, 1 as never),
          () => array.load(0),
        ]
      ) {
        assertThrows(use, TypeError, "need integers");
      }
      return;
    }
    const one = typeof most === "bigint" ? 1n : 1;
    assertEquals(array.add(4, one as never), most);
    assertEquals(sameArray.load(4), wrapped);
    assertEquals(array.compareExchange(4, most as never, one as never), wrapped);
    assertEquals(array.compareExchange(4, wrapped as never, one as never), wrapped);
    assertEquals(array.exchange(4, most as never), one);
    array.store(0, least as never);
    assertEquals(
      [...sameArray.array],
      [least, 0, 0, 0, most].map((each) => typeof most === "bigint" ? BigInt(each) : each),
    );
    value.store(most as never);
    assertEquals([value.add(one as never), value.load(), value.exchange(one as never)], [
      most,
      wrapped,
      wrapped,
    ]);
    assertEquals([value.compareExchange(one as never, most as never), sameValue.value], [one, most]);
  });
}

test("SharedValue: four processes add to it, in one step or under its lock, and nothing is lost", async () => {
  using value = SharedValue.create({ type: "int32" });
  for (const [way, times] of [["add", 100_000], ["lock", 100_000]] as const) {
    value.value = 0;
    const children = Array.from(
      { length: 4 },
      () => startChild("adds", { args: [way, `${times}`, JSON.stringify(value.share())] }),
    );
    try {
      for (const child of children) await child.finished();
    } finally {
      for (const child of children) await child[Symbol.asyncDispose]();
    }
    assertEquals(value.value, 4 * times, way);
  }
});

test("SharedArray: who waits for an element goes on when it has changed, blocking or not", async () => {
  using array = SharedArray.create({ type: "int32", length: 3 });
  using other = SharedArray.from(array.share()).as("int32");
  assertEquals(await other.wait(1, 5), 0);
  assertEquals(other.waitSync(1, 5), 0);
  const waiting = other.wait(1, 0);
  await using child = startChild("adds", { args: ["wait", "2", JSON.stringify(array.share())] });
  await child.printed("waiting");
  array.store(2, 7);
  array.notify(2);
  await child.finished();
  array.store(1, 9);
  array.notify(1);
  assertEquals(await waiting, 9);
  await assertFails(() => other.wait(0, 0, { timeout: 5 }), {
    type: Deno.errors.TimedOut,
    code: "ETIMEDOUT",
  });
  assertThrows(() => other.waitSync(0, 0, { timeout: 5 }), Deno.errors.TimedOut, "it was 0");
  const controller = new AbortController();
  const aborted = assertRejects(() => other.wait(0, 0, { signal: controller.signal }), Error, "enough");
  controller.abort(new Error("enough"));
  await aborted;
});

test("SharedValue and SharedArray: closed ones are an error, and their views have length 0", async () => {
  const array = SharedArray.create({ type: "int32", length: 3 });
  const value = SharedValue.create({ type: "float64" });
  const view = array.array;
  const waiting = assertRejects(() => array.wait(0, 0), Deno.errors.BadResource, "closed");
  await Promise.resolve();
  array.close();
  value.close();
  await waiting;
  assertEquals([view.length, array.length], [0, 0]);
  const uses = [
    () => array.add(0, 1),
    () => array.load(0),
    () => array.notify(0),
    () => array.waitSync(0, 0),
    () => value.value,
    () => value.value = 1,
    () => array.lock.acquireSync(),
    () => array.lock.tryAcquire(),
    () => array.share(),
  ];
  for (const use of uses) assertThrows(use, Deno.errors.BadResource);
});

test("SharedValue and SharedArray: what is none is refused", async () => {
  assertThrows(() => SharedArray.create({ type: "int64" as never, length: 1 }), TypeError, "bigint64");
  for (const length of [0, -1, 1.5, NaN, 2 ** 53]) {
    assertThrows(() => SharedArray.create({ type: "int8", length }), RangeError);
  }
  assertThrows(() => SharedArray.create({ type: "float64", length: 2 ** 52 }), RangeError);
  assertThrows(() => SharedValue.create({ type: "bigint64", value: 1 as never }), TypeError);
  using array = SharedArray.create({ type: "int16", length: 3 });
  for (const index of [-1, 3]) {
    assertThrows(() => array.add(index, 1), RangeError);
    assertThrows(() => array.load(index), RangeError);
  }
  assertThrows(() => array.waitSync(0, 0), TypeError, "must be int32");
  await assertRejects(() => array.wait(0, 0), TypeError, "must be int32");
  using other = SharedArray.from(array.share());
  const error = assertThrows(() => other.as("int32"), TypeError);
  assertStringIncludes((error as Error).message, "its elements are int16");
  assertThrows(() => SharedValue.from(array.share()), TypeError, "SharedArray");
});

test("SharedArray: Python reads and writes the elements, by the documented layout", async (name) => {
  using array = SharedArray.create({ name, type: "float64", length: 4 });
  array.array.set([1.5, 2.5, 3.5, 4.5]);
  const { stdout, stderr, code } = await finish("python3", { args: [childPath("shared_array.py"), name] });
  assertEquals([code, stdout], [0, "8 4 12.0\n"], stderr);
  assertEquals([...array.array], [3, 5, 7, 9]);
  array.unlink();
}, notOnLinux || skipUnless("python3"));

test("SharedArray: a C program maps one, waits on the futex of an element, and answers", async (name) => {
  using dir = tempDir();
  const built = await finish("cc", { args: ["-O1", "-o", dir.join("peer"), childPath("shared_array.c")] });
  assertEquals(built.code, 0, built.stderr);
  using array = SharedArray.create({ name, type: "int32", length: 4 });
  const peer = new Deno.Command(dir.join("peer"), { args: [name], stdout: "piped" }).spawn();
  using _ = killedAtEnd(peer.pid);
  const { promise, resolve } = Promise.withResolvers<number>();
  // It says that it is there, on the event loop's side without a doorbell: it is a plain futex program.
  array.wait(1, 0, { timeout: 10_000 }).then(resolve, () => resolve(-1));
  assertEquals(await promise, 1);
  // In futex(2): from here on nothing but a wake-up lets it go on.
  await asleep(peer.pid, "peer");
  array.store(0, 42);
  array.notify(0);
  assertEquals(array.waitSync(2, 0, { timeout: 10_000 }), 43);
  const { code, stdout } = await peer.output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "42\n"]);
  array.unlink();
}, notOnLinux || skipUnless("cc"));
