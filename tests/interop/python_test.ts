/** Our fifos and Python's os.mkfifo, os.open, os.read, os.write and open(), both directions. */

import { assert, assertEquals } from "@std/assert";
import { mkfifo, openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync } from "../../mod.ts";
import { sha256, someBytes, textFrom } from "../support/bytes.ts";
import type { TestChild } from "../support/children.ts";
import { test as testOnFifo } from "../support/on_fifo.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { skipUnless } from "../support/skip.ts";

const TEXT = "Käse 日本 😀 naïve\n";
const ignore = skipUnless("python3");

function test(name: string, body: (path: string, folder: string) => Promise<void>): void {
  testOnFifo(name, body, ignore);
}

function python(...args: string[]): TestChild {
  return startProgram("python3", childPath("fifo_python.py"), ...args);
}

for (const how of ["os", "os-nonblocking", "file"]) {
  test(`Python (${how}) writes text that ours reads`, async (path) => {
    const opening = openFifoReader(path);
    await using other = python("write", how, path, TEXT);
    using reader = await opening;
    assertEquals(await textFrom(reader), TEXT);
    await other.finished();
  });

  test(`Python (${how}) reads text that ours writes`, async (path) => {
    await using other = python("read", how, path);
    using writer = await openFifoWriter(path);
    await writer.write(TEXT.slice(0, 3));
    await writer.write(TEXT.slice(3));
    writer.close();
    assertEquals(await other.finished(), TEXT);
  });

  test(`Python (${how}) writes 1 MiB of any bytes that ours reads unchanged`, async (path, folder) => {
    const bytes = someBytes();
    Deno.writeFileSync(`${folder}/bytes`, bytes);
    const opening = openFifoReader(path);
    await using other = python("send", how, path, `${folder}/bytes`);
    const reader = await opening;
    const got = new Uint8Array(await new Response(reader.readable).arrayBuffer());
    assertEquals(await sha256(got), await sha256(bytes));
    await other.finished();
  });

  test(`Python (${how}) reads 1 MiB of any bytes that ours writes unchanged`, async (path) => {
    const bytes = someBytes();
    await using other = python("hash", how, path);
    using writer = await openFifoWriter(path);
    await writer.write(bytes);
    writer.close();
    assertEquals(await other.finished(), `${bytes.length} ${await sha256(bytes)}\n`);
  });
}

test("the blocking forms of ours and Python's open() meet in either order", async (path) => {
  for (const early of ["ours", "python"]) {
    await using source = python("write", "file", path, early);
    // The Sync form blocks this thread: a time-out keeps a failure from hanging the run.
    if (early === "python") await source.printed("about to open");
    using reader = openFifoReaderSync(path, { timeout: 30_000 });
    const p = new Uint8Array(10);
    const count = reader.readSync(p, { timeout: 30_000 });
    assertEquals(new TextDecoder().decode(p.subarray(0, count!)), early);
    await source.finished();
    reader.close();
    await using sink = python("read", "file", path);
    using writer = openFifoWriterSync(path, { timeout: 30_000 });
    writer.writeSync(early);
    writer.close();
    assertEquals(await sink.finished(), early);
  }
});

test("os.open(O_WRONLY | O_NONBLOCK) is ENXIO until ours waits to read, or has it open", async (path) => {
  await using before = python("probe", path);
  assertEquals(await before.finished(), "ENXIO\n");
  const opening = openFifoReader(path);
  await using during = python("probe", path);
  assertEquals(await during.finished(), "opened\n");
  using reader = await opening;
  assertEquals(await reader.read(new Uint8Array(1)), null);
  await using after = python("probe", path);
  assertEquals(await after.finished(), "opened\n");
});

test("our { wait: false } writer is ENXIO until Python has it open with O_RDONLY | O_NONBLOCK", async (path) => {
  const attempt = () => openFifoWriter(path, { wait: false }).then((writer) => writer, (error) => error.code);
  assertEquals(await attempt(), "ENXIO");
  await using other = python("hold", path);
  await other.printed("open\n");
  using writer = await openFifoWriter(path, { wait: false });
  await writer.write("hi");
  await other.closeStdin();
  assertEquals(await other.finished(), "open\nhi\n");
  assertEquals(await attempt(), "ENXIO");
});

test("a fifo made by os.mkfifo is opened by ours", async (_path, folder) => {
  const path = `${folder}/made by Python 日本`;
  await using maker = python("mkfifo", path);
  await maker.finished();
  const [reader, writer] = await Promise.all([openFifoReader(path), openFifoWriter(path)]);
  using _reader = reader;
  await writer.write(TEXT);
  writer.close();
  assertEquals(await textFrom(reader), TEXT);
});

test("a fifo made by ours is one for Python's stat.S_ISFIFO", async (_path, folder) => {
  const path = `${folder}/made by ours 日本`;
  await mkfifo(path, { mode: 0o600 });
  await using other = python("stat", path);
  assertEquals(await other.finished(), "True 0o600\n");
});

test("Python's BrokenPipeError and end come as they should when ours leaves", async (path) => {
  const opening = openFifoReader(path);
  await using source = python("flood", path);
  const reader = await opening;
  assert(await reader.read(new Uint8Array(1000)));
  reader.close();
  assertEquals(await source.finished(), "BrokenPipeError\n");
  await using sink = python("read", "os", path);
  const writer = await openFifoWriter(path);
  writer.close();
  assertEquals(await sink.finished(), "");
});
