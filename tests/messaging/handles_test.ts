/** Handles in messages. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { closeSync, openSync } from "node:fs";
import { Connection, connectionPair, Listener, pipe, type PipeReader } from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails } from "../support/errors.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { skipUnless } from "../support/skip.ts";
import { textOf } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

function test(name: string, body: (a: Connection, b: Connection) => Promise<void>): void {
  Deno.test(name, () =>
    assertNoLeak(() =>
      within(PATIENCE_MS, name, async () => {
        const [a, b] = connectionPair({ handles: true });
        using _a = a;
        using _b = b;
        await body(a, b);
      })
    ));
}

/** A pipe with a text in it, as its read end. */
async function pipeWith(text: string): Promise<PipeReader> {
  const { reader, writer } = pipe();
  await writer.write(text);
  writer.close();
  return reader;
}

test("each message comes with its own handles, among messages without", async (a, b) => {
  const sent: Promise<void>[] = [];
  for (let i = 0; i < 20; i++) {
    sent.push(a.send(`before ${i}`));
    const readers = await Promise.all(Array.from({ length: 1 + i % 3 }, (_, k) => pipeWith(`${i} ${k}`)));
    sent.push(a.sendWithHandles({ i }, readers).finally(() => readers.forEach((reader) => reader.close())));
    sent.push(a.send(pattern(i * 5000)));
  }
  for (let i = 0; i < 20; i++) {
    assertEquals(await b.recv(), `before ${i}`);
    using message = await b.recvWithHandles();
    assertEquals([message.value, message.handles.length], [{ i }, 1 + i % 3]);
    for (const [k, handle] of message.handles.entries()) {
      assertEquals(await textOf(handle.reader()), `${i} ${k}`);
    }
    using without = await b.recvWithHandles();
    assertEquals([without.value, without.handles], [pattern(i * 5000), []]);
  }
  await Promise.all(sent);
});

test("handles come with large messages, too", async (a, b) => {
  const [one, two] = [await pipeWith("one"), await pipeWith("two")];
  const sent = [
    a.sendWithHandles(pattern(1 << 20), [one]),
    a.send(pattern(300_000)),
    a.sendWithHandles(pattern(2 << 20), [two]),
  ];
  using first = await b.recvWithHandles();
  assertEquals(first.value, pattern(1 << 20));
  assertEquals(await textOf(first.handles[0]!.reader()), "one");
  assertEquals(await b.recv(), pattern(300_000));
  using last = await b.recvWithHandles();
  assertEquals(last.value, pattern(2 << 20));
  assertEquals(await textOf(last.handles[0]!.reader()), "two");
  await Promise.all(sent);
  one.close();
  two.close();
});

test("a connection's stream, a listener and a file can be sent", async (a, b) => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("file"), "content");
  const file = openSync(dir.join("file"), "r");
  await a.sendWithHandles("file", [file]);
  closeSync(file);
  using message = await b.recvWithHandles();
  assertEquals(message.handles.map(({ kind }) => kind), ["file"]);
  assertEquals(Deno.readTextFileSync(message.handles[0]!.path), "content");
});

test("handles of messages that are received without them are closed", async (a, b) => {
  for (const receive of [() => b.recv(), () => b.recvBytes(), () => b.recvBytesInto(new Uint8Array(99))]) {
    const { reader, writer } = pipe();
    using _writer = writer;
    await a.sendWithHandles("closed", [reader]);
    reader.close();
    await writer.write("somebody has it still");
    await receive();
    await assertRejects(() => writer.write("nobody has it"), Deno.errors.BrokenPipe);
  }
});

test("poll() and a time-out leave a message its handles", async (a, b) => {
  await assertRejects(() => b.recvWithHandles({ timeout: 5 }), Deno.errors.TimedOut);
  const reader = await pipeWith("kept");
  await a.sendWithHandles("message", [reader]);
  reader.close();
  assertEquals(await b.poll(), true);
  using message = await b.recvWithHandles();
  assertEquals(await textOf(message.handles[0]!.reader()), "kept");
});

