import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { pipe } from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { drain, fill, readAll, testEnds } from "../support/ends.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

async function bytesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

testEnds("readable has every byte, and its end closes the reader", async ({ reader, writer }) => {
  const sent = pattern(300_000);
  const writing = writer.write(sent).then(() => writer.close());
  assertEquals(await bytesOf(reader.readable), sent);
  await writing;
  assert(reader.closed);
});

testEnds("readable is one stream, also when asked for twice", async ({ reader, writer }) => {
  const { readable } = reader;
  const { writable } = writer;
  assert(reader.readable === readable && writer.writable === writable);
  await Promise.resolve();
});

testEnds("readable reads into the caller's buffer (BYOB)", async ({ reader, writer }) => {
  const stream = reader.readable.getReader({ mode: "byob" });
  const waiting = stream.read(new Uint8Array(4));
  await writer.write("abcdef");
  const first = await waiting;
  assertEquals([first.done, new TextDecoder().decode(first.value)], [false, "abcd"]);
  const second = await stream.read(new Uint8Array(first.value!.buffer));
  assertEquals(new TextDecoder().decode(second.value), "ef");
  const last = stream.read(new Uint8Array(10));
  writer.close();
  assertEquals([(await last).done, (await last).value?.length], [true, 0]);
  assert(reader.closed);
});

testEnds(
  "cancel() of readable closes the reader, also during a read, and its writer learns it",
  async (ends) => {
    const { reader, writer } = ends;
    const stream = reader.readable.getReader();
    const waiting = stream.read();
    assert(await stillWaits(waiting));
    await stream.cancel("enough");
    assertEquals((await waiting).done, true);
    assert(reader.closed);
    await assertRejects(() => writer.write("x"), Deno.errors.BrokenPipe);
  },
);

testEnds("close() of the reader errors its stream", async ({ reader }) => {
  const stream = reader.readable.getReader();
  const waiting = assertRejects(() => stream.read(), Deno.errors.BadResource);
  reader.close();
  await waiting;
  await assertRejects(() => stream.closed, Deno.errors.BadResource);
});

testEnds("a stream that nobody reads takes nothing from the pipe", async ({ reader, writer }) => {
  const stream = reader.readable;
  await writer.write("still there");
  assert(await stillWaits(Promise.race([])));
  assertEquals(drain(reader).length, 11);
  await stream.cancel();
});

testEnds("readable goes on behind what lines() had read ahead", async ({ reader, writer }) => {
  await writer.write("header\nbody\nmore");
  writer.close();
  assertEquals((await reader.lines().next()).value, "header");
  assertEquals(new TextDecoder().decode(await bytesOf(reader.readable)), "body\nmore");
});

testEnds("close() of writable writes all and closes the writer", async ({ reader, writer }) => {
  const sent = pattern(200_000);
  const stream = writer.writable.getWriter();
  const done = [stream.write(sent), stream.close()];
  assertEquals(await readAll(reader), sent);
  await Promise.all(done);
  assert(writer.closed);
});

testEnds("abort() of writable ends a waiting write, and closes the writer", async ({ reader, writer }) => {
  const full = fill(writer);
  const stream = writer.writable.getWriter();
  const reason = new Error("enough");
  const waiting = stream.write(new Uint8Array(10)).catch((error) => error);
  assert(await stillWaits(waiting));
  await stream.abort(reason);
  assertEquals(await waiting, reason);
  assert(writer.closed);
  assertEquals((await readAll(reader)).length, full);
  await stream.closed.catch(() => {});
});

testEnds("writable's ready waits while the pipe is full", async ({ reader, writer }) => {
  const full = fill(writer);
  const stream = writer.writable.getWriter();
  const written = stream.write(new Uint8Array(10));
  assert(await stillWaits(stream.ready));
  assertEquals(drain(reader).length, full);
  await Promise.all([written, stream.ready]);
});

testEnds("writable errors with BrokenPipe when no reader is left", async ({ reader, writer }) => {
  reader.close();
  const stream = writer.writable.getWriter();
  await assertRejects(() => stream.write(new Uint8Array(1)), Deno.errors.BrokenPipe);
  await assertRejects(() => stream.closed, Deno.errors.BrokenPipe);
});

testEnds("pipeThrough and pipeTo carry one pipe into another and close it", async ({ reader, writer }) => {
  const other = pipe();
  const sent = pattern(500_000);
  const inverted = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => controller.enqueue(chunk.map((byte) => byte ^ 0xff)),
  });
  const writing = writer.write(sent).then(() => writer.close());
  const carrying = reader.readable.pipeThrough(inverted).pipeTo(other.writer.writable);
  assertEquals(await readAll(other.reader), sent.map((byte) => byte ^ 0xff));
  await Promise.all([writing, carrying]);
  assert(reader.closed && other.writer.closed);
  other.reader.close();
});

testEnds("pipeTo into a pipe whose reader leaves closes the source, too", async ({ reader, writer }) => {
  const other = pipe();
  const carrying = assertRejects(() => reader.readable.pipeTo(other.writer.writable), Deno.errors.BrokenPipe);
  other.reader.close();
  await writer.write("x");
  await carrying;
  assert(reader.closed);
  await assertRejects(() => writer.write("y"), Deno.errors.BrokenPipe);
  other.writer.close();
});

Deno.test("64 MB to a slow consumer of streams keep the bytes in flight and the memory bounded", async () => {
  const total = 64 * 1024 * 1024;
  const chunk = new Uint8Array(65536);
  await assertNoLeak(() =>
    within(2 * PATIENCE_MS, "the slow consumer", async () => {
      const { reader, writer } = pipe();
      const bound = reader.capacity + 4 * chunk.length;
      let produced = 0;
      let consumed = 0;
      let most = 0;
      const source = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (produced === total) return controller.close();
          controller.enqueue(chunk);
          produced += chunk.length;
          most = Math.max(most, produced - consumed);
        },
      }, { highWaterMark: 0 });
      const before = Deno.memoryUsage().rss;
      const carrying = source.pipeTo(writer.writable);
      let reads = 0;
      for await (const part of reader.readable) {
        consumed += part.length;
        if (++reads % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await carrying;
      assertEquals(consumed, total);
      assertLess(most, bound);
      assertGreater(40 * 1024 * 1024, Deno.memoryUsage().rss - before);
    })
  );
});
