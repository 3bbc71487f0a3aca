/** Abort and time-out: the call ends, nothing is lost and nothing comes twice. */

import { assert, assertEquals, assertGreater, assertRejects, assertStrictEquals } from "@std/assert";
import { pipe, type WaitOptions } from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { drain, fill, readAll, testEnds } from "../support/ends.ts";
import { inWorker } from "../support/pipe_worker.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

testEnds(
  "a signal aborted before the call ends it, and nothing was read or written",
  async ({ reader, writer }) => {
    const reason = new Error("not today");
    const options = { signal: AbortSignal.abort(reason) };
    await writer.write("there");
    const p = new Uint8Array(10);
    assertStrictEquals(await assertRejects(() => reader.read(p, options)), reason);
    assertStrictEquals(await assertRejects(() => reader.lines(options).next()), reason);
    assertStrictEquals(await assertRejects(() => writer.write("!", options)), reason);
    assertEquals(writer.bytesWritten, 5);
    assertEquals(drain(reader).length, 5);
  },
);

testEnds("an abort ends a waiting read() with the signal's reason, and the next read works", async (ends) => {
  const { reader, writer } = ends;
  const p = new Uint8Array(10);
  for (let round = 0; round < 20; round++) {
    const controller = new AbortController();
    const waiting = reader.read(p, { signal: controller.signal });
    const reason = { round };
    controller.abort(reason);
    assertStrictEquals(await waiting.catch((error) => error), reason);
    if (round % 3 === 0) continue; // Also twice with nothing in between.
    const next = reader.read(p);
    await writer.write(new Uint8Array([round]));
    assertEquals([await next, p[0]], [1, round]);
  }
});

testEnds("a time-out ends a waiting read() not before its time, and the next read works", async (ends) => {
  const { reader, writer } = ends;
  const p = new Uint8Array(10);
  const started = performance.now();
  await assertRejects(() => reader.read(p, { timeout: 30 }), Deno.errors.TimedOut, "within 30 ms");
  assertGreater(performance.now() - started, 28);
  await assertRejects(() => reader.read(p, { timeout: 0 }), Deno.errors.TimedOut);
  await writer.write("x");
  assertEquals(await reader.read(p, { timeout: 0 }), 1);
});

testEnds("the end of a pipe is an end also for lines() that may not wait", async ({ reader, writer }) => {
  writer.close();
  const controller = new AbortController();
  const ended = reader.lines({ signal: controller.signal }).next();
  controller.abort("no wait");
  assertEquals(await ended, { value: undefined, done: true });
});

testEnds(
  "an abort of a waiting write() of PIPE_BUF bytes has written none of them",
  async ({ reader, writer }) => {
    const full = fill(writer);
    for (const length of [1, 4095, 4096]) {
      const controller = new AbortController();
      const waiting = writer.write(new Uint8Array(length), { signal: controller.signal });
      controller.abort("enough");
      assertEquals(await waiting.catch((error) => error), "enough");
      await assertRejects(
        () => writer.write(new Uint8Array(length), { timeout: 5 }),
        Deno.errors.TimedOut,
        "full",
      );
    }
    assertEquals(writer.bytesWritten, full);
    assertEquals(drain(reader).length, full);
    await writer.write("goes on");
    assertEquals(new TextDecoder().decode(drain(reader)), "goes on");
  },
);

testEnds(
  "an aborted long write() has written the first bytes, as many as bytesWritten says",
  async (ends) => {
    const { reader, writer } = ends;
    const sent = pattern(300_000);
    await assertRejects(() => writer.write(sent, { timeout: 20 }), Deno.errors.TimedOut);
    const written = writer.bytesWritten;
    assert(written > 0 && written < sent.length, `${written} were written`);
    const rest = writer.write(sent.subarray(written)).then(() => writer.close());
    assertEquals(await readAll(reader), sent);
    await rest;
  },
);

testEnds(
  "an aborted write that waits for its turn writes nothing, and those behind it go on",
  async (ends) => {
    const { reader, writer } = ends;
    const full = fill(writer);
    const controller = new AbortController();
    const first = writer.write("first ");
    const second = writer.write("second ", { signal: controller.signal });
    const third = assertRejects(() => writer.write("third ", { timeout: 5 }), Deno.errors.TimedOut);
    const last = writer.write("last");
    controller.abort("no");
    assertEquals(await second.catch((error) => error), "no");
    await third;
    assertEquals(drain(reader).length, full);
    await Promise.all([first, last]);
    assertEquals(new TextDecoder().decode(drain(reader)), "first last");
  },
);

