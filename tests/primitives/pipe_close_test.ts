/** What each end sees when it, or the other one, is closed. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pipe, type PipeReader } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { fill, readAll, testEnds } from "../support/ends.ts";
import { stillWaits } from "../support/waiting.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

testEnds("every call of a closed reader is BadResource that says so", async ({ reader, writer }) => {
  await writer.write("unread");
  const p = new Uint8Array(10);
  reader.close();
  reader.close();
  assert(reader.closed);
  const error = await assertRejects(() => reader.read(p), Deno.errors.BadResource, "it is closed");
  assertEquals((error as { code?: string }).code, "EBADF");
  for (
    const call of [
      () => reader.readSync(p, { timeout: 100 }),
      () => reader.tryRead(p),
      () => reader.capacity,
      () => reader.dup(),
      () => reader.transfer(),
    ]
  ) assertThrows(call, Deno.errors.BadResource, "it is closed");
  await assertRejects(() => reader.lines().next(), Deno.errors.BadResource, "it is closed");
});

testEnds("a reader closed while it holds lines gives none of them out", async ({ reader, writer }) => {
  await writer.write("one\ntwo\n");
  assertEquals((await reader.lines().next()).value, "one");
  reader.close();
  assertThrows(() => reader.tryRead(new Uint8Array(10)), Deno.errors.BadResource, "it is closed");
  await assertRejects(() => reader.lines().next(), Deno.errors.BadResource, "it is closed");
});

testEnds("close() ends a read under way with BadResource", async ({ reader }) => {
  const waiting = assertRejects(
    () => reader.read(new Uint8Array(1)),
    Deno.errors.BadResource,
    "during the read",
  );
  reader.close();
  await waiting;
});

testEnds("a reader that is disposed of is closed, and its writer learns it", async ({ reader, writer }) => {
  let second: PipeReader;
  let third: PipeReader;
  {
    using a = second = reader.dup();
    await using b = third = reader.dup();
    assertEquals([a.closed, b.closed], [false, false]);
  }
  assertEquals([second.closed, third.closed, reader.closed], [true, true, false]);
  await writer.write("still read");
  reader.close();
  await assertRejects(() => writer.write("!"), Deno.errors.BrokenPipe);
});

testEnds("write() rejects with EPIPE when the last reader has left", async ({ reader, writer }) => {
  const second = reader.dup();
  reader.close();
  await writer.write("read by nobody yet");
  second.close();
  const fields = { code: "EPIPE", syscall: "write" };
  for (
    const error of [
      await assertRejects(() => writer.write("!"), Deno.errors.BrokenPipe, "no reader"),
      assertThrows(() => writer.writeSync("!", { timeout: 100 }), Deno.errors.BrokenPipe, "no reader"),
      assertThrows(() => writer.tryWrite("!"), Deno.errors.BrokenPipe, "no reader"),
    ]
  ) {
    const { code, syscall } = error as Error & { code?: string; syscall?: string };
    assertEquals({ code, syscall }, fields);
  }
});

testEnds(
  "a waiting write() rejects with EPIPE when the last reader leaves, and so do those behind it",
  async (ends) => {
    const { reader, writer } = ends;
    fill(writer);
    const waiting = [writer.write("1"), writer.write("2"), writer.write(new Uint8Array(100_000))];
    const outcomes = Promise.allSettled(waiting);
    assert(await stillWaits(waiting[0]!));
    reader.close();
    for (const outcome of await outcomes) {
      assert(
        outcome.status === "rejected" && outcome.reason instanceof Deno.errors.BrokenPipe,
        Deno.inspect(outcome),
      );
      assertEquals((outcome.reason as { code?: string }).code, "EPIPE");
    }
  },
);

Deno.test("no SIGPIPE ends a process that writes to a pipe without a reader, by whatever call", async () => {
  await using child = startChild("broken_pipe");
  assertEquals(
    await child.finished(),
    "write EPIPE\nwriteSync EPIPE\ntryWrite EPIPE\nwaiting EPIPE\nwritable EPIPE\n",
  );
});

testEnds("close() ends the writes under way with BadResource", async ({ reader, writer }) => {
  const full = fill(writer);
  const waiting = Promise.allSettled([writer.write("a"), writer.write("b")]);
  writer.close();
  for (const outcome of await waiting) {
    assert(
      outcome.status === "rejected" && outcome.reason instanceof Deno.errors.BadResource,
      Deno.inspect(outcome),
    );
  }
  assertEquals((await readAll(reader)).length, full, "what was written stays readable");
});

testEnds("every call of a closed writer is BadResource that says so", async ({ writer }) => {
  writer.close();
  writer.close();
  assert(writer.closed);
  for (const p of ["x", ""]) {
    await assertRejects(() => writer.write(p), Deno.errors.BadResource, "it is closed");
  }
  for (
    const call of [
      () => writer.writeSync("x", { timeout: 100 }),
      () => writer.tryWrite("x"),
      () => writer.capacity,
      () => writer.dup(),
      () => writer.transfer(),
    ]
  ) assertThrows(call, Deno.errors.BadResource, "it is closed");
});

testEnds("a writer that is disposed of is closed, and its reader learns it", async ({ reader, writer }) => {
  {
    using _second = writer.dup();
    await using third = writer.dup();
    await third.write("x");
  }
  writer.close();
  assertEquals(text(await readAll(reader)), "x");
});

Deno.test("a pipe that is disposed of has both ends closed, also when one of them was before", () =>
  assertNoLeak(() => {
    const ends = [];
    for (const early of [false, true]) {
      using both = pipe();
      if (early) both.writer.close();
      ends.push(both.reader, both.writer);
    }
    assertEquals(ends.map(({ closed }) => closed), [true, true, true, true]);
  }));
