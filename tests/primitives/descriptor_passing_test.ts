import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { closeSync, openSync } from "node:fs";
import { socketPair } from "../../lib/primitives/socket.ts";
import {
  connect,
  listen,
  pipe,
  PipeReader,
  receiveDescriptors,
  type SendableDescriptor,
  sendDescriptors,
  type SocketStream,
} from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { pattern } from "../support/content.ts";
import { inheritable, isNonBlocking } from "../support/descriptor_flags.ts";
import { assertNoLeak, openDescriptors } from "../support/descriptors.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { bytesUntilEnd, fillUp, readExactly } from "../support/sockets.ts";
import { tempDir } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);
const ONE = new Uint8Array([1]);
const patience = { timeout: PATIENCE_MS };

function test(name: string, body: (a: SocketStream, b: SocketStream) => Promise<void>): void {
  Deno.test(name, () =>
    assertNoLeak(() =>
      within(PATIENCE_MS, name, async () => {
        const [a, b] = socketPair();
        try {
          await body(a, b);
        } finally {
          a.close();
          b.close();
        }
      })
    ));
}

/** Sends handles to the other side of the pair, and receives them. */
async function passed(a: SocketStream, b: SocketStream, ...handles: SendableDescriptor[]) {
  await sendDescriptors(a, bytes("take these"), handles);
  const received = await receiveDescriptors(b, patience);
  assertEquals(text(received!.bytes), "take these");
  return received!;
}

test("both ends of a pipe arrive as what they are, and work", async (a, b) => {
  const { reader, writer } = pipe();
  using received = await passed(a, b, reader, writer);
  assertEquals(received.descriptors.map(({ kind }) => kind), ["reader", "writer"]);
  using theirReader = received.descriptors[0]!.reader();
  using theirWriter = received.descriptors[1]!.writer();
  assert(theirReader instanceof PipeReader);
  await writer.write("mine\n");
  await theirWriter.write("yours\n");
  const lines = theirReader.lines();
  assertEquals([(await lines.next()).value, (await lines.next()).value], ["mine", "yours"]);
  // The sender's handles are its own, and count as ends until they are closed.
  reader.close();
  writer.close();
  theirWriter.close();
  assertEquals((await lines.next()).done, true);
});

test("a connection arrives, and its sender can close its own handle", async (a, b) => {
  const [here, there] = socketPair();
  using received = await passed(a, b, there);
  assertEquals(received.descriptors[0]!.kind, "socket");
  there.close();
  const theirs = received.descriptors[0]!.socket();
  await here.write("over a connection that was passed\n");
  assertEquals((await theirs.lines().next()).value, "over a connection that was passed");
  await theirs.write("back");
  theirs.close();
  assertEquals(text(await bytesUntilEnd(here)), "back");
  here.close();
});

test("a TCP connection arrives, with its addresses", async (a, b) => {
  await using listener = await listen("tcp://127.0.0.1:0");
  await using client = await connect(listener.address);
  const accepted = await listener.accept();
  using received = await passed(a, b, accepted, listener);
  await accepted[Symbol.asyncDispose]();
  await using theirs = received.descriptors[0]!.socket();
  assertEquals([theirs.localAddr, theirs.remoteAddr], [client.remoteAddr, client.localAddr]);
  await client.write("over TCP\n");
  assertEquals((await theirs.lines().next()).value, "over TCP");
  await using theirListener = received.descriptors[1]!.listener();
  await using second = await connect(theirListener.address);
  await using _accepted = await theirListener.accept(patience);
  assertEquals(second.remoteAddr, listener.addr);
});

test("a listener arrives, and accepts", async (a, b) => {
  using folder = tempDir();
  await using listener = await listen(`unix:${folder.join("socket")}`);
  using received = await passed(a, b, listener);
  await using theirs = received.descriptors[0]!.listener();
  assertEquals(theirs.address, listener.address);
  await using client = await connect(theirs.address);
  await using server = await theirs.accept(patience);
  await client.write("x");
  assertEquals(text(await readExactly(server, 1)), "x");
  theirs.close();
  assert(Deno.lstatSync(folder.join("socket")).isSocket, "the file stays its maker's");
});

test("a file arrives, and can be opened by its path, and passed on", async (a, b) => {
  using folder = tempDir();
  Deno.writeTextFileSync(folder.join("file"), "content");
  const file = openSync(folder.join("file"), "r");
  using received = await passed(a, b, file);
  closeSync(file);
  Deno.removeSync(folder.join("file"));
  using second = await passed(b, a, received.descriptors[0]!);
  received[Symbol.dispose]();
  const [descriptor] = second.descriptors;
  assertEquals(descriptor!.kind, "file");
  assertEquals(Deno.readTextFileSync(descriptor!.path), "content");
});

