import { assert, assertEquals, assertRejects } from "@std/assert";
import { pattern } from "../support/content.ts";
import { bytesUntilEnd, fillUp, readExactly, testStreams, textUntilEnd } from "../support/sockets.ts";
import { stillWaits } from "../support/waiting.ts";
import { until } from "../support/watchdog.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

testStreams("an aborted read() rejects with the reason, and loses nothing", async ({ client, server }) => {
  const controller = new AbortController();
  const reading = server.read(new Uint8Array(100), { signal: controller.signal });
  const reason = new Error("changed my mind");
  controller.abort(reason);
  assertEquals(await assertRejects(() => reading), reason);
  await client.write("hello");
  assertEquals(text(await readExactly(server, 5)), "hello");
  await assertRejects(() => server.read(new Uint8Array(1), { signal: controller.signal }), Error, "changed");
});

testStreams("a timed-out read() is TimedOut, and what comes later is the next read's", async (sides) => {
  const { client, server } = sides;
  const error = await assertRejects(
    () => server.read(new Uint8Array(100), { timeout: 10 }),
    Deno.errors.TimedOut,
    "within 10 ms",
  );
  assertEquals((error as { code?: string }).code, "ETIMEDOUT");
  await client.write("late");
  // A smaller buffer than the one that gave up: what does not fit waits.
  assertEquals(text(await readExactly(server, 1)), "l");
  assertEquals(text(await readExactly(server, 3)), "ate");
});

