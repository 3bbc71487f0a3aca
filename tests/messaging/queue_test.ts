import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Codec, type CodecName, Queue, type QueueOptions } from "../../mod.ts";
import { NO_CHANNELS, signalsToEnd } from "../support/channels.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { numbered, numberOf } from "../support/numbered.ts";
import { uniqueName } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

function test<C extends CodecName>(
  name: string,
  options: QueueOptions<C>,
  body: (queue: Queue) => Promise<void> | void,
): void {
  Deno.test({
    name,
    ignore: NO_CHANNELS,
    fn: () =>
      assertNoLeak(() =>
        within(PATIENCE_MS, name, async () => {
          using queue = Queue.create<CodecName>(options);
          try {
            await body(queue);
          } finally {
            queue.close();
            await signalsToEnd();
          }
        })
      ),
  });
}

const BYTES = { capacity: 4096, codec: "bytes" } as const;

test("what is put is taken, in every form of both, in its order", BYTES, async (queue) => {
  using other = Queue.from(queue.share());
  const puts = [
    (p: Uint8Array) => queue.put(p),
    (p: Uint8Array) => queue.putSync(p),
    (p: Uint8Array) => assert(queue.tryPut(p)),
  ];
  const gets = [() => other.get(), () => other.getSync(), () => other.tryGet()];
  for (let i = 0; i < 3000; i++) {
    await puts[i % 3]!(numbered(i, 1500));
    assertEquals(queue.size, 1);
    assertEquals(numberOf(await gets[(i >> 2) % 3]!() as Uint8Array, 1500), i);
  }
  assertEquals([queue.size, other.tryGet()], [0, undefined]);
});

test("values go through the codec that the creator chose", {}, () => {
  const values: [CodecName, unknown][] = [
    ["structured", new Map([["a", [1n, new Date(0), undefined]]])],
    ["json", { a: [1, null] }],
    ["text", "häßlich"],
    ["bytes", new Uint8Array([1, 2])],
  ];
  for (const [codec, value] of values) {
    using queue = Queue.create({ codec });
    using other = Queue.from(queue.share());
    other.putSync(value);
    assertEquals(queue.getSync(), value);
  }
});

test("a codec of one's own is set by each who uses it", {}, () => {
  const numbers: Codec<number> = {
    name: "numbers",
    encode: (value) => new Uint8Array(new Float64Array([value]).buffer),
    decode: (bytes) => new Float64Array(bytes.slice().buffer)[0]!,
  };
  using queue = Queue.create({ codec: numbers });
  using other = Queue.from(queue.share());
  queue.putSync(1.5);
  assertThrows(() => other.tryGet(), TypeError, "set its codec first");
  assertThrows(() => other.tryPut(1), TypeError, "set its codec first");
  other.codec = numbers;
  assertEquals(other.tryGet(), 1.5);
  assertThrows(() => other.codec = "nonsense" as unknown as Codec<number>, TypeError);
});

test("maxSize limits the values, and capacity the bytes", { ...BYTES, maxSize: 2 }, async (queue) => {
  assertEquals([queue.maxSize, queue.tryPut(numbered(0)), queue.tryPut(numbered(1))], [2, true, true]);
  assertEquals([queue.tryPut(numbered(2)), queue.size], [false, 2]);
  const waiting = [queue.put(numbered(2)), queue.put(numbered(3))];
  assert(await stillWaits(Promise.race(waiting), 10));
  for (let i = 0; i < 4; i++) assertEquals(numberOf(await queue.get()), i);
  await Promise.all(waiting);
  using full = Queue.create(BYTES);
  while (full.tryPut(new Uint8Array(100)));
  assertEquals(full.size, Math.floor(4096 / 112));
  assertThrows(
    () => full.putSync(new Uint8Array(4089)),
    RangeError,
    "the value has 4089 bytes, and it takes 4088",
  );
});

test("a value that fills the queue is put, wherever the last one ended", BYTES, (queue) => {
  for (const before of [0, 1, 300, 4000]) {
    queue.putSync(new Uint8Array(before));
    queue.getSync();
    const largest = new Uint8Array(4088).fill(before);
    while (!queue.tryPut(largest)) assertEquals(queue.tryGet(), undefined);
    assertEquals(queue.getSync(), largest);
  }
});

test("waits end with their time-out or abort, and nothing is lost", BYTES, async (queue) => {
  assertThrows(() => queue.getSync({ timeout: 5 }), Deno.errors.TimedOut, "none came within 5 ms");
  await assertRejects(() => queue.get({ timeout: 5 }), Deno.errors.TimedOut);
  const controller = new AbortController();
  const waiting = [queue.get({ signal: controller.signal }), queue.get()];
  assertThrows(() => queue.getSync(), Deno.errors.Busy);
  assertEquals(queue.tryGet(), undefined);
  controller.abort(new RangeError("enough"));
  await assertRejects(() => waiting[0]!, RangeError);
  queue.putSync(numbered(1));
  assertEquals(numberOf(await waiting[1]!), 1);
  while (queue.tryPut(new Uint8Array(200)));
  while (queue.tryPut(new Uint8Array(0)));
  assertThrows(() => queue.putSync(numbered(1), { timeout: 5 }), Deno.errors.TimedOut, "there was no room");
  await assertRejects(() => queue.put(numbered(1), { timeout: 5 }), Deno.errors.TimedOut);
});