/** Ways to be interrupted, at moments that fall everywhere in the other side's doing. */
function interruption(round: number): WaitOptions {
  if (round % 3 === 0) return { timeout: Math.random() * 2 };
  const controller = new AbortController();
  if (round % 3 === 1) setTimeout(() => controller.abort(), 0);
  else queueMicrotask(() => controller.abort());
  return { signal: controller.signal };
}

function interrupted(error: unknown): boolean {
  return error instanceof Deno.errors.TimedOut || (error as Error).name === "AbortError";
}

Deno.test("reads that are interrupted while bytes come get each byte once and in order", async () => {
  await assertNoLeak(() =>
    within(2 * PATIENCE_MS, "the interrupted reads", async () => {
      const { reader, writer } = pipe();
      const writing = inWorker("writePattern", writer.transfer(), { longest: 40 });
      const sizes = [1, 7, 64, 4096, 70_000];
      let at = 0;
      // Reads that got bytes after an interruption: all others say nothing, and how many those are is chance.
      let resumed = 0;
      let interruptedBefore = false;
      for (let round = 0; resumed < 200; round++) {
        const p = new Uint8Array(sizes[round % sizes.length]!);
        try {
          const count = await reader.read(p, interruption(round));
          assert(count !== null);
          assertEquals(p.subarray(0, count), pattern(count, at));
          at += count;
          if (interruptedBefore) resumed++;
          interruptedBefore = false;
        } catch (error) {
          if (!interrupted(error)) throw error;
          interruptedBefore = true;
        }
      }
      reader.close();
      await writing;
    })
  );
});

Deno.test("writes that are interrupted while bytes leave can be retried with the rest, and tear nothing", async () => {
  await assertNoLeak(() =>
    within(2 * PATIENCE_MS, "the interrupted writes", async () => {
      const { reader, writer } = pipe({ capacity: 4096 });
      const reading = inWorker("readPattern", reader.transfer());
      const sizes = [1, 100, 4096, 20_000];
      let at = 0;
      // Writes that ended after an interruption: all others say nothing, and how many those are is chance.
      let resumed = 0;
      for (let round = 0; resumed < 100; round++) {
        let interruptions = 0;
        const length = sizes[round % sizes.length]!;
        for (let rest = pattern(length, at); rest.length > 0;) {
          const before = writer.bytesWritten;
          try {
            await writer.write(rest, interruption(Math.floor(Math.random() * 3)));
            assertEquals(writer.bytesWritten - before, rest.length);
            rest = rest.subarray(rest.length);
          } catch (error) {
            if (!interrupted(error)) throw error;
            interruptions++;
            const written = writer.bytesWritten - before;
            if (rest.length <= 4096) assertEquals(written, 0, "a short write is whole or not at all");
            rest = rest.subarray(written);
          }
        }
        at += length;
        if (interruptions > 0) resumed++;
      }
      writer.close();
      assertEquals(await reading, { count: at, wrongAt: -1 });
    })
  );
});

testEnds("an abort between two waits of one write() ends it", async ({ reader, writer }) => {
  // The abort comes in the microtask after a part was written, when no wait listens for it.
  const controller = new AbortController();
  const p = new Uint8Array(200_000);
  fill(writer);
  const waiting = writer.write(p, { signal: controller.signal });
  const before = writer.bytesWritten;
  const watch = setInterval(() => {
    if (writer.bytesWritten > before) clearInterval(watch);
    reader.tryRead(new Uint8Array(4096));
  }, 0);
  Object.defineProperty(controller.signal, "removeEventListener", {
    value: function(this: AbortSignal, ...args: Parameters<AbortSignal["removeEventListener"]>) {
      EventTarget.prototype.removeEventListener.apply(this, args);
      queueMicrotask(() => controller.abort("in between"));
    },
  });
  assertEquals(await waiting.catch((error) => error), "in between");
  clearInterval(watch);
});

testEnds(
  "close() right after an abort ends the write, too, and nothing comes later",
  async ({ reader, writer }) => {
    const full = fill(writer);
    const controller = new AbortController();
    const waiting = writer.write("never", { signal: controller.signal }).catch((error) => error);
    controller.abort("enough");
    writer.close();
    assertEquals(await waiting, "enough");
    assertEquals((await readAll(reader)).length, full);
  },
);
