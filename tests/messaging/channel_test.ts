import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { Channel } from "../../mod.ts";
import { testChannel as test } from "../support/channels.ts";
import { bytes, numbered, numberOf, text } from "../support/numbered.ts";
import { uniqueName } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";

const SMALL = { capacity: 4096 };

test("what is sent is received, in every form of both", SMALL, async (channel) => {
  const sends = [
    (p: Uint8Array) => channel.send(p),
    (p: Uint8Array) => channel.sendSync(p),
    (p: Uint8Array) => assert(channel.trySend(p)),
    async (p: Uint8Array) => {
      (await channel.reserve(p.length)).set(p);
      channel.commit();
    },
    (p: Uint8Array) => {
      channel.reserveSync(p.length).set(p);
      channel.commit();
    },
    (p: Uint8Array) => {
      // More than is needed: the rest is not sent.
      channel.tryReserve(p.length + 50)!.set(p);
      channel.commit(p.length);
    },
  ];
  const peeked = (message: Uint8Array | null | undefined) => {
    const copy = message!.slice();
    channel.release();
    return copy;
  };
  const receives = [
    () => channel.recv(),
    () => channel.recvSync(),
    () => channel.tryRecv(),
    async () => peeked(await channel.peek()),
    () => peeked(channel.peekSync()),
    () => peeked(channel.tryPeek()),
    async () => (await channel[Symbol.asyncIterator]().next()).value,
  ];
  // Many times around the ring, with lengths of all kinds.
  for (let i = 0; i < 2000; i++) {
    await sends[i % sends.length]!(numbered(i, 1500));
    assertEquals(numberOf(await receives[i % receives.length]!() as Uint8Array, 1500), i);
  }
});

test("messages keep their order, however full the ring is", SMALL, (channel) => {
  let sent = 0;
  let received = 0;
  while (received < 5000) {
    while (channel.trySend(numbered(sent))) sent++;
    for (let count = 1 + sent % 7; count > 0 && received < sent; count--) {
      assertEquals(numberOf(channel.tryRecv()!), received++);
    }
  }
  assert(sent > received);
});

test("empty messages and those that fill the ring are carried", SMALL, (channel) => {
  for (const offset of [0, 8, 1000, 4088]) {
    for (let at = 0; at < offset; at += 8) {
      channel.sendSync(new Uint8Array(0));
      assertEquals(channel.recvSync(), new Uint8Array(0));
    }
    const largest = new Uint8Array(4088).fill(offset);
    // What is left before the end of the ring may have to be given back first.
    while (!channel.trySend(largest)) assertEquals(channel.tryRecv(), undefined);
    assertEquals(channel.trySend(new Uint8Array(0)), false);
    assertEquals(channel.recvSync(), largest);
  }
});

test("a received message is a copy that nothing changes later", SMALL, (channel) => {
  const kept: Uint8Array[] = [];
  for (let i = 0; i < 500; i++) {
    channel.sendSync(numbered(i));
    kept.push(channel.recvSync()!);
  }
  kept.forEach((message, i) => assertEquals(numberOf(message), i));
});

test("what is reserved and peeked begins at a multiple of 8", SMALL, (channel) => {
  for (let i = 0; i < 100; i++) {
    assertEquals(channel.reserveSync(i).byteOffset % 8, 0);
    channel.commit();
    assertEquals(channel.peekSync()!.byteOffset % 8, 0);
    channel.release();
  }
});

test("peek() shows the same message until it is released or received", SMALL, (channel) => {
  for (const message of ["one", "two", "three"]) channel.sendSync(bytes(message));
  assertEquals(text(channel.tryPeek()), "one");
  assertEquals(text(channel.peekSync()), "one");
  assertEquals(text(channel.recvSync()), "one");
  assertThrows(() => channel.release(), TypeError, "received since");
  assertEquals(text(channel.peekSync()), "two");
  channel.release();
  assertThrows(() => channel.release(), TypeError);
  assertEquals(text(channel.tryRecv()), "three");
  assertEquals(channel.tryPeek(), undefined);
});

