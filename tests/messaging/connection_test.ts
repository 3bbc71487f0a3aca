import { assert, assertEquals, assertRejects } from "@std/assert";
import { msgpack } from "../../lib/messaging/msgpack.ts";
import type { Codec } from "../../mod.ts";
import { testConnections } from "../support/connections.ts";
import { pattern } from "../support/content.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { stillWaits } from "../support/waiting.ts";
import { until } from "../support/watchdog.ts";

testConnections("values go both ways, in order", async ([a, b]) => {
  const values = [{ a: [1, "two", null] }, "text", 5, new Map([["k", new Date(0)]]), undefined, null, false];
  for (const value of values) await a.send(value);
  for (const value of values) assertEquals(await b.recv(), value);
  await b.send("back");
  assertEquals(await a.recv(), "back");
});

testConnections("messages of every size arrive whole", async ([a, b]) => {
  const sizes = [0, 1, 3, 4, 5, 4091, 4092, 4096, 16384, 16385, 65536, 65537, 1 << 20, 3_000_001];
  const sending = (async () => {
    for (const size of sizes) await a.sendBytes(pattern(size));
  })();
  for (const size of sizes) assertEquals(await b.recvBytes(), pattern(size));
  await sending;
});

testConnections(
  "many messages sent at once, and not awaited one by one, keep their order",
  async ([a, b]) => {
    const count = 20_000;
    const sent = Promise.all(
      Array.from({ length: count }, (_, i) => a.send(i % 100 === 0 ? { i, p: pattern(5000) } : i)),
    );
    for (let i = 0; i < count; i++) {
      const value = await b.recv();
      assertEquals(typeof value === "number" ? value : value.i, i);
    }
    await sent;
  },
);

testConnections("both sides can send at once more than the kernel takes", async ([a, b]) => {
  const bytes = pattern(4 << 20);
  const sent = [a.sendBytes(bytes), b.sendBytes(bytes)];
  assertEquals(await a.recvBytes(), bytes);
  assertEquals(await b.recvBytes(), bytes);
  await Promise.all(sent);
});

testConnections("for await gives each value, and ends with the other side", async ([a, b]) => {
  for (const value of ["one", "two", "three"]) await a.send(value);
  a.close();
  const got = [];
  for await (const value of b) got.push(value);
  assertEquals(got, ["one", "two", "three"]);
});

testConnections("leaving a for await loses nothing, and closes nothing", async ([a, b]) => {
  for (const value of [1, 2, 3]) await a.send(value);
  for await (const value of b) {
    assertEquals(value, 1);
    break;
  }
  assertEquals(await b.recv(), 2);
  assertEquals(await b.recv(), 3);
  assertEquals(b.closed, false);
});

testConnections("recv() rejects with UnexpectedEof at the end, once and again", async ([a, b]) => {
  await a.send("last");
  a.close();
  assertEquals(await b.recv(), "last");
  await assertFails(() => b.recv(), { type: Deno.errors.UnexpectedEof, code: "EOF" });
  await assertFails(() => b.recvBytes(), { type: Deno.errors.UnexpectedEof, code: "EOF" });
  await assertFails(() => b.recvBytesInto(new Uint8Array(1)), {
    type: Deno.errors.UnexpectedEof,
    code: "EOF",
  });
});

testConnections(
  "what was sent, and not awaited, arrives when the connection is closed at once",
  async ([a, b]) => {
    const sent = [a.send("one"), a.send(pattern(1000))];
    a.close();
    await Promise.all(sent);
    assertEquals(await b.recv(), "one");
    assertEquals(await b.recv(), pattern(1000));
    await assertRejects(() => b.recv(), Deno.errors.UnexpectedEof);
  },
);

testConnections("send() to a side that has left rejects with BrokenPipe", async ([a, b]) => {
  b.close();
  // Over TCP the other side has to answer first that it is gone.
  let error: unknown;
  await until("a send to fail", async () => {
    error = await errorOf(() => a.send("anybody there?"));
    return error !== undefined;
  });
  assert(error instanceof Deno.errors.BrokenPipe, `${error}`);
  assertEquals((error as Error & { code: string }).code, "EPIPE");
  await assertRejects(() => a.send("again"), Deno.errors.BrokenPipe);
});

