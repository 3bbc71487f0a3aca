import { assertEquals, assertGreater, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { pattern } from "../support/content.ts";
import { drain, readAll, testEnds } from "../support/ends.ts";
import { until } from "../support/watchdog.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

testEnds(
  "read() of an empty pipe waits for a byte, and the event loop goes on",
  async ({ reader, writer }) => {
    const p = new Uint8Array(10);
    let settled = false;
    const read = reader.read(p).finally(() => settled = true);
    let turns = 0;
    await until("timers to run during the read", () => ++turns > 5);
    assertEquals(settled, false);
    await writer.write("now");
    assertEquals(await read, 3);
    assertEquals(text(p.subarray(0, 3)), "now");
  },
);

testEnds(
  "read() fills the buffer's start and leaves the rest of it as it was",
  async ({ reader, writer }) => {
    const p = new Uint8Array(4).fill(7);
    const pending = reader.read(p);
    await writer.write(new Uint8Array([1, 2]));
    assertEquals(await pending, 2);
    assertEquals([...p], [1, 2, 7, 7]);
    await writer.write(new Uint8Array([3]));
    assertEquals(await reader.read(p), 1);
    assertEquals([...p], [3, 2, 7, 7]);
  },
);

testEnds("reads in pieces of any size give every byte in order", async ({ reader, writer }) => {
  const sent = pattern(300_000);
  const writing = writer.write(sent).then(() => writer.close());
  const got: number[] = [];
  // Growing, shrinking and growing again: what waited for one size must not answer for another.
  const sizes = [1, 7, 64, 4096, 70_000, 3, 5000, 2];
  for (let i = 0;; i++) {
    const p = new Uint8Array(sizes[i % sizes.length]!);
    const count = await reader.read(p);
    if (count === null) break;
    got.push(...p.subarray(0, count));
  }
  await writing;
  assertEquals(new Uint8Array(got), sent);
});

testEnds(
  "a waiting read() of each size gets what comes, whatever the sizes before",
  async ({ reader, writer }) => {
    const sizes = [1, 8, 2, 4096, 3, 100_000, 1, 70_000, 65_536, 5];
    let at = 0;
    for (const size of sizes) {
      const p = new Uint8Array(size).fill(0xee);
      const waiting = reader.read(p);
      const sent = pattern(Math.min(size, 2000), at);
      await writer.write(sent);
      assertEquals(await waiting, sent.length, `read of ${size}`);
      assertEquals(p.subarray(0, sent.length), sent, `read of ${size}`);
      at += sent.length;
    }
  },
);

testEnds("read() into a part of a buffer touches only that part", async ({ reader, writer }) => {
  const whole = new Uint8Array(8).fill(9);
  const waiting = reader.read(whole.subarray(2, 4));
  await writer.write(new Uint8Array([1, 2, 3]));
  assertEquals(await waiting, 2);
  assertEquals([...whole], [9, 9, 1, 2, 9, 9, 9, 9]);
  assertEquals(reader.tryRead(whole.subarray(7)), 1);
  assertEquals([...whole], [9, 9, 1, 2, 9, 9, 9, 3]);
});

testEnds("read() is null when the last writer leaves, and stays null", async ({ reader, writer }) => {
  const second = writer.dup();
  await writer.write("last");
  writer.close();
  const p = new Uint8Array(10);
  assertEquals(await reader.read(p), 4);
  assertEquals(reader.tryRead(p), 0, "a dup()ed writer is still there");
  const waiting = reader.read(p);
  second.close();
  assertEquals(await waiting, null);
  assertEquals([await reader.read(p), reader.readSync(p, { timeout: 100 }), reader.tryRead(p)], [
    null,
    null,
    null,
  ]);
});

testEnds(
  "tryRead() returns what is there, 0 when nothing is, null at the end",
  async ({ reader, writer }) => {
    const p = new Uint8Array(3);
    assertEquals(reader.tryRead(p), 0);
    await writer.write("abcd");
    assertEquals([reader.tryRead(p), text(p)], [3, "abc"]);
    assertEquals([reader.tryRead(p), text(p.subarray(0, 1))], [1, "d"]);
    assertEquals(reader.tryRead(p), 0);
    writer.close();
    assertEquals(reader.tryRead(p), null);
  },
);

testEnds("a read refuses an empty buffer and what is no Uint8Array", async ({ reader, writer }) => {
  await writer.write("x");
  for (const p of [new Uint8Array(0), new Uint8Array(5).subarray(5)]) {
    await assertRejects(() => reader.read(p), RangeError, "empty buffer");
    assertThrows(() => reader.readSync(p, { timeout: 100 }), RangeError, "empty buffer");
    assertThrows(() => reader.tryRead(p), RangeError, "empty buffer");
  }
  for (
    const p of [new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), [1, 2], "text", undefined, null, 5]
  ) {
    const wrong = p as unknown as Uint8Array;
    await assertRejects(() => reader.read(wrong), TypeError, "takes the Uint8Array to fill");
    assertThrows(() => reader.readSync(wrong, { timeout: 100 }), TypeError, "takes the Uint8Array to fill");
    assertThrows(() => reader.tryRead(wrong), TypeError, "takes the Uint8Array to fill");
  }
  assertEquals(text(drain(reader)), "x", "nothing was taken");
});