testStreams("reads that are given up at any moment lose no byte", async ({ client, server }) => {
  const sent = pattern(40_000);
  const writing = (async () => {
    for (let at = 0; at < sent.length; at += 100) {
      await client.write(sent.subarray(at, at + 100));
      if (at % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await client.closeWrite();
  })();
  const got: number[] = [];
  for (let i = 0;; i++) {
    const controller = new AbortController();
    const p = new Uint8Array(1 + i % 130);
    const reading = server.read(p, { signal: controller.signal });
    if (i % 3 === 0) controller.abort();
    else if (i % 3 === 1) queueMicrotask(() => controller.abort());
    try {
      const count = await reading;
      if (count === null) break;
      got.push(...p.subarray(0, count));
    } catch (error) {
      assertEquals((error as Error).name, "AbortError");
    }
  }
  await writing;
  assertEquals(new Uint8Array(got), sent);
});

testStreams("an end that comes during an aborted read() is the next read's", async ({ client, server }) => {
  await assertRejects(() => server.read(new Uint8Array(1), { timeout: 1 }), Deno.errors.TimedOut);
  await client.closeWrite();
  assertEquals(await server.read(new Uint8Array(1)), null);
  assertEquals(await server.read(new Uint8Array(1)), null);
});

testStreams("an aborted write() leaves a beginning of it, and the next write comes behind", async (sides) => {
  const { client, server } = sides;
  const { waiting, stop } = fillUp(client);
  await until("the write to wait", () => stillWaits(waiting, 100));
  stop.abort(new Error("stop"));
  await assertRejects(() => waiting, Error, "stop");
  // More than all buffers of the kernel hold: it is stuck in its middle until somebody reads.
  const big = new Uint8Array(32_000_000).fill(1);
  const begun = new AbortController();
  const writing = client.write(big, { signal: begun.signal });
  const first: Uint8Array[] = [];
  while (!first.at(-1)?.includes(1)) {
    const part = new Uint8Array(65536);
    first.push(part.subarray(0, await server.read(part) ?? 0));
  }
  begun.abort(new Error("enough"));
  await assertRejects(() => writing, Error, "enough");
  big.fill(2); // The memory is the caller's again.
  const rest = client.write("the end").then(() => client.closeWrite());
  const got = await new Blob([...first, await bytesUntilEnd(server)] as BlobPart[]).bytes();
  await rest;
  assertEquals(text(got.subarray(-7)), "the end");
  const before = got.subarray(0, -7);
  const ones = before.indexOf(1);
  assert(before.subarray(ones).every((byte) => byte === 1), "nothing came in between");
  assert(before.length - ones < big.length, "it was not sent whole");
  assertEquals(client.bytesWritten, got.length);
});

testStreams("a write that waits goes on when the other side has ended its own writing", async (sides) => {
  const { client, server } = sides;
  const { waiting, stop } = fillUp(server);
  await until("the write to wait", () => stillWaits(waiting, 100));
  const ended = server.read(new Uint8Array(1));
  await client.closeWrite();
  assertEquals(await ended, null);
  assert(await stillWaits(waiting, 50), "nobody has read anything yet");
  stop.abort(new Error("stop"));
  const reading = bytesUntilEnd(client);
  await assertRejects(() => waiting, Error, "stop");
  await server.write("tail");
  await server.closeWrite();
  const got = await reading;
  assertEquals(text(got.subarray(-4)), "tail");
  assertEquals(server.bytesWritten, got.length);
});

testStreams("a write that is aborted in the queue is never done", async ({ client, server }) => {
  const { waiting, stop } = fillUp(client);
  await until("the write to wait", () => stillWaits(waiting, 100));
  const controller = new AbortController();
  const queued = client.write("never", { signal: controller.signal });
  controller.abort(new Error("not this one"));
  await assertRejects(() => queued, Error, "not this one");
  stop.abort();
  await assertRejects(() => waiting);
  const last = client.write("last").then(() => client.closeWrite());
  const got = text(await bytesUntilEnd(server));
  await last;
  assertEquals([got.includes("never"), got.endsWith("last")], [false, true]);
});

testStreams("lines() strips line ends, and gives an unfinished last line", async ({ client, server }) => {
  await client.write("one\r\ntwo\n\ngrüße\nlast");
  await client.closeWrite();
  assertEquals(await Array.fromAsync(server.lines()), ["one", "two", "", "grüße", "last"]);
});

testStreams("leaving lines(), or aborting it, loses nothing", async ({ client, server }) => {
  await client.write("one\ntwo\nthr");
  for await (const line of server.lines()) {
    assertEquals(line, "one");
    break;
  }
  assertEquals((await server.lines().next()).value, "two");
  await assertRejects(() => server.lines({ timeout: 5 }).next(), Deno.errors.TimedOut);
  assertEquals(text(await readExactly(server, 2)), "th");
  await client.write("ee\n");
  assertEquals((await server.lines().next()).value, "ree");
});

testStreams(
  "a line over maxLineLength is a RangeError, and can still be read",
  async ({ client, server }) => {
    await client.write("far too long\n");
    await assertRejects(() => server.lines({ maxLineLength: 5 }).next(), RangeError, "longer than 5 bytes");
    await client.closeWrite();
    assertEquals(await textUntilEnd(server), "far too long\n");
  },
);

testStreams("bytes() and text() give everything until the end", async ({ client, server }) => {
  const sent = pattern(300_000);
  const writing = client.write(sent).then(() => client.closeWrite());
  assertEquals(await server.bytes(), sent);
  await writing;
  await server.write("grüße\n");
  await server.closeWrite();
  assertEquals(await client.text(), "grüße\n");
  assertEquals([await server.bytes(), await client.text()], [new Uint8Array(0), ""]);
});

testStreams("bytes() that gives up, or finds too many, loses nothing", async ({ client, server }) => {
  await client.write("one, ");
  await assertRejects(() => server.bytes({ timeout: 20 }), Deno.errors.TimedOut);
  await client.write("two");
  await assertRejects(() => server.text({ maxLength: 6 }), RangeError, "longer than 6 bytes");
  await client.closeWrite();
  assertEquals(await server.text({ maxLength: 8 }), "one, two");
});

testStreams(
  "the streams echo with pipeTo(), and close the connection at the end",
  async ({ client, server }) => {
    const echo = server.readable.pipeTo(server.writable);
    const sent = pattern(1_000_000);
    const writing = client.write(sent).then(() => client.closeWrite());
    assertEquals(await bytesUntilEnd(client), sent);
    await Promise.all([writing, echo]);
    assertEquals(server.closed, true);
  },
);

testStreams("a consumer that is slow slows the other side down", async ({ client, server }) => {
  const reader = server.readable.getReader();
  const { waiting, stop } = fillUp(client);
  await until("the write to wait", () => stillWaits(waiting, 200));
  const before = client.bytesWritten;
  assert((await reader.read()).value!.length > 0);
  assert(client.bytesWritten - before < 8_000_000);
  stop.abort();
  await assertRejects(() => waiting);
  await reader.cancel();
});

testStreams("a cancelled readable leaves writing possible", async ({ client, server }) => {
  await client.write("question");
  for await (const chunk of server.readable) {
    assertEquals(text(chunk), "question");
    break;
  }
  await server.write("answer");
  assertEquals(text(await readExactly(client, 6)), "answer");
  await server.writable.close();
  assertEquals(server.closed, true);
});

testStreams("an aborted writable closes the connection", async ({ client, server }) => {
  await client.writable.abort(new Error("gone"));
  assertEquals(client.closed, true);
  assertEquals(await server.read(new Uint8Array(1)), null);
});
