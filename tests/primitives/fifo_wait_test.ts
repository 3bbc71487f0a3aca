/** How a wait for the other side ends by a time-out, an abort or the want of descriptors; and that nothing of it is left. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync } from "../../mod.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { test } from "../support/on_fifo.ts";
import { startProgram, startShell } from "../support/programs.ts";
import { asleep } from "../support/waiting.ts";
import { PATIENCE_MS } from "../support/watchdog.ts";

/** Fails when a reader or a writer is on the fifo. */
async function assertNobodyOn(path: string): Promise<void> {
  const { code } = await errorOf(() => openFifoWriterSync(path, { wait: false })) as { code: string };
  assertEquals(code, "ENXIO", "A reader is left");
  using reader = await openFifoReader(path, { wait: false });
  assertEquals(reader.tryRead(new Uint8Array(1)), null, "A writer is left");
}

/** Opens the fifo as usual, which a failed attempt must not have changed. */
async function assertWorks(path: string): Promise<void> {
  const [reader, writer] = await Promise.all([openFifoReader(path), openFifoWriter(path)]);
  using _reader = reader;
  using _writer = writer;
  await writer.write("works");
  assertEquals(await reader.read(new Uint8Array(10)), 5);
}

for (const open of [openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync]) {
  test(`${open.name}() rejects with TimedOut when nobody comes, not before, and leaves nobody behind`, async (path) => {
    for (const timeout of [0, 0.5, 50]) {
      const begin = performance.now();
      const error = await assertFails(() => open(path, { timeout }), {
        type: Deno.errors.TimedOut,
        code: "ETIMEDOUT",
      });
      await assertNobodyOn(path);
      assert(performance.now() - begin >= timeout - 1);
      assertStringIncludes(error.message, `'${path}'`);
      assertStringIncludes(error.message, `within ${timeout} ms`);
    }
    await assertWorks(path);
  });
}

for (const open of [openFifoReader, openFifoWriter]) {
  test(`${open.name}() with a signal that is aborted already rejects with its reason, and opens nothing`, async (path) => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await using peer = startProgram(open === openFifoReader ? "tee" : "cat", path);
    await asleep(peer.pid, open === openFifoReader ? "tee" : "cat");
    assertStrictEquals(await errorOf(() => open(path, { signal })), reason);
    assertStrictEquals(await errorOf(() => open("/nowhere", { signal, wait: false })), reason);
    await peer.write("went on");
    await peer.closeStdin();
    using other = open === openFifoReader ? await openFifoReader(path) : await openFifoWriter(path);
    if ("read" in other) assertEquals(await other.read(new Uint8Array(20)), 7);
    other.close();
    await peer.finished();
  });

  test(`${open.name}() that is aborted during the wait rejects with the reason, and leaves nobody behind`, async (path) => {
    for (const reason of [new Error("enough"), "a string", undefined]) {
      const controller = new AbortController();
      const opening = open(path, { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 5);
      assertStrictEquals(await errorOf(() => opening), controller.signal.reason);
      await assertNobodyOn(path);
    }
    await assertWorks(path);
  });

  test(`${open.name}() that is aborted does not end the waits of others for the same fifo`, async (path) => {
    const controller = new AbortController();
    const others = [open(path), open(path)];
    const aborted = open(path, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assertRejects(() => aborted, Error, "enough");
    using _peer = await (open === openFifoReader ? openFifoWriter(path) : openFifoReader(path));
    for (const end of await Promise.all(others)) end.close();
  });
}

test("openFifoReader() that is aborted lets no writer in any more, not even one of another listener", async (path) => {
  const controller = new AbortController();
  const opening = openFifoReader(path, { signal: controller.signal });
  let found: unknown;
  controller.signal.addEventListener("abort", () => {
    try {
      openFifoWriterSync(path, { wait: false }).close();
    } catch (error) {
      found = error;
    }
  });
  controller.abort();
  await assertRejects(() => opening);
  assertEquals((found as { code: string })?.code, "ENXIO");
});

for (const end of ["abort", "time-out"]) {
  test(`a blocked cat is not released by the ${end} of our reader, and reads what comes later`, async (path) => {
    await using cat = startProgram("cat", path);
    await asleep(cat.pid, "cat");
    const options = end === "abort" ? { signal: AbortSignal.timeout(30) } : { timeout: 30 };
    await assertRejects(
      () => openFifoReader(path, options),
      end === "abort" ? DOMException : Deno.errors.TimedOut,
    );
    await asleep(cat.pid, "cat");
    using writer = await openFifoWriter(path);
    await writer.write("for cat");
    writer.close();
    assertEquals(await cat.finished(), "for cat");
  });

  test(`a blocked echo is not released by the ${end} of our writer, and is read later`, async (path) => {
    await using echo = startShell('echo hi > "$1"', path);
    await asleep(echo.pid, "sh");
    const options = end === "abort" ? { signal: AbortSignal.timeout(30) } : { timeout: 30 };
    await assertRejects(
      () => openFifoWriter(path, options),
      end === "abort" ? DOMException : Deno.errors.TimedOut,
    );
    await asleep(echo.pid, "sh");
    using reader = await openFifoReader(path);
    assertEquals(await reader.read(new Uint8Array(10)), 3);
    await echo.finished();
  });
}

for (const open of [openFifoReaderSync, openFifoWriterSync]) {
  for (const timeout of [PATIENCE_MS, Infinity]) {
    const limit = timeout === Infinity ? "with no time-out" : "with a time-out";
    test(`${open.name}() ${limit} returns when the peer comes, which comes during the wait`, async (path) => {
      const [line, answer] = open === openFifoReaderSync ? ['echo hi > "$1"', "hi\n"] : ['cat "$1"', "hi"];
      await using peer = startShell(`sleep 0.1; ${line}`, path);
      using end = open(path, { timeout });
      if ("readSync" in end) assertEquals(end.readSync(new Uint8Array(10)), answer.length);
      else end.writeSync(answer);
      end.close();
      assertEquals(await peer.finished(), open === openFifoReaderSync ? "" : answer);
    });
  }
}

test(
  "a process without descriptors left gets EMFILE, and works again when some are closed",
  async (_path, folder) => {
    await using child = startProgram(
      "sh",
      "-c",
      'ulimit -n 64; exec "$@"',
      "sh",
      Deno.execPath(),
      "run",
      "-A",
      new URL("../children/few_descriptors.ts", import.meta.url).href,
      `${folder}/few`,
    );
    Deno.mkdirSync(`${folder}/few`);
    const lines = (await child.finished()).trimEnd().split("\n");
    assertEquals(lines.pop(), "works again");
    assertEquals(lines.length, 4);
    for (const { code, syscall, path, message } of lines.map((line) => JSON.parse(line))) {
      assertEquals({ code, syscall, path }, { code: "EMFILE", syscall: "open", path: `${folder}/few/fifo` });
      assertStringIncludes(message, "no descriptors left");
    }
  },
);