test("a message whose handles cannot be sent is refused alone", async (a, b) => {
  using ends = pipe();
  const closed = pipe();
  closed.reader.close();
  closed.writer.close();
  const refused = [
    a.send("before"),
    a.sendWithHandles("too many", Array(65).fill(ends.reader)),
    a.sendWithHandles("closed", [ends.reader, closed.reader]),
    a.sendWithHandles("none", [{} as PipeReader]),
    a.send("between"),
  ].map((sending) => sending.then(() => "sent", (error) => error.constructor));
  assertEquals(await Promise.all(refused), ["sent", RangeError, Deno.errors.BadResource, TypeError, "sent"]);
  await a.sendWithHandles("after", [ends.writer]);
  for (const value of ["before", "between", "after"]) {
    using message = await b.recvWithHandles();
    assertEquals([message.value, message.handles.length], [value, value === "after" ? 1 : 0]);
  }
});

Deno.test("a message whose handles find no room is lost alone", async () => {
  using folder = tempDir();
  await within(PATIENCE_MS, "the child", async () => {
    await using listener = new Listener(`unix:${folder.join("socket")}`, { codec: "text" });
    await listener.ready;
    const limited = 'ulimit -n 120; exec "$0" run -A "$1" "$2" 120';
    const program = childPath("handles_without_room.ts");
    await using child = startProgram("sh", "-c", limited, Deno.execPath(), program, folder.join("socket"));
    await using client = await listener.accept();
    const pipes = Array.from({ length: 32 }, () => pipe());
    const ends = pipes.flatMap(({ reader, writer }) => [reader, writer]);
    for (const value of ["one", "two"]) await client.sendWithHandles(value, ends);
    await client.send("three");
    await client.sendWithHandles("four", ends.slice(0, 2));
    const outcome = JSON.parse(await child.finished());
    for (const one of pipes) one[Symbol.dispose]();
    assertEquals(outcome, {
      error: ["EMFILE", "Error"],
      left: 0,
      two: "two",
      three: "three",
      four: ["four", 2],
    });
  });
});

test("the end, and what is wrong, are as without handles", async (a, b) => {
  const waiting = b.recvWithHandles();
  assertEquals(await stillWaits(waiting), true);
  await assertFails(() => b.recvWithHandles(), { type: Deno.errors.Busy, code: "EBUSY" });
  await a.sendBytes(new Uint8Array([1]));
  await assertFails(() => waiting, { type: Deno.errors.InvalidData, code: "EBADMSG" });
  const { reader, writer } = pipe();
  reader.close();
  await assertFails(() => a.sendWithHandles("closed", [reader]), {
    type: Deno.errors.BadResource,
    code: "EBADF",
  });
  writer.close();
});

Deno.test("handles cannot go over what is no Unix socket, nor be received without the option", async () => {
  const notUnix = { type: Deno.errors.NotSupported, code: "EOPNOTSUPP", syscall: "sendmsg" };
  using there = pipe();
  using back = pipe();
  const ends = { reader: there.reader, writer: back.writer };
  await assertFails(() => Connection.over(ends, { handles: true }), notUnix);
  using connection = await Connection.over(ends);
  await assertFails(() => connection.sendWithHandles(1, [0]), notUnix);
  const [a, b] = connectionPair();
  using _a = a;
  using _b = b;
  await assertFails(() => b.recvWithHandles(), { type: TypeError });
});

Deno.test("a connection over TCP that shall receive handles is refused on both sides, and leaves nothing open", () =>
  assertNoLeak(async () => {
    const rejected: Error[] = [];
    await using listener = new Listener("tcp://127.0.0.1:0", {
      handles: true,
      onRejected: (error) => rejected.push(error),
    });
    await assertRejects(
      async () => await Connection.connect(await listener.ready, { handles: true }),
      Deno.errors.NotSupported,
    );
    await until("the listener to have noticed", () => rejected.length === 1);
    assert(rejected[0] instanceof Deno.errors.NotSupported);
  }));

Deno.test({
  name: "Python's socket.send_fds and socket.recv_fds exchange handles with ours",
  ignore: skipUnless("python3"),
  fn: () =>
    assertNoLeak(async () => {
      using dir = tempDir();
      const path = dir.join("socket");
      await using listener = new Listener(`unix:${path}`, { codec: "text", handles: true });
      await listener.ready;
      await using python = startProgram("python3", childPath("handles.py"), path);
      await using connection = await listener.accept({ timeout: PATIENCE_MS });
      const { reader, writer } = pipe();
      await connection.sendWithHandles("write", [writer]);
      writer.close();
      assertEquals(await textOf(reader), "written by Python\n");
      using message = await connection.recvWithHandles({ timeout: PATIENCE_MS });
      assertEquals(message.value, "read");
      assertEquals(await textOf(message.handles[0]!.reader()), "read from Python\n");
      await python.finished();
    }),
});