testConnections("a receive that times out, or is aborted, loses nothing", async ([a, b]) => {
  const late = await assertRejects(() => b.recv({ timeout: 5 }), Deno.errors.TimedOut);
  assert(late.message.includes("within 5 ms"), late.message);
  const controller = new AbortController();
  const receiving = b.recv({ signal: controller.signal });
  controller.abort("enough");
  assertEquals(await errorOf(() => receiving), "enough");
  await a.send("still there");
  assertEquals(await b.recv(), "still there");
});

testConnections("a receive that times out inside a message goes on with it", async ([a, b]) => {
  const bytes = pattern(8 << 20);
  const sending = a.sendBytes(bytes);
  let timeouts = 0;
  for (;;) {
    try {
      assertEquals(await b.recvBytes({ timeout: 1 }), bytes);
      break;
    } catch (error) {
      assert(error instanceof Deno.errors.TimedOut, `${error}`);
      timeouts++;
    }
  }
  await sending;
  await a.send(timeouts);
  assertEquals(await b.recv(), timeouts);
});

testConnections("a second receive at once is Busy", async ([a, b]) => {
  const first = b.recv();
  for (
    const second of [
      () => b.recv(),
      () => b.recvBytes(),
      () => b.poll(),
      () => b.recvBytesInto(new Uint8Array(9)),
    ]
  ) {
    await assertFails(second, { type: Deno.errors.Busy, code: "EBUSY" });
  }
  await a.send("for the first");
  assertEquals(await first, "for the first");
});

testConnections("use after close is BadResource, and close() ends a receive under way", async ([a, b]) => {
  const receiving = b.recv();
  receiving.catch(() => {});
  assertEquals(await stillWaits(receiving), true);
  b.close();
  b.close();
  for (
    const use of [
      () => receiving,
      () => b.recv(),
      () => b.send(1),
      () => b.poll(),
      () => b.sendBytes(new Uint8Array()),
    ]
  ) {
    await assertFails(use, { type: Deno.errors.BadResource, code: "EBADF" });
  }
  assertEquals([a.closed, b.closed], [false, true]);
});

testConnections("close() ends this side's for await", async ([a, b]) => {
  const got: unknown[] = [];
  const looping = (async () => {
    for await (const value of b) got.push(value);
  })();
  await a.send(1);
  await until("the loop to have got it", () => got.length === 1);
  b.close();
  await looping;
});

testConnections("poll() tells of a whole message and of the end, and takes nothing", async ([a, b]) => {
  assertEquals(await b.poll(), false);
  assertEquals(await b.poll({ timeout: 5 }), false);
  const polling = b.poll({ timeout: Infinity });
  assertEquals(await stillWaits(polling), true);
  await a.send("here");
  assertEquals(await polling, true);
  assertEquals(await b.poll(), true);
  assertEquals(await b.recv(), "here");
  assertEquals(await b.poll(), false);
  a.close();
  assertEquals(await b.poll({ timeout: Infinity }), true);
});

testConnections("poll() can be aborted", async ([, b]) => {
  const controller = new AbortController();
  const polling = b.poll({ timeout: Infinity, signal: controller.signal });
  controller.abort("enough");
  assertEquals(await errorOf(() => polling), "enough");
});

testConnections("recvBytesInto() fills the caller's memory", async ([a, b]) => {
  const p = new Uint8Array(2 << 20);
  for (const size of [5, 100_000, 1 << 20]) {
    const sending = a.sendBytes(pattern(size));
    assertEquals(await b.recvBytesInto(p), size);
    assertEquals(p.subarray(0, size), pattern(size));
    await sending;
  }
});

