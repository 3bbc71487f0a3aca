import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { closeSync, openSync } from "node:fs";
import {
  type ChildDescriptor,
  connect,
  listen,
  mkfifo,
  openFifoReader,
  openFifoWriter,
  type Pipe,
  pipe as kernelPipe,
  type PipeReader,
  type PipeWriter,
  spawn,
} from "../../mod.ts";
import { isNonBlocking, opening } from "../support/descriptor_flags.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { withoutFfi } from "../support/sockets.ts";
import { shell } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const { BadResource, Busy, NotFound, NotSupported } = Deno.errors;

const numbers = new WeakMap<PipeReader, number[]>();

function pipe(): Pipe {
  const { made, fds } = opening(kernelPipe);
  numbers.set(made.reader, fds);
  return made;
}

/** Both ends still work, and neither makes this thread wait. */
async function assertUsable(reader: PipeReader, writer: PipeWriter): Promise<void> {
  // First, as a blocking read would stop the test's own watchdog.
  assertEquals(numbers.get(reader)!.map((fd) => isNonBlocking(fd)), [true, true]);
  assertEquals(reader.tryRead(new Uint8Array(1)), 0);
  const p = new Uint8Array(10);
  const reading = reader.read(p);
  await writer.write("usable");
  assertEquals(await within(PATIENCE_MS, "a read", () => reading), 6);
}

for (const fd of [-1, 0, 1, 2, 3.5, 1024, NaN, 2 ** 31]) {
  Deno.test(`fds refuses ${fd}, and takes nothing`, async () => {
    await assertNoLeak(async () => {
      const { reader, writer } = pipe();
      assertThrows(() => spawn("true", { fds: { 4: writer, [fd]: reader } }), TypeError, `and got ${fd}`);
      await assertUsable(reader, writer);
      reader.close();
      writer.close();
    });
  });
}

Deno.test("fds refuses what is no descriptor, and says what to do with a Deno.FsFile", () => {
  using file = Deno.openSync("/dev/null");
  const begin = (what: unknown) => () => spawn("true", { fds: { 3: what as ChildDescriptor } });
  assertThrows(begin(file), TypeError, "use openSync of node:fs");
  for (const what of [undefined, null, "piped", {}]) assertThrows(begin(what), TypeError, "descriptor 3");
  for (const number of [-1, 900]) assertThrows(begin(number), BadResource, `descriptor ${number}`);
});

Deno.test("one handle under two numbers is Busy, and stays usable", async () => {
  const { reader, writer } = pipe();
  assertThrows(() => spawn("true", { fds: { 3: reader, 4: reader } }), Busy, "dup()");
  assertThrows(() => spawn("true", { stdin: reader, fds: { 3: reader } }), Busy, "dup()");
  assertThrows(() => spawn("true", { stdout: writer, stderr: writer }), Busy, "dup()");
  await assertUsable(reader, writer);
  reader.close();
  writer.close();
});

Deno.test("a handle that was handed over says so, can be closed, and its dup() goes on", async () => {
  const { reader, writer } = pipe();
  using kept = writer.dup();
  await using child = spawn("sh", {
    args: ["-c", "exec cat <&3 >&5"],
    fds: { 3: reader, 4: writer, 5: "pipe" },
  });
  const says = "it was handed to a child; dup() it before to keep a handle";
  await assertRejects(() => reader.read(new Uint8Array(1)), BadResource, says);
  assertThrows(() => reader.tryRead(new Uint8Array(1)), BadResource, says);
  assertThrows(() => reader.dup(), BadResource, says);
  await assertRejects(() => writer.write("x"), BadResource, says);
  assertThrows(() => spawn("true", { fds: { 3: writer } }), BadResource, says);
  assertEquals([reader.closed, writer.closed], [true, true]);
  reader.close();
  writer.close();
  await kept.write("from the dup\n");
  const lines = child.pipes[5]!.lines();
  assertEquals((await within(PATIENCE_MS, "a line", () => lines.next())).value, "from the dup");
});

Deno.test("a reader with a read under way is Busy; the read goes on", async () => {
  const { reader, writer } = pipe();
  const p = new Uint8Array(10);
  const reading = reader.read(p);
  assertThrows(() => spawn("cat", { stdin: reader }), Busy, "a read of this handle is under way");
  await writer.write("later");
  assertEquals(await within(PATIENCE_MS, "the read", () => reading), 5);
  await writer.write("for the child");
  writer.close();
  assertEquals((await shell("cat <&3", { fds: { 3: reader } })).out, "for the child");
});