test("64 descriptors arrive at once, in their order", async (a, b) => {
  const pipes = Array.from({ length: 64 }, () => pipe());
  using received = await passed(a, b, ...pipes.map(({ writer }) => writer));
  assertEquals(received.descriptors.length, 64);
  for (const [i, descriptor] of received.descriptors.entries()) {
    using writer = descriptor.writer();
    await writer.write(`${i}\n`);
    assertEquals((await pipes[i]!.reader.lines().next()).value, `${i}`);
  }
  for (const one of pipes) one[Symbol.dispose]();
});

test("received descriptors are close-on-exec", async (a, b) => {
  const before = inheritable();
  using one = pipe();
  using received = await passed(a, b, one.reader, one.writer);
  assertEquals(inheritable(), before);
  assertEquals(received.descriptors.length, 2);
});

test("a pipe's end blocks in the receiver, and goes on not to block in the sender", async (a, b) => {
  using one = pipe();
  using received = await passed(a, b, one.reader);
  assertEquals(isNonBlocking(received.descriptors[0]!.fd), Deno.build.os !== "linux");
  assertEquals(one.reader.tryRead(ONE), 0);
});

test("bytes and descriptors keep their order with writes", async (a, b) => {
  using one = pipe();
  const sent = pattern(1_000_000);
  const doing = Promise.all([
    a.write(sent),
    sendDescriptors(a, bytes("here"), [one.reader]),
    a.write("behind"),
  ]);
  assertEquals(await readExactly(b, sent.length), sent);
  using received = await receiveDescriptors(b, patience);
  assertEquals([text(received!.bytes), received!.descriptors.length], ["here", 1]);
  assertEquals(text(await readExactly(b, 6)), "behind");
  await doing;
  assertEquals(a.bytesWritten, sent.length + 10);
});

test("many bytes with descriptors all arrive", async (a, b) => {
  using one = pipe();
  const sent = pattern(1_000_000);
  const sending = Promise.all([sendDescriptors(a, sent, [one.reader]), a.write("behind")]);
  using received = await receiveDescriptors(b, { ...patience, maxBytes: 1000 });
  assertEquals([received!.bytes.length, received!.descriptors.length], [1000, 1]);
  assertEquals(await readExactly(b, sent.length - 1000), sent.subarray(1000));
  assertEquals(text(await readExactly(b, 6)), "behind");
  await sending;
});

test("plain bytes come without descriptors, and the end is null", async (a, b) => {
  await a.write("plain");
  using received = await receiveDescriptors(b);
  assertEquals([text(received!.bytes), received!.descriptors.length], ["plain", 0]);
  a.close();
  assertEquals(await receiveDescriptors(b), null);
});

test("receiveDescriptors() waits, and what it gave up on is the next one's", async (a, b) => {
  using one = pipe();
  const receiving = receiveDescriptors(b);
  assert(await stillWaits(receiving));
  await assertRejects(() => receiveDescriptors(b), Deno.errors.Busy);
  await assertRejects(() => b.read(ONE), Deno.errors.Busy);
  await sendDescriptors(a, ONE, [one.reader]);
  (await receiving)![Symbol.dispose]();
  await assertRejects(() => receiveDescriptors(b, { timeout: 5 }), Deno.errors.TimedOut, "within 5 ms");
  const controller = new AbortController();
  const aborted = receiveDescriptors(b, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => aborted, Error, "enough");
  await sendDescriptors(a, ONE, [one.writer]);
  using received = await receiveDescriptors(b, patience);
  assertEquals(received!.descriptors.map(({ kind }) => kind), ["writer"]);
});

test("close() ends a wait for descriptors with BadResource", async (_, b) => {
  const receiving = assertRejects(() => receiveDescriptors(b), Deno.errors.BadResource);
  b.close();
  await receiving;
});

test("sendDescriptors() waits while the other side does not read", async (a, b) => {
  using one = pipe();
  const { waiting, stop } = fillUp(a);
  await until("the write to wait", () => stillWaits(waiting, 100));
  stop.abort();
  await assertRejects(() => waiting);
  await assertRejects(() => sendDescriptors(a, ONE, [one.reader], { timeout: 20 }), Deno.errors.TimedOut);
  const sending = sendDescriptors(a, bytes("now"), [one.reader]);
  assert(await stillWaits(sending));
  for (;;) {
    using received = await receiveDescriptors(b, patience);
    if (received!.descriptors.length === 1) break;
  }
  await sending;
});

test("more descriptors than expected are an error, and all are closed", async (a, b) => {
  using one = pipe();
  const before = openDescriptors().size;
  await sendDescriptors(a, ONE, [one.reader, one.writer]);
  const error = await assertRejects(
    () => receiveDescriptors(b, { maxDescriptors: 1 }),
    Deno.errors.InvalidData,
    "2 came, where at most 1 were expected",
  );
  assertEquals((error as { code?: string; syscall?: string }).syscall, "recvmsg");
  assertEquals(openDescriptors().size, before);
  await a.write("x");
  assertEquals(text(await readExactly(b, 1)), "x", "the stream goes on");
});

