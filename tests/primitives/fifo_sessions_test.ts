/** Writers that come and go, while the reader stays. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync } from "../../mod.ts";
import { OURS } from "../support/fifo_peers.ts";
import { test } from "../support/on_fifo.ts";
import { startShell } from "../support/programs.ts";
import { stillWaits } from "../support/waiting.ts";

test("200 writer sessions of the shell, one after the other, lose no line", async (path) => {
  using reader = await openFifoReader(path, { persistent: true, wait: false });
  const line = 'i=0; while [ $i -lt 200 ]; do echo "line $i" > "$1"; i=$((i+1)); done';
  await using shell = startShell(line, path);
  await assertLines(reader.lines(), 200);
  await shell.finished();
});

test("200 writer sessions of ours, async and Sync in turns, lose no line", async (path) => {
  using reader = await openFifoReader(path, { persistent: true, wait: false });
  const write = async () => {
    for (let index = 0; index < 200; index++) {
      using writer = index % 2 ? await openFifoWriter(path) : openFifoWriterSync(path);
      await writer.write(`line ${index}\n`);
    }
  };
  await Promise.all([assertLines(reader.lines(), 200), write()]);
});

async function assertLines(lines: AsyncIterable<string>, count: number): Promise<void> {
  let index = 0;
  for await (const line of lines) {
    assertEquals(line, `line ${index}`);
    if (++index === count) return;
  }
  throw new Error(`The end came after ${index} lines`);
}

test("a persistent reader sees no end when its writers leave", async (path) => {
  for (const open of [openFifoReader, openFifoReaderSync]) {
    using reader = await open(path, { persistent: true, wait: false });
    const p = new Uint8Array(100);
    assertEquals(reader.tryRead(p), 0);
    for (const text of ["one", "two"]) {
      (await openFifoWriter(path)).close();
      using writer = await openFifoWriter(path);
      await writer.write(text);
      writer.close();
      assertEquals(await reader.read(p), 3);
      assertEquals(reader.tryRead(p), 0);
      await assertRejects(() => reader.read(p, { timeout: 20 }), Deno.errors.TimedOut);
    }
  }
});

test("a persistent reader keeps the end from other readers of the fifo, until it is closed", async (path) => {
  using persistent = await openFifoReader(path, { persistent: true, wait: false });
  using other = await openFifoReader(path);
  (await openFifoWriter(path)).close();
  const end = other.read(new Uint8Array(1));
  assert(await stillWaits(end), "The other reader saw an end");
  persistent.close();
  assertEquals(await end, null);
});

test("a persistent reader that waits is opened by the first writer, and has what it wrote", async (path) => {
  const opening = openFifoReader(path, { persistent: true });
  assert(await stillWaits(opening));
  await using shell = startShell('echo hi > "$1"', path);
  using reader = await opening;
  assertEquals(await reader.read(new Uint8Array(10)), 3);
  assertEquals(reader.tryRead(new Uint8Array(10)), 0);
  await shell.finished();
});

for (const ours of OURS) {
  test(`a waiting reader (${ours.name}) has what a writer left that came, wrote and went at once`, async (path) => {
    for (let round = 0; round < 20; round++) {
      await using reader = ours.reader(path);
      using writer = await openFifoWriter(path);
      await writer.write(`round ${round}\n`);
      writer.close();
      assertEquals(await reader.read(), `round ${round}`);
      assertEquals(await reader.read(), null);
    }
  });

  test(`a waiting reader (${ours.name}) notices a writer that came and went without a byte`, async (path) => {
    await using reader = ours.reader(path);
    await using shell = startShell(': > "$1"', path);
    await shell.finished();
    await reader.opened;
    assertEquals(await reader.read(), null);
  });
}
