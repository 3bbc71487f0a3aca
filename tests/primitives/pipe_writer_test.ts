import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { pipe } from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { drain, fill, readAll, testEnds } from "../support/ends.ts";
import { inWorker } from "../support/pipe_worker.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

testEnds(
  "write() to a full pipe waits until it is drained, and the event loop goes on",
  async ({ reader, writer }) => {
    const full = fill(writer);
    const waiting = writer.write("more");
    assert(await stillWaits(waiting));
    assertEquals(writer.bytesWritten, full);
    assertEquals(drain(reader).length, full);
    await waiting;
    assertEquals(text(drain(reader)), "more");
  },
);

testEnds("the bytes that are written and not read never exceed the capacity plus one write", async (ends) => {
  const { reader, writer } = ends;
  const sent = pattern(1_000_000);
  const writing = (async () => {
    for (let at = 0; at < sent.length; at += 10_000) await writer.write(sent.subarray(at, at + 10_000));
    writer.close();
  })();
  const p = new Uint8Array(3000);
  for (let taken = 0;;) {
    assertLessOrEqual(writer.bytesWritten - taken, reader.capacity);
    const count = await reader.read(p);
    if (count === null) break;
    taken += count;
  }
  await writing;
  assertEquals(writer.bytesWritten, sent.length);
});

testEnds(
  "writes that are not awaited arrive in the order of their calls, none torn",
  async ({ reader, writer }) => {
    const writes: Promise<void>[] = [];
    let expected = "";
    for (let i = 0; i < 200; i++) {
      const part = `${i}:`.padEnd(i % 7 === 0 ? 9000 : 100, String.fromCharCode(97 + i % 26));
      expected += part;
      writes.push(writer.write(part));
    }
    const all = Promise.all(writes).then(() => writer.close());
    assertEquals(text(await readAll(reader)), expected);
    await all;
  },
);

testEnds("text is written as UTF-8", async ({ reader, writer }) => {
  await writer.write("Grüße, 世界 🌍");
  assertEquals(writer.tryWrite("é"), 2);
  writer.writeSync("ß", { timeout: 100 });
  assertEquals(text(drain(reader)), "Grüße, 世界 🌍éß");
  assertEquals(writer.bytesWritten, new TextEncoder().encode("Grüße, 世界 🌍éß").length);
});

testEnds("a write of nothing is done at once, and writes nothing", async ({ reader, writer }) => {
  fill(writer);
  const before = writer.bytesWritten;
  for (const nothing of ["", new Uint8Array(0)]) {
    await writer.write(nothing, { timeout: 0 });
    writer.writeSync(nothing, { timeout: 0 });
    assertEquals(writer.tryWrite(nothing), 0);
  }
  assertEquals(writer.bytesWritten, before);
  assertEquals(drain(reader).length, before);
});

testEnds(
  "tryWrite() is 0 when the pipe is full, and takes up to PIPE_BUF bytes whole or not at all",
  async (ends) => {
    const { reader, writer } = ends;
    const full = fill(writer);
    assertEquals(full, reader.capacity);
    for (const length of [1, 100, 4096, 100_000]) assertEquals(writer.tryWrite(new Uint8Array(length)), 0);
    reader.tryRead(new Uint8Array(100)); // Room, but not for a page.
    assertEquals(writer.tryWrite(new Uint8Array(4096)), 0);
    drain(reader);
    assertEquals(writer.tryWrite(new Uint8Array(full + 5)), full, "more than fits is taken in part");
    drain(reader);
    await writer.write("x");
  },
);

testEnds("a write refuses what is neither bytes nor text", async ({ reader, writer }) => {
  for (const p of [new ArrayBuffer(8), new DataView(new ArrayBuffer(8)), [1], 5, null, undefined, {}]) {
    const wrong = p as unknown as string;
    await assertRejects(() => writer.write(wrong), TypeError, "Uint8Array or a string");
    assertThrows(() => writer.writeSync(wrong, { timeout: 100 }), TypeError, "Uint8Array or a string");
    assertThrows(() => writer.tryWrite(wrong), TypeError, "Uint8Array or a string");
  }
  assertEquals(reader.tryRead(new Uint8Array(1)), 0);
});