test("descriptors that come to read() are closed by the kernel", async (a, b) => {
  using one = pipe();
  const before = openDescriptors().size;
  await sendDescriptors(a, bytes("hi"), [one.reader]);
  assertEquals(text(await readExactly(b, 2)), "hi");
  assertEquals(openDescriptors().size, before);
});

Deno.test("descriptors that find no room (MSG_CTRUNC) are an error, and those that came are closed", async () => {
  using folder = tempDir();
  await within(PATIENCE_MS, "the child", async () => {
    await using listener = await listen(`unix:${folder.join("socket")}`);
    const limited = 'ulimit -n 120; exec "$0" run -A "$1" "$2" 120';
    const program = childPath("descriptors_without_room.ts");
    await using child = startProgram("sh", "-c", limited, Deno.execPath(), program, folder.join("socket"));
    await using client = await listener.accept();
    const pipes = Array.from({ length: 32 }, () => pipe());
    await sendDescriptors(client, ONE, pipes.flatMap(({ reader, writer }) => [reader, writer]));
    const outcome = JSON.parse(await child.finished());
    for (const one of pipes) one[Symbol.dispose]();
    assertEquals(outcome.name, "InvalidData");
    assertStringIncludes(outcome.message, "more came than this process has room for");
    assertEquals(outcome.left, 0);
  });
});

test("what was not taken is closed with the result, and nothing is taken twice", async (a, b) => {
  using one = pipe();
  const received = await passed(a, b, one.reader, one.writer);
  const [reader, writer] = received.descriptors;
  const taken = reader!.reader();
  assertThrows(() => reader!.reader(), Deno.errors.BadResource, "it was taken");
  received[Symbol.dispose]();
  assertThrows(() => writer!.writer(), Deno.errors.BadResource);
  await one.writer.write("still open\n");
  assertEquals((await taken.lines().next()).value, "still open");
  taken.close();
});

test("a descriptor is not taken for what it is not", async (a, b) => {
  using one = pipe();
  using received = await passed(a, b, one.reader);
  const [reader] = received.descriptors;
  for (const take of ["writer", "socket", "listener"] as const) {
    assertThrows(() => reader![take](), Deno.errors.InvalidData, "it is a reader");
  }
  using taken = reader!.reader();
  assertEquals(taken.tryRead(ONE), 0);
});

test("what cannot be sent is refused, and nothing is left behind", async (a, b) => {
  using one = pipe();
  await assertRejects(
    () => sendDescriptors(a, new Uint8Array(0), [one.reader]),
    RangeError,
    "at least one byte",
  );
  const many = new Array(65).fill(one.reader);
  await assertRejects(() => sendDescriptors(a, ONE, many), RangeError, "at most 64");
  await assertRejects(() => sendDescriptors(a, ONE, [9999]), Deno.errors.BadResource);
  await assertRejects(() => sendDescriptors(a, ONE, [-1]), TypeError);
  for (const wrong of [{}, "3", null]) {
    await assertRejects(() => sendDescriptors(a, ONE, [wrong as unknown as number]), TypeError, "openSync");
  }
  await assertRejects(() => sendDescriptors(a, "x" as unknown as Uint8Array, []), TypeError);
  const closed = pipe();
  closed[Symbol.dispose]();
  await assertRejects(
    () => sendDescriptors(a, ONE, [closed.reader]),
    Deno.errors.BadResource,
    "it is closed",
  );
  await a.write("x");
  assertEquals(text(await readExactly(b, 1)), "x");
  b.close();
  await assertRejects(() => sendDescriptors(a, ONE, [one.reader]), Deno.errors.BrokenPipe);
});

Deno.test("descriptors travel over Unix sockets only", async () => {
  await using listener = await listen("tcp://127.0.0.1:0");
  await using client = await connect(listener.address);
  await using _server = await listener.accept();
  await assertRejects(() => sendDescriptors(client, ONE, []), Deno.errors.NotSupported);
  await assertRejects(() => receiveDescriptors(client), Deno.errors.NotSupported);
});

Deno.test("a child receives a connection that this process accepted", async () => {
  using folder = tempDir();
  await within(PATIENCE_MS, "the child", async () => {
    await using listener = await listen(`unix:${folder.join("socket")}`);
    await using child = startChild("descriptor_worker", { args: [folder.join("socket")] });
    await using worker = await listener.accept();
    for (let i = 0; i < 3; i++) {
      await using client = await connect(listener.address);
      const accepted = await listener.accept();
      await sendDescriptors(worker, ONE, [accepted]);
      accepted.close();
      await client.write(`client ${i}\n`);
      assertEquals((await client.lines().next()).value, `worker got: client ${i}`);
      assertEquals(await client.read(ONE), null);
    }
    worker.close();
    await child.finished();
  });
});
