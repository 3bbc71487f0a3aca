/** The wire of multiprocessing.connection, byte by byte, and what is wrong on it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Connection } from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { frame, header, joined, longHeader, testRawWire } from "../support/raw_wire.ts";
import { stillWaits } from "../support/waiting.ts";

testRawWire(
  "a message is its length in four bytes, big-endian, and its body",
  async ({ connection, output }) => {
    const p = new Uint8Array(100_000);
    for (const body of [joined("héllo"), new Uint8Array(), pattern(0x010203)]) {
      const sending = connection.sendBytes(body);
      const wire = joined(header(body.length), body);
      for (let at = 0; at < wire.length;) {
        const count = await output.read(p);
        assertEquals(p.subarray(0, count!), wire.subarray(at, at + count!));
        at += count!;
      }
      await sending;
    }
  },
);

testRawWire("a message may come byte by byte", async ({ connection, input }) => {
  const wire = joined(frame("one"), frame(""), frame(pattern(300)), frame("end"));
  const received: Uint8Array[] = [];
  const receiving = (async () => {
    while (received.length < 4) received.push(await connection.recvBytes());
  })();
  for (let i = 0; i < wire.length; i++) await input.write(wire.subarray(i, i + 1));
  await receiving;
  assertEquals(received, [joined("one"), joined(""), pattern(300), joined("end")]);
});

testRawWire("the long form of a length is understood", async ({ connection, input }) => {
  await input.write(joined(longHeader(5n), "hello", longHeader(20_000n), pattern(20_000), frame("end")));
  assertEquals(await connection.recvBytes(), joined("hello"));
  assertEquals(await connection.recvBytes(), pattern(20_000));
  assertEquals(await connection.recvBytes(), joined("end"));
});

testRawWire("a length that is split between reads is understood", async ({ connection, input }) => {
  const receiving = connection.recvBytes();
  for (
    const part of [longHeader(5n).subarray(0, 3), longHeader(5n).subarray(3, 9), longHeader(5n).subarray(9)]
  ) {
    await input.write(part);
    assertEquals(await stillWaits(receiving, 5), true);
  }
  await input.write("hello");
  assertEquals(await receiving, joined("hello"));
});

const WRONG: Record<string, [wire: Uint8Array, code: string, words: string]> = {
  "a negative length": [header(-2), "EPROTO", "its length is -2"],
  "the least length": [header(-0x80000000), "EPROTO", "its length is -2147483648"],
  "a length over the limit": [header(1001), "EMSGSIZE", "1001 bytes, and maxMessageSize is 1000"],
  "the largest length": [header(0x7fffffff), "EMSGSIZE", "2147483647 bytes"],
  "a long length over the limit": [longHeader(1001n), "EMSGSIZE", "1001 bytes"],
  "the longest length": [longHeader(0xffffffffffffffffn), "EMSGSIZE", "maxMessageSize is 1000"],
};

for (const [what, [wire, code, words]] of Object.entries(WRONG)) {
  testRawWire(`${what} is an error that closes the connection`, async ({ connection, input }) => {
    await input.write(joined(frame("fine"), wire, frame("lost")));
    assertEquals(await connection.recvBytes(), joined("fine"));
    const error = await assertFails(() => connection.recv(), { type: Deno.errors.InvalidData, code });
    assertStringIncludes(error.message, words);
    assertEquals(connection.closed, true);
    const after = await assertFails(() => connection.recv(), {
      type: Deno.errors.BadResource,
      code: "EBADF",
    });
    assertStringIncludes(after.message, words);
    await assertFails(() => connection.send(1), { type: Deno.errors.BadResource, code: "EBADF" });
    await assertFails(() => input.write("more"), {
      type: Deno.errors.BrokenPipe,
      code: "EPIPE",
      syscall: "write",
    });
  }, { maxMessageSize: 1000 });

  testRawWire(`${what} is an error of for await and of poll(), too`, async ({ connection, input }) => {
    await input.write(wire);
    await assertFails(() => connection.poll({ timeout: Infinity }), { type: Deno.errors.InvalidData, code });
    const loop = async () => {
      for await (const _ of connection);
    };
    await assertFails(loop, { type: Deno.errors.BadResource, code: "EBADF" });
  }, { maxMessageSize: 1000 });
}

const CUT: Record<string, [wire: Uint8Array, missing: number]> = {
  "a length": [header(5).subarray(0, 1), 3],
  "a long length": [longHeader(5n).subarray(0, 4), 8],
  "a long length, near its end": [longHeader(5n).subarray(0, 11), 1],
  "a body": [joined(header(10), "1234"), 6],
  "a body of which nothing came": [header(1), 1],
  "a large body": [joined(header(100_000), pattern(30_000)), 70_000],
};

for (const [what, [wire, missing]] of Object.entries(CUT)) {
  testRawWire(`an end inside ${what} says how much is missing`, async ({ connection, input }) => {
    await input.write(joined(frame("fine"), wire));
    input.close();
    assertEquals(await connection.recvBytes(), joined("fine"));
    const error = await errorOf(() => connection.recv());
    assert(error instanceof Deno.errors.UnexpectedEof, `${error}`);
    assertStringIncludes(error.message, `${missing} bytes are missing`);
    assertEquals(error, Object.assign(error, { code: "EPROTO", missing }));
    assertEquals(await connection.poll(), true);
    assertEquals(connection.closed, false);
  });
}

testRawWire(
  "recvBytesInto() that times out gives the memory back, and loses nothing",
  async ({ connection, input }) => {
    const bytes = pattern(60_000);
    const p = new Uint8Array(100_000);
    await input.write(joined(header(bytes.length), bytes.subarray(0, 40_000)));
    for (const timeout of [0, 5]) {
      await assertFails(() => connection.recvBytesInto(p, { timeout }), {
        type: Deno.errors.TimedOut,
        code: "ETIMEDOUT",
      });
      p.fill(0);
    }
    await input.write(bytes.subarray(40_000));
    assertEquals(await connection.recvBytes(), bytes);
    assertEquals(p.every((byte) => byte === 0), true);
  },
);

testRawWire(
  "a message that is announced and does not come costs no more than its limit",
  async ({ connection, input }) => {
    const before = Deno.memoryUsage().rss;
    await input.write(joined(header(64 * 1024 * 1024), "only this"));
    const receiving = connection.recv({ timeout: 100 });
    await assertFails(() => receiving, { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
    assert(Deno.memoryUsage().rss - before < 80 * 1024 * 1024);
  },
);

testRawWire("messages sent in one turn leave in one write", async ({ connection, output }) => {
  const sent = [];
  for (let i = 0; i < 100; i++) sent.push(connection.send("x".repeat(i)));
  assertEquals(output.tryRead(new Uint8Array(1)), 0);
  await sent[0];
  const p = new Uint8Array(100_000);
  assertEquals(output.tryRead(p), 100 * 4 + 99 * 100 / 2);
  await Promise.all(sent);
}, { codec: "text" });

Deno.test("messages sent in one turn are few writes of a transport that only has write()", async () => {
  const writes: number[] = [];
  const stream = {
    read: () => new Promise<null>(() => {}),
    async write(p: Uint8Array) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      writes.push(p.length);
    },
    close() {},
  };
  using connection = await Connection.over(stream, { codec: "text" });
  await Promise.all(Array.from({ length: 1000 }, () => connection.send("12345678")));
  assertEquals(writes.reduce((sum, bytes) => sum + bytes), 12_000);
  assert(writes.length <= 4, `${writes.length} writes`);
});

Deno.test("a header and a body of up to 16 KiB leave in one write", async () => {
  const writes: number[] = [];
  const stream = {
    read: () => new Promise<null>(() => {}),
    write: () => Promise.resolve(),
    tryWrite(p: Uint8Array) {
      writes.push(p.length);
      return p.length;
    },
    close() {},
  };
  using connection = await Connection.over(stream, { codec: "bytes" });
  for (const size of [0, 1, 4096, 16384]) await connection.send(pattern(size));
  assertEquals(writes, [4, 5, 4100, 16388]);
});