testEnds("a buffer detached during a write does no harm", async ({ reader, writer }) => {
  const full = fill(writer);
  const p = pattern(20_000);
  const waiting = writer.write(p).catch((error) => error);
  p.buffer.transfer(0);
  assertEquals(drain(reader).length, full);
  const outcome = await waiting;
  const written = writer.bytesWritten - full;
  assert(outcome instanceof TypeError, `${outcome}`);
  assertEquals(drain(reader), pattern(20_000).subarray(0, written));
  await writer.write("goes on");
});

testEnds(
  "writeSync() and tryWrite() under asynchronous writes are Busy, and change nothing",
  async (ends) => {
    const { reader, writer } = ends;
    const full = fill(writer);
    const waiting = writer.write("later");
    assertThrows(() => writer.writeSync("!", { timeout: 100 }), Deno.errors.Busy, "await them first");
    assertThrows(() => writer.tryWrite("!"), Deno.errors.Busy, "await them first");
    assertThrows(() => writer.transfer(), Deno.errors.Busy, "await them first");
    assertEquals(drain(reader).length, full);
    await waiting;
    writer.writeSync("!", { timeout: 100 });
    assertEquals(text(drain(reader)), "later!");
  },
);

testEnds(
  "writeSync() to a full pipe is TimedOut, with nothing written up to PIPE_BUF bytes",
  async ({ writer }) => {
    const full = fill(writer);
    const started = performance.now();
    const late = () => writer.writeSync(new Uint8Array(4096), { timeout: 30 });
    assertThrows(late, Deno.errors.TimedOut, "within 30 ms");
    assertGreater(performance.now() - started, 29);
    assertEquals(writer.bytesWritten, full);
    await Promise.resolve();
  },
);

testEnds(
  "writeSync() of more than fits is TimedOut after the part that bytesWritten tells",
  async ({ reader, writer }) => {
    const sent = pattern(100_000);
    assertThrows(() => writer.writeSync(sent, { timeout: 5 }), Deno.errors.TimedOut);
    assertEquals(drain(reader), sent.subarray(0, writer.bytesWritten));
    assertEquals(writer.bytesWritten, reader.capacity);
    await Promise.resolve();
  },
);

Deno.test("writeSync() blocks its thread until another one drains the pipe", async () => {
  await assertNoLeak(() =>
    within(PATIENCE_MS, "writeSync() in a worker", async () => {
      const { reader, writer } = pipe();
      const writing = inWorker("writeSync", writer.transfer(), { count: 500_000 });
      const first = new Uint8Array(1);
      assertEquals(await reader.read(first), 1);
      assert(await stillWaits(writing), "it waits with most of it unwritten");
      const rest = await readAll(reader);
      assertEquals([first[0]!, ...rest.subarray(0, 9)], [...pattern(10)]);
      assertEquals(rest, pattern(499_999, 1));
      assertEquals(await writing, 500_000);
      reader.close();
    })
  );
});

Deno.test("readSync() blocks its thread until another one writes, or leaves, or the time is up", async () => {
  await assertNoLeak(() =>
    within(PATIENCE_MS, "readSync() in workers", async () => {
      const one = pipe();
      const reading = inWorker("readSync", one.reader.transfer());
      assert(await stillWaits(reading));
      await one.writer.write("a byte");
      assertEquals(text((await reading)!), "a byte");
      one.writer.close();

      const two = pipe();
      const ending = inWorker("readSync", two.reader.transfer());
      assert(await stillWaits(ending));
      two.writer.close();
      assertEquals(await ending, null);

      const three = pipe();
      await assertRejects(
        () => inWorker("readSync", three.reader.transfer(), { timeout: 20 }),
        Error,
        "20 ms",
      );
      three.writer.close();
    })
  );
});