test(
  "commit() without a reservation is an error, and a later send or reserve takes its place",
  SMALL,
  (channel) => {
    assertThrows(() => channel.commit(), TypeError, "nothing is reserved");
    channel.reserveSync(100);
    channel.sendSync(bytes("sent"));
    assertThrows(() => channel.commit(), TypeError, "something was sent since");
    channel.reserveSync(100);
    channel.reserveSync(3).set(bytes("abc"));
    assertThrows(() => channel.commit(4), RangeError, "3 bytes are reserved");
    channel.commit();
    assertThrows(() => channel.commit(), TypeError);
    assertEquals(text(channel.recvSync()), "sent");
    assertEquals(text(channel.recvSync()), "abc");
    assertEquals(channel.tryRecv(), undefined);
  },
);

test(
  "send() waits while the ring is full, and several that wait keep their order",
  SMALL,
  async (channel) => {
    let sent = 0;
    while (channel.trySend(numbered(sent))) sent++;
    const waiting = Array.from({ length: 20 }, (_, i) => channel.send(numbered(sent + i)));
    assert(await stillWaits(Promise.all(waiting)));
    assertEquals(channel.trySend(new Uint8Array(0)), false, "it would be before those that wait");
    assertThrows(() => channel.sendSync(new Uint8Array(0)), Deno.errors.Busy);
    for (let i = 0; i < sent + 20; i++) assertEquals(numberOf((await channel.recv())!), i);
    await Promise.all(waiting);
  },
);

test("several recv() that wait get the messages in the order of the calls", SMALL, async (channel) => {
  const waiting = Array.from({ length: 10 }, () => channel.recv());
  assertEquals(channel.tryRecv(), undefined);
  assertThrows(() => channel.recvSync(), Deno.errors.Busy);
  for (let i = 0; i < 10; i++) channel.sendSync(numbered(i));
  assertEquals((await Promise.all(waiting)).map((message) => numberOf(message!)), [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
  ]);
});

test("a wait ends with its time-out or abort, and nothing is lost", SMALL, async (channel) => {
  const start = performance.now();
  await assertRejects(
    () => channel.recv({ timeout: 10 }),
    Deno.errors.TimedOut,
    "no message came within 10 ms",
  );
  assertThrows(() => channel.recvSync({ timeout: 10 }), Deno.errors.TimedOut);
  assertThrows(() => channel.recvSync({ timeout: 10, spin: Infinity }), Deno.errors.TimedOut);
  assert(performance.now() - start >= 28);
  assertThrows(() => channel.peekSync({ timeout: 0 }), Deno.errors.TimedOut);
  const controller = new AbortController();
  const waiting = [channel.recv({ signal: controller.signal }), channel.recv()];
  controller.abort(new RangeError("enough"));
  await assertRejects(() => waiting[0]!, RangeError, "enough");
  channel.sendSync(bytes("one"));
  assertEquals(text(await waiting[1]!), "one");

  while (channel.trySend(new Uint8Array(500)));
  while (channel.trySend(new Uint8Array(0)));
  await assertRejects(
    () => channel.send(bytes("late"), { timeout: 10 }),
    Deno.errors.TimedOut,
    "made no room",
  );
  assertThrows(() => channel.sendSync(bytes("late"), { timeout: 10 }), Deno.errors.TimedOut);
  await assertRejects(() => channel.reserve(500, { timeout: 10 }), Deno.errors.TimedOut);
  while (channel.tryRecv());
  channel.sendSync(bytes("two"));
  assertEquals(text(channel.recvSync()), "two");
});

test("a full and an empty ring answer try… at once", SMALL, (channel) => {
  assertEquals(channel.tryRecv(), undefined);
  assertEquals(channel.tryPeek(), undefined);
  while (channel.trySend(new Uint8Array(100)));
  assertEquals(channel.tryReserve(100), undefined);
});

test("messages that are too large are refused with advice", SMALL, async (channel) => {
  const large = new Uint8Array(4089);
  for (
    const send of [
      () => channel.trySend(large),
      () => channel.sendSync(large),
      () => channel.tryReserve(4089),
    ]
  ) {
    const { message } = assertThrows(send, RangeError, "4089 bytes, and it takes 4088");
    assertStringIncludes(message, "create it with more capacity");
  }
  await assertRejects(() => channel.send(large), RangeError);
  await assertRejects(() => channel.reserve(4089), RangeError);
  assertEquals(channel.tryRecv(), undefined);
});

