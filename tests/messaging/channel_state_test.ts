import { assert, assertEquals, assertThrows } from "@std/assert";
import { Channel, DuplexChannel } from "../../mod.ts";
import { testChannel as test } from "../support/channels.ts";

const SMALL = { capacity: 4096, maxMessageSize: 10_000 };
/** Where the ring is in the memory of a channel: its control block, and the data. */
const RING = 64;
const [TAIL, LEFT, HEAD] = [RING, RING + 4, RING + 128];
const DATA = RING + 512;

function wordsOf(channel: Channel): Int32Array {
  return new Int32Array(channel.memory.buffer);
}

/** Numbers that are the same in each run. */
function* random(seed: number): Generator<number, number> {
  for (;;) yield (seed = Math.imul(seed, 1664525) + 1013904223) >>> 0;
}

/** Of lengths, kinds and positions: any at all, and those that are nearly right. */
function hostile(next: () => number): number {
  const near = [0, 1, 7, 8, 16, 4080, 4088, 4089, 4096, 0x3fffffff, -1, -8][next() % 12]!;
  const kind = next() % 4 << 30;
  return [near, near | kind, next() | 0, next() % 5000 & -8, (next() % 5000) | kind][next() % 5]!;
}

/** Whether an error is one that a broken channel may have. */
function isExpected(error: unknown): boolean {
  return error instanceof Deno.errors.InvalidData && /the other side has broken it/.test(error.message);
}

test(
  "10,000 random states of a ring end in messages or a clear error, inside the ring and the limit",
  SMALL,
  () => {
    const numbers = random(12345);
    const next = () => numbers.next().value;
    let received = 0;
    let refused = 0;
    for (let round = 0; round < 10_000; round++) {
      using channel = Channel.create(SMALL);
      const words = wordsOf(channel);
      for (let i = DATA / 4; i < words.length; i++) words[i] = next() % 4 === 0 ? hostile(next) : 0;
      words[HEAD / 4] = next() % 2 === 0 ? next() & -8 : hostile(next);
      words[TAIL / 4] = next() % 4 > 0 ? words[HEAD / 4]! + (next() % 4097 & -8) : hostile(next);
      words[LEFT / 4] = 1;
      try {
        for (let message = channel.tryRecv(); message !== null; message = channel.tryRecv()) {
          assert(message!.length <= 10_000);
          received++;
        }
      } catch (error) {
        if (!isExpected(error)) throw error;
        refused++;
        assertThrows(() => channel.recvSync({ timeout: 0 }), Deno.errors.InvalidData);
      }
      using sending = Channel.create(SMALL);
      const theirs = wordsOf(sending);
      theirs[HEAD / 4] = hostile(next);
      theirs[TAIL / 4] = next() % 2 === 0 ? theirs[HEAD / 4]! + (next() % 4097 & -8) : hostile(next);
      try {
        for (let i = 0; i < 5; i++) sending.trySend(new Uint8Array(next() % 3000));
      } catch (error) {
        if (!isExpected(error)) throw error;
        refused++;
      }
    }
    assert(received > 1000 && refused > 1000, `${received} received, ${refused} refused`);
  },
);

test("positions that change under the hands of an end are noticed, and lead nowhere", SMALL, (channel) => {
  const words = wordsOf(channel);
  const numbers = random(99);
  const next = () => numbers.next().value;
  for (let round = 0; round < 2000; round++) {
    using theirs = Channel.from(channel.share());
    using mine = Channel.create(SMALL);
    const hers = wordsOf(mine);
    try {
      mine.sendSync(new Uint8Array(100));
      mine.recvSync({ timeout: 0 });
      hers[(next() % 2 === 0 ? HEAD : TAIL) / 4] = hostile(next);
      hers[(DATA + (next() % 4096 & -8)) / 4] = hostile(next);
      while (mine.trySend(new Uint8Array(next() % 3000)) && mine.tryRecv());
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
    assertEquals(theirs.closed, false);
  }
  assertEquals(words[TAIL / 4], 0);
});

test(
  "a large message that would be larger than maxMessageSize is refused before memory is taken",
  SMALL,
  (channel) => {
    const words = wordsOf(channel);
    const FRAGMENT = 2;
    words[DATA / 4] = 8 | FRAGMENT << 30;
    words[DATA / 4 + 1] = 0xffff_fff0 | 0;
    Atomics.store(words, TAIL / 4, 16);
    assertThrows(() => channel.tryRecv(), Deno.errors.InvalidData, "a message has 4294967280 bytes");
  },
);

test("a header that contradicts itself is refused", SMALL, () => {
  const wrong: [number, number, RegExp][] = [
    [24, 0, /its capacity is 0/],
    [24, 8192, /its capacity is 8192, and it has 4672 bytes/],
    [24, 4095, /its capacity is 4095/],
    [24, -1, /its capacity is 4294967295/],
    [28, -1, /its maxMessageSize is 4294967295/],
  ];
  for (const [offset, value, found] of wrong) {
    using channel = Channel.create(SMALL);
    const token = channel.share();
    wordsOf(channel)[offset / 4] = value;
    const error = assertThrows(() => Channel.from(token), Deno.errors.InvalidData);
    assert(found.test((error as Error).message), `${error}`);
  }
});

test("a channel is not taken for another kind, nor another version's", SMALL, (channel) => {
  const token = channel.share();
  assertThrows(() => DuplexChannel.from(token), TypeError, "Channel.from()");
  const words = wordsOf(channel);
  words[1] = 99;
  assertThrows(() => Channel.from(token), Deno.errors.InvalidData, "version 99");
  words[1] = 1;
  words[2] = 1;
  assertThrows(() => Channel.from(token), Deno.errors.InvalidData, "it is a Lock");
});