test("several get() that wait are served in the order of the calls", {}, async (queue) => {
  const waiting = Array.from({ length: 10 }, () => queue.get());
  for (let i = 0; i < 10; i++) queue.putSync(i);
  assertEquals(await Promise.all(waiting), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("join() waits for the tasks of all that was put", {}, async (queue) => {
  await queue.join();
  queue.joinSync();
  for (let i = 0; i < 3; i++) queue.putSync(i);
  const joined = queue.join();
  using other = Queue.from(queue.share());
  for (let i = 0; i < 3; i++) {
    await other.get();
    assert(await stillWaits(joined, 5));
    assertThrows(() => queue.joinSync({ timeout: 1 }), Deno.errors.TimedOut, "its tasks were not done");
    other.taskDone();
  }
  await joined;
  assertThrows(() => other.taskDone(), RangeError, "no value whose task is not done");
  assertThrows(() => queue.taskDone(), RangeError);
});

test("join() tells once of tasks that a closed handle has not done", {}, async (queue) => {
  const other = Queue.from(queue.share());
  for (let i = 0; i < 3; i++) queue.putSync(i);
  for (let i = 0; i < 3; i++) other.getSync();
  other.taskDone();
  const joined = queue.join();
  other.close();
  await assertRejects(() => joined, Deno.errors.ConnectionReset, "2 tasks not done");
  await queue.join();
});

test("more than 64 handles can take values, one after the other", {}, async (queue) => {
  for (let i = 0; i < 150; i++) {
    using other = Queue.from(queue.share());
    queue.putSync(i);
    assertEquals(other.getSync(), i);
    other.taskDone();
  }
  await queue.join();
});

test("a closed queue says so, and close() ends its waits", {}, async (queue) => {
  const waiting = [queue.get(), queue.get(), queue.join()];
  await waiting[2];
  queue.close();
  queue.close();
  for (const wait of waiting.slice(0, 2)) {
    await assertRejects(() => wait, Deno.errors.BadResource, "it is closed");
  }
  const uses: (() => unknown)[] = [
    () => queue.tryGet(),
    () => queue.getSync(),
    () => queue.tryPut(1),
    () => queue.putSync(1),
    () => queue.size,
    () => queue.taskDone(),
    () => queue.joinSync(),
  ];
  for (const use of uses) assertThrows(use, Deno.errors.BadResource, "it is closed");
  await assertRejects(() => queue.put(1), Deno.errors.BadResource);
  await assertRejects(() => queue.get(), Deno.errors.BadResource);
  await assertRejects(() => queue.join(), Deno.errors.BadResource);
});

test("what no queue can be is refused", {}, async (queue) => {
  for (const capacity of [0, -1, 1.5, 2 ** 30 + 1]) {
    assertThrows(() => Queue.create({ capacity }), RangeError);
  }
  for (const maxSize of [0, -1, 1.5, 2 ** 31]) assertThrows(() => Queue.create({ maxSize }), RangeError);
  assertThrows(() => Queue.create({ codec: "none" as "json" }), TypeError, "The option codec takes");
  assertThrows(() => Queue.create({ name: "a/b" }), TypeError);
  assertThrows(() => queue.putSync(() => {}), TypeError, "a function");
  await assertRejects(() => queue.put(Symbol()), TypeError);
  assertThrows(() => queue.getSync({ timeout: -1 }), RangeError);
});

test("a queue with a name is opened by it, until it is unlinked", {}, () => {
  const name = uniqueName("ipc-test-queue");
  using named = Queue.create({ name, maxSize: 5 });
  try {
    using other = Queue.open(name);
    assertEquals([other.maxSize, other.capacity], [5, 1 << 20]);
    other.putSync("hello");
    assertEquals(named.getSync(), "hello");
  } finally {
    named.unlink();
  }
  assertThrows(() => Queue.open(name), Deno.errors.NotFound);
});

test("10,000 random states end in values or a clear error", {}, () => {
  let seed = 7;
  const next = () => (seed = Math.imul(seed, 1664525) + 1013904223) >>> 0;
  const near = () =>
    [0, 1, 8, 16, 4088, 4096, next() % 5000 & -8, next() | 0][next() % 8]! | next() % 4 << 30;
  let taken = 0;
  let refused = 0;
  for (let round = 0; round < 10_000; round++) {
    using queue = Queue.create(BYTES);
    const words = new Int32Array(queue.memory.buffer);
    for (let i = 4608 / 4; i < words.length; i++) words[i] = next() % 4 === 0 ? near() : 0;
    for (const line of [128, 320]) for (let i = 0; i < 4; i++) words[line / 4 + i] = near();
    if (next() % 2 === 0) words[32] = (words[80] = next() & -8) + (next() % 4097 & -8);
    for (let i = 512 / 4; i < 4608 / 4; i++) if (i % 16 !== 0 && next() % 3 === 0) words[i] = near();
    try {
      for (let i = 0; i < 20 && queue.tryGet() !== undefined; i++) taken++;
      queue.tryPut(new Uint8Array(next() % 4000));
      assert(queue.size >= 0);
    } catch (error) {
      const expected = error instanceof Deno.errors.InvalidData
        && /another process has broken it/.test(error.message);
      if (!expected) throw error;
      refused++;
    }
  }
  assert(taken > 1000 && refused > 1000, `${taken} taken, ${refused} refused`);
});

test("a header that contradicts itself is refused", {}, () => {
  const wrong: [number, number, string][] = [
    [24, 0, "its capacity is 0"],
    [24, 8192, "its capacity is 8192"],
    [28, -1, "its maxSize is 4294967295"],
    [32, 9, "its codec is number 9"],
  ];
  for (const [offset, value, found] of wrong) {
    using queue = Queue.create(BYTES);
    const token = queue.share();
    new Int32Array(queue.memory.buffer)[offset / 4] = value;
    assertThrows(() => Queue.from(token), Deno.errors.InvalidData, found);
  }
});
