import {
  assert,
  assertEquals,
  assertGreater,
  assertInstanceOf,
  assertLess,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { pattern } from "../support/content.ts";
import { bytesUntilEnd, fillUp, readExactly, testStreams, textUntilEnd } from "../support/sockets.ts";
import { stillWaits } from "../support/waiting.ts";
import { until } from "../support/watchdog.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

testStreams("bytes and text go both ways, at the same time", async ({ client, server }) => {
  const there = pattern(3_000_000);
  const back = pattern(2_000_000, 17);
  const writing = Promise.all([client.write(there), server.write(back)]);
  const [got, gotBack] = await Promise.all([
    readExactly(server, there.length),
    readExactly(client, back.length),
  ]);
  await writing;
  assertEquals(got, there);
  assertEquals(gotBack, back);
  await client.write("grüße\n");
  assertEquals(text(await readExactly(server, 8)), "grüße\n");
});

testStreams("read() waits for a byte, and fills the buffer's start only", async ({ client, server }) => {
  const p = new Uint8Array(4).fill(7);
  const reading = server.read(p);
  assert(await stillWaits(reading));
  await client.write(new Uint8Array([1, 2]));
  assertEquals(await reading, 2);
  assertEquals([...p], [1, 2, 7, 7]);
});

testStreams("reads in pieces of any size give every byte in order", async ({ client, server }) => {
  const sent = pattern(300_000);
  const writing = client.write(sent).then(() => client.closeWrite());
  const got: number[] = [];
  const sizes = [1, 7, 64, 4096, 70_000, 3, 5000, 2];
  for (let i = 0;; i++) {
    const p = new Uint8Array(sizes[i % sizes.length]!);
    const count = await server.read(p);
    if (count === null) break;
    got.push(...p.subarray(0, count));
  }
  await writing;
  assertEquals(new Uint8Array(got), sent);
});

testStreams("writes are done in the order of their calls", async ({ client, server }) => {
  const parts = Array.from({ length: 40 }, (_, i) => pattern(50_000, i * 50_000));
  const writing = Promise.all(parts.map((part) => client.write(part))).then(() => client.closeWrite());
  assertEquals(await bytesUntilEnd(server), pattern(2_000_000));
  await writing;
  assertEquals(client.bytesWritten, 2_000_000);
});

testStreams("a write waits when the other side does not read", async ({ client, server }) => {
  const { waiting, stop } = fillUp(client);
  await until("the write to wait", () => stillWaits(waiting, 200));
  assertLess(client.bytesWritten, 64 * 1024 * 1024);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  assertGreater((await server.read(new Uint8Array(100)))!, 0);
});

testStreams(
  "closeWrite() is an end for the other side, which can still write",
  async ({ client, server }) => {
    await client.write("question");
    await client.closeWrite();
    await client.closeWrite();
    assertEquals(await textUntilEnd(server), "question");
    assertEquals(await server.read(new Uint8Array(1)), null, "the end stays");
    await server.write("answer");
    assertEquals(text(await readExactly(client, 6)), "answer");
    await assertRejects(() => client.write("more"), Deno.errors.BadResource);
    assertEquals(client.closed, false);
  },
);

testStreams("closeWrite() comes after the writes under way", async ({ client, server }) => {
  const sent = pattern(4_000_000);
  const writing = client.write(sent);
  const ending = client.closeWrite();
  assertEquals(await bytesUntilEnd(server), sent);
  await Promise.all([writing, ending]);
});

testStreams("what was written before close() arrives, and then the end", async ({ client, server }) => {
  await client.write("last words");
  client.close();
  assertEquals(await textUntilEnd(server), "last words");
});

testStreams(
  "what was written before close() arrives, also when nothing was read",
  async ({ client, server }) => {
    await client.write("a question that nobody reads");
    await server.write("the answer");
    server.close();
    // Behind an answer comes an end, and not the error that unread bytes would make of it.
    assertEquals(await textUntilEnd(client), "the answer");
  },
);

testStreams(
  "what was written before close() arrives while the other side goes on",
  async ({ client, server }) => {
    const answer = pattern(100_000);
    const going = (async () => {
      for (;;) await client.write(new Uint8Array(1000));
    })();
    going.catch(() => {});
    await server.read(new Uint8Array(10));
    await server.write(answer);
    server.close();
    assertEquals(await readExactly(client, answer.length), answer);
    client.close();
    await assertRejects(() => going);
  },
);

testStreams(
  "a write to a side that is gone is BrokenPipe, and the process lives",
  async ({ client, server }) => {
    server.close();
    const error = await assertRejects(async () => {
      for (;;) await client.write("anybody?");
    }, Deno.errors.BrokenPipe);
    assertEquals((error as { code?: string }).code, "EPIPE");
    await assertRejects(async () => {
      for (;;) await client.write("anybody?");
    }, Deno.errors.BrokenPipe);
  },
);

testStreams("a second read during a read is Busy, and does the first no harm", async ({ client, server }) => {
  const p = new Uint8Array(10);
  const first = server.read(p);
  const error = await assertRejects(() => server.read(new Uint8Array(10)), Deno.errors.Busy);
  assertEquals((error as { code?: string }).code, "EBUSY");
  await assertRejects(() => server.lines().next(), Deno.errors.Busy);
  await client.write("one");
  assertEquals(await first, 3);
  await client.write("two");
  assertEquals(await server.read(p), 3);
});

testStreams("every call of a closed stream is BadResource that says so", async ({ client }) => {
  client.close();
  client.close();
  assert(client.closed);
  const p = new Uint8Array(10);
  await assertRejects(() => client.read(p), Deno.errors.BadResource, "it is closed");
  await assertRejects(() => client.write(p), Deno.errors.BadResource, "it is closed");
  await assertRejects(() => client.lines().next(), Deno.errors.BadResource, "it is closed");
  await assertRejects(() => client.closeWrite(), Deno.errors.BadResource, "it is closed");
});

testStreams("close() ends the read and the writes under way with BadResource", async ({ client }) => {
  const { waiting } = fillUp(client);
  await until("the write to wait", () => stillWaits(waiting, 100));
  const reading = assertRejects(() => client.read(new Uint8Array(1)), Deno.errors.BadResource, "during the");
  const writing = assertRejects(() => waiting, Deno.errors.BadResource, "during the");
  const queued = assertRejects(() => client.write("next"), Deno.errors.BadResource);
  client.close();
  await Promise.all([reading, writing, queued]);
});

testStreams("a stream that is disposed of is closed", async ({ client, server }) => {
  {
    using a = client;
    await using b = server;
    assertEquals([a.closed, b.closed], [false, false]);
  }
  assertEquals([client.closed, server.closed], [true, true]);
});

testStreams("a read refuses an empty buffer and what is no Uint8Array", async ({ client, server }) => {
  await client.write("x");
  await assertRejects(() => server.read(new Uint8Array(0)), RangeError, "empty buffer");
  for (const p of [new ArrayBuffer(8), [1, 2], "text", undefined]) {
    await assertRejects(
      () => server.read(p as unknown as Uint8Array),
      TypeError,
      "takes the Uint8Array to fill",
    );
    if (typeof p !== "string") {
      await assertRejects(
        () => client.write(p as unknown as Uint8Array),
        TypeError,
        "takes a Uint8Array or a string",
      );
    }
  }
  assertEquals(text(await readExactly(server, 1)), "x", "nothing was taken");
});

testStreams(
  "a buffer detached during a read is a TypeError, and its bytes are the next read's",
  async (sides) => {
    const { client, server } = sides;
    const p = new Uint8Array(100);
    const reading = server.read(p);
    p.buffer.transfer(0);
    await client.write("kept");
    await assertRejects(() => reading, TypeError, "detached");
    assertEquals(text(await readExactly(server, 4)), "kept");
  },
);

testStreams("calls that need a descriptor are there exactly where it is", async ({ client, server, own }) => {
  const p = new Uint8Array(10);
  if (own) {
    assertEquals(server.tryRead!(p), 0);
    assertEquals(client.tryWrite!("abc"), 3);
    assertEquals(server.tryRead!(p), 3);
    client.writeSync("def");
    assertEquals(server.readSync(p), 3);
    assertThrows(() => server.readSync(p, { timeout: 1 }), Deno.errors.TimedOut);
    await client.closeWrite();
    assertEquals(server.tryRead!(p), null);
    assertEquals(client.bytesWritten, 6);
  } else {
    assertEquals([server.tryRead, client.tryWrite], [undefined, undefined]);
    const error = assertThrows(() => server.readSync(p), Deno.errors.NotSupported, "descriptor of its own");
    assertEquals((error as { code?: string }).code, "EOPNOTSUPP");
    assertThrows(() => client.writeSync(p), Deno.errors.NotSupported, "descriptor of its own");
  }
});

testStreams("an error says which connection it was about", async ({ client }) => {
  const error = await assertRejects(() => client.read(new Uint8Array(1), { timeout: 1 }));
  assertInstanceOf(error, Deno.errors.TimedOut);
  assertStringIncludes(error.message, "Cannot read from ");
  assertStringIncludes(error.message, "within 1 ms");
  assert(bytes(error.message).length < 300);
});
