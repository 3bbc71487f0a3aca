import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pipe, PipeReader, PipeWriter, type TransferredPipe } from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { readAll, testEnds } from "../support/ends.ts";
import { inWorker } from "../support/pipe_worker.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

testEnds("a reader goes to a worker and back, and misses no byte", async ({ reader, writer }) => {
  await writer.write("1234567890");
  const { bytes, end } = await inWorker("readAndReturn", reader.transfer(), { count: 4 });
  assertEquals(text(bytes), "1234");
  using returned = PipeReader.from(end);
  const p = new Uint8Array(3);
  assertEquals([await returned.read(p), text(p)], [3, "567"]);
  const more = await inWorker("readAndReturn", returned.transfer(), { count: 3 });
  assertEquals(text(more.bytes), "890");
  using last = PipeReader.from(more.end);
  const waiting = last.read(p);
  writer.close();
  assertEquals(await waiting, null);
});

testEnds(
  "a writer goes to a worker and back, and its reader sees no end meanwhile",
  async ({ reader, writer }) => {
    const { end } = await inWorker("writeAndReturn", writer.transfer(), { name: "from the worker, " });
    using returned = PipeWriter.from(end);
    const p = new Uint8Array(100);
    const count = await reader.read(p);
    assertEquals(text(p.subarray(0, count!)), "from the worker, ");
    assertEquals(reader.tryRead(p), 0, "no end");
    await returned.write("and back");
    returned.close();
    assertEquals(text(await readAll(reader)), "and back");
  },
);

testEnds("what lines() has read ahead travels along", async ({ reader, writer }) => {
  await writer.write("one\ntwo\nthree\nfour\nbeg");
  assertEquals((await reader.lines().next()).value, "one");
  const { lines, end } = await inWorker("linesAndReturn", reader.transfer(), { count: 2 });
  assertEquals(lines, ["two", "three"]);
  using returned = PipeReader.from(end);
  await writer.write("un");
  writer.close();
  const rest: string[] = [];
  for await (const line of returned.lines()) rest.push(line);
  assertEquals(rest, ["four", "begun"]);
});

testEnds("much that was read ahead travels along", async ({ reader, writer }) => {
  const sent = pattern(50_000);
  sent[0] = 0x0a;
  await writer.write(sent);
  writer.close();
  assertEquals((await reader.lines().next()).value, "");
  using returned = PipeReader.from(reader.transfer());
  assertEquals(await readAll(returned), sent.subarray(1));
});

testEnds(
  "what was transferred and not posted can be received in the same thread",
  async ({ reader, writer }) => {
    using here = PipeReader.from(reader.transfer());
    using there = PipeWriter.from(writer.transfer());
    await there.write("x");
    assertEquals(await here.read(new Uint8Array(1)), 1);
  },
);

testEnds("an end that was transferred says so when it is used", async ({ reader, writer }) => {
  using r = PipeReader.from(reader.transfer());
  using w = PipeWriter.from(writer.transfer());
  const p = new Uint8Array(1);
  assertEquals([reader.closed, writer.closed, r.closed, w.closed], [true, true, false, false]);
  await assertRejects(() => reader.read(p), Deno.errors.BadResource, "transferred to another thread");
  await assertRejects(() => writer.write("x"), Deno.errors.BadResource, "transferred to another thread");
  for (
    const call of [
      () => reader.readSync(p, { timeout: 100 }),
      () => reader.tryRead(p),
      () => reader.transfer(),
      () => reader.dup(),
      () => writer.writeSync("x", { timeout: 100 }),
      () => writer.tryWrite("x"),
      () => writer.transfer(),
      () => writer.dup(),
    ]
  ) assertThrows(call, Deno.errors.BadResource, "transferred to another thread");
  reader.close();
  writer.close();
  await w.write("not closed by that");
});

testEnds("an end is received once, in whatever thread", async ({ reader, writer }) => {
  const transferred = reader.transfer();
  const copy = structuredClone(transferred);
  using _r = PipeReader.from(transferred);
  for (const again of [transferred, copy]) {
    assertThrows(() => PipeReader.from(again), Deno.errors.BadResource, "received before");
  }
  await assertRejects(() => inWorker("receive", transferred), Error, "received before");

  const raced = writer.transfer();
  const outcomes = await Promise.allSettled([
    inWorker("receiveWriter", raced),
    inWorker("receiveWriter", raced),
  ]);
  assertEquals(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

testEnds(
  "an end of the wrong kind is refused, and can still be received rightly",
  async ({ reader, writer }) => {
    const r = reader.transfer();
    const w = writer.transfer();
    assertThrows(() => PipeWriter.from(r), TypeError, "Cannot receive a reader as a writer");
    assertThrows(() => PipeReader.from(w), TypeError, "Cannot receive a writer as a reader");
    using here = PipeReader.from(r);
    PipeWriter.from(w).close();
    assertEquals(await here.read(new Uint8Array(1)), null);
  },
);

Deno.test("what is no transferred pipe is refused", async () => {
  await assertNoLeak(() => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const plain = new Int32Array(1);
    const garbage = [undefined, null, 3, "pipe", {}, { fd: 0, end: "reader" }, {
      end: "reader",
      received: plain,
    }];
    for (const wrong of garbage) {
      assertThrows(() => PipeReader.from(wrong as unknown as TransferredPipe), TypeError, "transfer()");
      assertThrows(() => PipeWriter.from(wrong as unknown as TransferredPipe), TypeError, "transfer()");
    }
    const other = { end: "reader", fd: 0, pid: Deno.pid + 1, name: "pipe", received: shared };
    assertThrows(
      () => PipeReader.from(other as unknown as TransferredPipe),
      Deno.errors.BadResource,
      "belongs to another process",
    );
  });
});

testEnds("transfer() during a read or a write is Busy, and does it no harm", async ({ reader, writer }) => {
  const p = new Uint8Array(10);
  const reading = reader.read(p);
  assertThrows(() => reader.transfer(), Deno.errors.Busy, "Cannot transfer");
  await writer.write("abc");
  assertEquals(await reading, 3);
  const waiting = reader.lines().next();
  assertThrows(() => reader.transfer(), Deno.errors.Busy, "Cannot transfer");
  await writer.write("d\n");
  assertEquals((await waiting).value, "d");
});

Deno.test("an end that travelled keeps nothing open once it is closed", async () => {
  await assertNoLeak(() =>
    within(PATIENCE_MS, "the worker", async () => {
      const { reader, writer } = pipe();
      // Waited once, so that a socket had adopted a copy.
      await reader.read(new Uint8Array(1), { timeout: 1 }).catch(() => {});
      assertEquals(await inWorker("receive", reader.transfer()), "received");
      await assertRejects(() => writer.write("x"), Deno.errors.BrokenPipe);
      writer.close();
      assert(writer.closed);
    })
  );
});