test(
  "a maxMessageSize below the ring's is a limit of its own",
  { capacity: 4096, maxMessageSize: 10 },
  (channel) => {
    channel.sendSync(new Uint8Array(10));
    assertThrows(() => channel.sendSync(new Uint8Array(11)), RangeError, "it takes 10");
    assertThrows(() => channel.reserveSync(11), RangeError, "it takes 10");
  },
);

const LARGE = { capacity: 4096, maxMessageSize: 1 << 20 };

test("a message that is larger than the ring goes in parts", LARGE, async (channel) => {
  const large = Uint8Array.from({ length: 100_003 }, (_, i) => i * 31 >> 3);
  for (const length of [4089, 8192, 100_003]) {
    const sending = Promise.all([
      channel.send(large.subarray(0, length)),
      channel.send(bytes("small")),
      channel.send(large.subarray(0, length)),
    ]);
    assertEquals(await channel.recv(), large.slice(0, length));
    assertEquals(text(await channel.peek()), "small");
    channel.release();
    const peeked = await channel.peek();
    assertEquals(peeked, large.slice(0, length));
    channel.release();
    await sending;
  }
  assertThrows(() => channel.trySend(large), RangeError, "use send() or sendSync()");
  assertThrows(() => channel.tryReserve(5000), RangeError, "use send()");
  assertThrows(() => channel.sendSync(new Uint8Array((1 << 20) + 1)), RangeError, "it takes 1048576");
});

test("a large message whose wait ended is never seen, and the next ones are", LARGE, async (channel) => {
  const large = new Uint8Array(50_000).fill(1);
  await assertRejects(() => channel.send(large, { timeout: 10 }), Deno.errors.TimedOut);
  assertEquals(channel.tryRecv(), undefined);
  assertThrows(() => channel.sendSync(large, { timeout: 10 }), Deno.errors.TimedOut);
  const next = channel.send(bytes("next"));
  assertEquals(text(await channel.recv()), "next");
  await next;
  await assertRejects(() => channel.send(large, { timeout: 10 }), Deno.errors.TimedOut);
  const again = channel.send(large.fill(2));
  assertEquals(await channel.recv(), large);
  await again;
});

test(
  "after close() of the producer the consumer gets what is there, and then null, for ever",
  SMALL,
  async (channel) => {
    using producer = Channel.from(channel.share());
    producer.sendSync(bytes("one"));
    producer.sendSync(bytes("two"));
    producer.close();
    assertEquals(text(await channel.recv()), "one");
    assertEquals(text(channel.tryRecv()), "two");
    assertEquals([await channel.recv(), channel.recvSync(), channel.tryRecv()], [null, null, null]);
    assertEquals([await channel.peek(), channel.peekSync(), channel.tryPeek()], [null, null, null]);
    for await (const _ of channel) assert(false);
    using late = Channel.from(channel.share());
    assertThrows(() => late.sendSync(bytes("more")), Deno.errors.BadResource, "its producer has closed it");
  },
);

test("close() of the producer ends a wait, also inside a large message", LARGE, async (channel) => {
  using producer = Channel.from(channel.share());
  const sending = producer.send(new Uint8Array(50_000));
  const received = channel.recv();
  assert(await stillWaits(received, 0) || true);
  producer.close();
  await sending.catch((error) => assert(error instanceof Deno.errors.BadResource));
  const message = await received;
  assert(message === null || message.length === 50_000);
  assertEquals(channel.recvSync(), null);
});

test(
  "after close() of the consumer sending is BrokenPipe, and a wait ends with it",
  SMALL,
  async (channel) => {
    using consumer = Channel.from(channel.share());
    assertEquals(consumer.tryRecv(), undefined);
    while (channel.trySend(new Uint8Array(500)));
    const waiting = channel.send(new Uint8Array(500));
    assert(await stillWaits(waiting, 10));
    consumer.close();
    await assertRejects(() => waiting, Deno.errors.BrokenPipe, "its consumer has closed it");
    assertThrows(() => channel.trySend(bytes("a")), Deno.errors.BrokenPipe);
    assertThrows(() => channel.sendSync(bytes("a")), Deno.errors.BrokenPipe);
    assertThrows(() => channel.tryReserve(1), Deno.errors.BrokenPipe);
    await assertRejects(() => channel.send(bytes("a")), Deno.errors.BrokenPipe);
  },
);