testConnections("recvBytesInto() leaves a message that is too large for the next receive", async ([a, b]) => {
  for (const size of [10, 100_000]) {
    const sending = a.sendBytes(pattern(size));
    await assertRejects(
      () => b.recvBytesInto(new Uint8Array(9)),
      RangeError,
      `${size} bytes, and the buffer 9`,
    );
    assertEquals(await b.recvBytes(), pattern(size));
    await sending;
  }
});

testConnections(
  "a value that cannot be carried is named, and the connection stays usable",
  async ([a, b]) => {
    const error = await assertRejects(() => a.send({ a: [1, 2, 3, { f() {} }] }), TypeError);
    assertEquals(error.message, "Cannot send as structured: $.a[3].f: a function");
    await a.send("fine");
    assertEquals(await b.recv(), "fine");
  },
);

testConnections("a message that cannot be decoded is lost alone", async ([a, b]) => {
  await a.sendBytes(new TextEncoder().encode("no structured clone"));
  await a.send("fine");
  await assertFails(() => b.recv(), { type: Deno.errors.InvalidData, code: "EBADMSG" });
  assertEquals(await b.recv(), "fine");
});

testConnections("maxMessageSize holds for what is sent", async ([a, b]) => {
  await assertRejects(
    () => a.sendBytes(new Uint8Array(1001)),
    RangeError,
    "1001 bytes, and maxMessageSize is 1000",
  );
  await a.sendBytes(pattern(1000));
  assertEquals(await b.recvBytes(), pattern(1000));
}, { maxMessageSize: 1000 });

testConnections("with an authKey both sides are connected after the handshake", async ([a, b]) => {
  await a.send("authentic");
  assertEquals(await b.recv(), "authentic");
  await b.send(pattern(10_000));
  assertEquals(await a.recv(), pattern(10_000));
}, { authKey: "secret" });

testConnections("send() waits while the other side does not read, and can be ended", async ([a, b], way) => {
  const bytes = pattern(16 << 20);
  const large = a.sendBytes(bytes);
  await assertFails(() => a.send("later", { timeout: 20 }), {
    type: Deno.errors.TimedOut,
    code: "ETIMEDOUT",
  });
  const controller = new AbortController();
  const aborted = a.send("never", { signal: controller.signal });
  controller.abort("enough");
  assertEquals(await errorOf(() => aborted), "enough");
  assertEquals(await stillWaits(large), true, way);
  // Both of these were withdrawn: nothing of them had left.
  const last = a.send("last");
  assertEquals(await b.recvBytes(), bytes);
  assertEquals(await b.recv(), "last");
  await Promise.all([large, last]);
});

testConnections("a send that is ended after its message began to leave sends all of it", async ([a, b]) => {
  const bytes = pattern(16 << 20);
  await assertRejects(() => a.sendBytes(bytes, { timeout: 20 }), Deno.errors.TimedOut);
  const next = a.send("next");
  assertEquals(await b.recvBytes(), bytes);
  assertEquals(await b.recv(), "next");
  await next;
});

testConnections("sends that the kernel does not take reject when the connection is closed", async ([a]) => {
  const sending = a.sendBytes(new Uint8Array(32 << 20));
  sending.catch(() => {});
  assertEquals(await stillWaits(sending), true);
  a.close();
  await assertFails(() => sending, { type: Deno.errors.BadResource, code: "EBADF" });
});

for (const codec of ["structured", "json", "text", "bytes", msgpack] as const) {
  const name = typeof codec === "string" ? codec : codec.name;
  const values = Array.from({ length: 6 }, (_, i) => {
    const bytes = pattern(40_000 * (i + 1), i);
    return name === "bytes" ? bytes : name === "text" || name === "json" ? bytes.toBase64() : { i, bytes };
  });
  testConnections(`large values sent in one turn stay apart, by ${name}`, async ([a, b]) => {
    const sent = values.map((value) => a.send(value));
    for (const value of values) assertEquals(await b.recv(), value);
    await Promise.all(sent);
  }, { codec: codec as Codec<unknown>, ways: ["a socket pair"] });
}