Deno.test("a reader whose lines() hold bytes back is Busy until they are read", async () => {
  const { reader, writer } = pipe();
  await writer.write("one\ntwo\n");
  for await (const line of reader.lines()) {
    assertEquals(line, "one");
    break;
  }
  assertThrows(() => spawn("cat", { stdin: reader }), Busy, "lines() has read 4 bytes ahead");
  for await (const line of reader.lines()) {
    assertEquals(line, "two");
    break;
  }
  await writer.write("three\n");
  writer.close();
  assertEquals((await shell("cat <&3", { fds: { 3: reader } })).out, "three\n");
});

Deno.test("a writer with a write under way is Busy; the write goes on", async () => {
  const { reader, writer } = pipe();
  const size = writer.capacity + 1;
  const writing = writer.write(new Uint8Array(size));
  assertThrows(() => spawn("true", { stdout: writer }), Busy, "writes of this handle are under way");
  let count = 0;
  while (count < size) count += (await reader.read(new Uint8Array(65536)))!;
  await within(PATIENCE_MS, "the write", () => writing);
  assertEquals(count, size);
  reader.close();
  writer.close();
});

Deno.test("bytes that came after an awaited read are the child's", async () => {
  for (let round = 0; round < 20; round++) {
    const { reader, writer } = pipe();
    const reading = reader.read(new Uint8Array(1));
    await writer.write("1");
    await within(PATIENCE_MS, "the read", () => reading);
    await writer.write("23");
    await new Promise((resolve) => setTimeout(resolve));
    writer.close();
    assertEquals((await shell("cat <&3", { fds: { 3: reader } })).out, "23");
  }
});

Deno.test("a connection moves to a child, which is then its only owner", async () => {
  const echo = spawn("sh", { args: ["-c", "cat <&5 >&5"], fds: { 5: "pipe" } });
  const stream = echo.pipes[5]!;
  await using child = spawn("sh", {
    args: ["-c", "echo hello >&7; read line <&7; echo $line"],
    stdout: "piped",
    fds: { 7: stream },
  });
  assertEquals(stream.closed, true);
  await assertRejects(() => stream.write("x"), BadResource, "it was handed to a child");
  assertEquals((await within(PATIENCE_MS, "a line", () => child.stdoutReader.lines().next())).value, "hello");
  assertEquals((await within(PATIENCE_MS, "the end", () => echo.status)).code, 0);
});

Deno.test("a connection without a descriptor of its own cannot be handed over, and says so", async () => {
  using _ = withoutFfi();
  await using listener = await listen("tcp://127.0.0.1:0");
  await using client = await connect(listener.address);
  await using _server = await listener.accept();
  assertThrows(() => spawn("true", { fds: { 5: client } }), NotSupported, "no descriptor of its own");
  assertEquals(client.closed, false);
});

Deno.test("when the program does not start, every handle is as it was, and so are lent numbers", async () => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("lost"), "#!/no/such/interpreter\n", { mode: 0o755 });
  const lent = openSync("/dev/zero", "r");
  for (const command of ["ipc-no-such", dir.join("lost")]) {
    const round = async () => {
      const { reader, writer } = pipe();
      const input = pipe();
      // So many numbers that the runtime's own descriptors are among them.
      const many = Array.from({ length: 40 }, (_, i) => [i + 5, lent]);
      const attempt = () =>
        spawn(command, {
          stdin: input.reader,
          stdout: "piped",
          fds: { 3: reader, 4: writer, ...Object.fromEntries(many) },
        });
      assertThrows(attempt, NotFound, "Cannot start");
      assertEquals(isNonBlocking(lent), false);
      await assertUsable(reader, writer);
      await assertUsable(input.reader, input.writer);
      for (const end of [reader, writer, input.reader, input.writer]) end.close();
    };
    await assertNoLeak(round, { warmUp: round });
  }
  closeSync(lent);
});

Deno.test("a persistent reader's child sees the end: the write end that it kept is not handed over", async () => {
  using dir = tempDir();
  await mkfifo(dir.join("fifo"));
  const reader = await openFifoReader(dir.join("fifo"), { persistent: true, wait: false });
  const writer = await openFifoWriter(dir.join("fifo"));
  await writer.write("once\n");
  writer.close();
  const { out } = await shell("cat <&3; echo end", { fds: { 3: reader } });
  assertStringIncludes(out, "once\nend\n");
  assert(reader.closed);
});

Deno.test("a pipe between two children ends when the first does: nobody else has its writer", async () => {
  const { reader, writer } = pipe();
  const first = spawn("sh", { args: ["-c", "echo hello >&3"], fds: { 3: writer } });
  assertEquals((await shell("cat <&3", { fds: { 3: reader } })).out, "hello\n");
  assertEquals((await first.status).code, 0);
});