test("a closed channel says so, and close() ends its waits", SMALL, async (channel) => {
  const waiting = [channel.recv(), channel.recv()];
  const view = channel.reserveSync(10);
  channel.close();
  channel.close();
  for (const wait of waiting) await assertRejects(() => wait, Deno.errors.BadResource, "it is closed");
  assertEquals(view.length, 0);
  const uses: (() => unknown)[] = [
    () => channel.trySend(bytes("a")),
    () => channel.sendSync(bytes("a")),
    () => channel.tryRecv(),
    () => channel.recvSync(),
    () => channel.tryPeek(),
    () => channel.release(),
    () => channel.commit(),
    () => channel.reserveSync(1),
  ];
  for (const use of uses) assertThrows(use, Deno.errors.BadResource, "it is closed");
  await assertRejects(() => channel.send(bytes("a")), Deno.errors.BadResource);
  await assertRejects(() => channel.recv(), Deno.errors.BadResource);
});

test("a second producer and a second consumer are refused", SMALL, async (channel) => {
  using other = Channel.from(channel.share());
  channel.sendSync(bytes("mine"));
  for (
    const send of [
      () => other.trySend(bytes("a")),
      () => other.sendSync(bytes("a")),
      () => other.reserveSync(1),
    ]
  ) {
    assertThrows(send, Deno.errors.Busy, "it has a producer already");
  }
  await assertRejects(() => other.send(bytes("a")), Deno.errors.Busy);
  assertEquals(text(other.recvSync()), "mine");
  assertThrows(() => channel.tryRecv(), Deno.errors.Busy, "it has a consumer already");
});

test("wrong arguments are refused before anything is done", SMALL, async (channel) => {
  const wrong = (value: unknown) => value as Uint8Array;
  assertThrows(() => channel.sendSync(wrong("text")), TypeError, "a message is a Uint8Array");
  await assertRejects(() => channel.send(wrong([1])), TypeError);
  for (const length of [-1, 1.5, NaN, "3" as unknown as number]) {
    assertThrows(() => channel.reserveSync(length), RangeError);
  }
  assertThrows(() => channel.recvSync({ timeout: -1 }), RangeError);
  assertThrows(() => channel.recvSync({ spin: -1 }), RangeError);
  assertThrows(() => channel.spin = "1" as unknown as number, TypeError);
  await assertRejects(() => channel.recv({ signal: "SIGINT" as unknown as AbortSignal }), TypeError);
});

test("Channel.create() refuses what no ring can be", SMALL, () => {
  for (const capacity of [0, -1, 1.5, NaN, 2 ** 30 + 1]) {
    assertThrows(() => Channel.create({ capacity }), RangeError);
  }
  assertThrows(() => Channel.create({ capacity: "1" as unknown as number }), TypeError);
  assertThrows(() => Channel.create({ maxMessageSize: -1 }), RangeError);
  assertThrows(() => Channel.create({ maxMessageSize: 2 ** 30 + 1 }), RangeError);
  assertThrows(() => Channel.create({ name: "" }), TypeError);
  assertThrows(() => Channel.create({ name: "a/b" }), TypeError);
  using rounded = Channel.create({ capacity: 5000 });
  assertEquals([rounded.capacity, rounded.maxMessageSize], [8192, 8184]);
});

test("a channel with a name is opened by it, until it is unlinked", SMALL, () => {
  const name = uniqueName("ipc-test-channel");
  using channel = Channel.create({ name, capacity: 4096 });
  try {
    using other = Channel.open(name);
    assertEquals([other.capacity, other.name], [4096, name]);
    channel.sendSync(bytes("hello"));
    assertEquals(text(other.recvSync()), "hello");
  } finally {
    channel.unlink();
  }
  assertThrows(() => Channel.open(name), Deno.errors.NotFound);
});