testEnds(
  "a buffer detached during a read is a TypeError, and its bytes are the next read's",
  async (ends) => {
    const { reader, writer } = ends;
    const p = new Uint8Array(100);
    const waiting = reader.read(p);
    p.buffer.transfer(0);
    await writer.write("kept, ");
    await assertRejects(() => waiting, TypeError, "detached");
    await writer.write("and more");
    const next = new Uint8Array(100);
    assertEquals(await reader.read(next), 6);
    assertEquals(text(next.subarray(0, 6)), "kept, ");
    writer.close();
    assertEquals(text(await readAll(reader)), "and more");
  },
);

testEnds("a second read during a read is Busy, and does the first no harm", async ({ reader, writer }) => {
  const p = new Uint8Array(10);
  const q = new Uint8Array(10);
  const first = reader.read(p);
  const second = await assertRejects(() => reader.read(q), Deno.errors.Busy, "await it first");
  assertEquals((second as { code?: string }).code, "EBUSY");
  assertThrows(() => reader.readSync(q, { timeout: 100 }), Deno.errors.Busy);
  assertThrows(() => reader.tryRead(q), Deno.errors.Busy);
  await assertRejects(() => reader.lines().next(), Deno.errors.Busy);
  await writer.write("one");
  assertEquals(await first, 3);
  await writer.write("two");
  assertEquals(await reader.read(q), 3);
});

testEnds("dup()ed readers share the bytes; each is taken once", async ({ reader, writer }) => {
  using second = reader.dup();
  await writer.write("abcdef");
  const p = new Uint8Array(4);
  assertEquals([await reader.read(p), text(p)], [4, "abcd"]);
  assertEquals([await second.read(p), text(p.subarray(0, 2))], [2, "ef"]);
  assertEquals([reader.tryRead(p), second.tryRead(p)], [0, 0]);
});

testEnds("two waiting readers of one pipe each wait on their own", async ({ reader, writer }) => {
  using second = reader.dup();
  const p = new Uint8Array(1);
  const waiting = [reader.read(p), second.read(new Uint8Array(1))];
  await writer.write("a");
  await Promise.race(waiting);
  await writer.write("b");
  assertEquals(await Promise.all(waiting), [1, 1]);
});

testEnds(
  "readSync() returns bytes that are there, and TimedOut names the limit",
  async ({ reader, writer }) => {
    const p = new Uint8Array(10);
    await writer.write("here");
    assertEquals(reader.readSync(p, { timeout: 100 }), 4);
    const started = performance.now();
    const error = assertThrows(
      () => reader.readSync(p, { timeout: 30 }),
      Deno.errors.TimedOut,
      "within 30 ms",
    );
    assertGreater(performance.now() - started, 29);
    assertEquals((error as { code?: string }).code, "ETIMEDOUT");
    assertThrows(() => reader.readSync(p, { timeout: 0 }), Deno.errors.TimedOut);
    await writer.write("later");
    assertEquals(reader.readSync(p, { timeout: 0 }), 5, "what is there needs no time");
  },
);

testEnds("an error says what it was about", async ({ reader }) => {
  const error = await assertRejects(
    () => reader.read(new Uint8Array(1), { timeout: 1 }),
    Deno.errors.TimedOut,
  );
  assertStringIncludes(error.message, "Cannot read from ");
  assertStringIncludes(error.message, "nothing was written within 1 ms");
});
