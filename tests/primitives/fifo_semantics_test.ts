/** What POSIX promises of fifos, by each of our forms against each other program's. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { type Form, FORMS, OURS } from "../support/fifo_peers.ts";
import { test } from "../support/on_fifo.ts";
import { stillWaits } from "../support/waiting.ts";

/** A test of each of our forms against every form. */
function testPairs(name: (ours: string, other: string) => string, body: PairBody): void {
  for (const ours of OURS) {
    for (const other of FORMS) test(name(ours.name, other.name), (path) => body(path, ours, other));
  }
}

type PairBody = (path: string, ours: Form, other: Form) => Promise<void>;

testPairs(
  (ours, other) => `open to read (${ours}) waits for the writer (${other})`,
  async (path, ours, other) => {
    await using reader = ours.reader(path);
    await reader.opening;
    assert(await stillWaits(reader.opened));
    await using writer = other.writer(path);
    await Promise.all([reader.opened, writer.opened]);
    await writer.write("Käse 日本");
    assertEquals(await reader.read(), "Käse 日本");
  },
);

testPairs(
  (ours, other) => `open to write (${ours}) waits for the reader (${other})`,
  async (path, ours, other) => {
    await using writer = ours.writer(path);
    await writer.opening;
    assert(await stillWaits(writer.opened));
    await using reader = other.reader(path);
    await Promise.all([reader.opened, writer.opened]);
    await writer.write("Käse 日本");
    assertEquals(await reader.read(), "Käse 日本");
  },
);

testPairs(
  (ours, other) => `a reader (${ours}) of an empty fifo waits for bytes of the writer (${other})`,
  async (path, ours, other) => {
    await using reader = ours.reader(path);
    await using writer = other.writer(path);
    await Promise.all([reader.opened, writer.opened]);
    const line = reader.read();
    assert(await stillWaits(line));
    await writer.write("at last");
    assertEquals(await line, "at last");
  },
);

testPairs(
  (ours, other) =>
    `a reader (${ours}) sees the end when the last writer (${other}) leaves, not before, and reads on when a new one comes`,
  async (path, ours, other) => {
    await using reader = ours.reader(path);
    await using first = other.writer(path);
    await using last = other.writer(path);
    await Promise.all([reader.opened, first.opened, last.opened]);
    await first.close();
    const end = reader.read();
    assert(await stillWaits(end), "The end came while a writer was left");
    await last.close();
    assertEquals(await end, null);
    await using later = other.writer(path);
    await later.opened;
    await later.write("again");
    assertEquals(await reader.read(), "again");
  },
);

testPairs(
  (ours, other) =>
    `a writer (${ours}) gets EPIPE when the last reader (${other}) has left, not before, and lives on`,
  async (path, ours, other) => {
    await using writer = ours.writer(path);
    await using first = other.reader(path);
    await using last = other.reader(path);
    await Promise.all([writer.opened, first.opened, last.opened]);
    await first.close();
    await writer.write("for the last one");
    assertEquals(await last.read(), "for the last one");
    await last.close();
    assertEquals(await writer.write("for nobody").catch((code) => code), "EPIPE");
    assertEquals(await writer.write("for nobody").catch((code) => code), "EPIPE");
    await using later = other.reader(path);
    await later.opened;
    await writer.write("again");
    assertEquals(await later.read(), "again");
  },
);

for (const ours of OURS) {
  test(`a fifo (${ours.name}) stays usable for those who have it open after its unlink`, async (path) => {
    await using reader = ours.reader(path);
    await using writer = ours.writer(path);
    await Promise.all([reader.opened, writer.opened]);
    await Deno.remove(path);
    await writer.write("without a name");
    assertEquals(await reader.read(), "without a name");
    await writer.close();
    assertEquals(await reader.read(), null);
  });

  test(`a fifo (${ours.name}) outlives its users until it is unlinked`, async (path) => {
    for (const text of ["first users", "second users"]) {
      await using reader = ours.reader(path);
      await using writer = ours.writer(path);
      await Promise.all([reader.opened, writer.opened]);
      await writer.write(text);
      assertEquals(await reader.read(), text);
    }
    assert(Deno.lstatSync(path).isFifo);
  });
}

test("open(O_NONBLOCK) to read returns at once, and reads give the end while no writer is there", async (path) => {
  const p = new Uint8Array(10);
  {
    using reader = await openFifoReader(path, { wait: false });
    assertEquals(await reader.read(p), null);
    assertEquals(reader.tryRead(p), null);
    using writer = await openFifoWriter(path, { wait: false });
    assertEquals(reader.tryRead(p), 0);
    await writer.write("hi");
    assertEquals(await reader.read(p), 2);
  }
  using reader = openFifoReaderSync(path, { wait: false });
  assertEquals(reader.readSync(p), null);
  using writer = openFifoWriterSync(path, { wait: false });
  assertEquals(reader.tryRead(p), 0);
  writer.writeSync("hi");
  assertEquals(reader.readSync(p), 2);
});

test("open(O_NONBLOCK) to write gives ENXIO when no reader is there", async (path) => {
  for (const open of [openFifoWriter, async () => await openFifoWriterSync(path, { wait: false })]) {
    const error = await assertRejects(
      () => open(path, { wait: false }),
      Deno.errors.NotConnected,
      "no reader",
    );
    const { code, syscall, path: about } = error as Error & { code: string; syscall: string; path: string };
    assertEquals({ code, syscall, about }, { code: "ENXIO", syscall: "open", about: path });
    using _reader = await openFifoReader(path, { wait: false });
    (await open(path, { wait: false })).close();
  }
});

test("a writer to a full fifo waits until it is drained, and no more is taken than fits", async (path) => {
  using reader = await openFifoReader(path, { wait: false });
  using writer = await openFifoWriter(path);
  const whole = new Uint8Array(300_000).map((_, index) => index % 251);
  const written = writer.write(whole);
  assert(await stillWaits(written));
  assertEquals(writer.bytesWritten, writer.capacity);
  const got: number[] = [];
  const p = new Uint8Array(50_000);
  while (got.length < whole.length) got.push(...p.subarray(0, (await reader.read(p))!));
  await written;
  assertEquals(new Uint8Array(got), whole);
});

test("writeSync() to a full fifo waits until it is drained", async (path) => {
  using reader = await openFifoReader(path, { wait: false });
  await using child = startChild("fifo_peer", { args: ["writer", path] });
  await child.printed("opened");
  const text = "x".repeat(300_000);
  await child.write(`write ${text}\n`);
  const answer = child.printed("wrote");
  assert(await stillWaits(answer));
  for await (const line of reader.lines()) {
    assertEquals(line, text);
    break;
  }
  await answer;
});
