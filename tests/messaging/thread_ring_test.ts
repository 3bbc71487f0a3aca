import { assert, assertEquals } from "@std/assert";
import { ThreadRing } from "../../lib/messaging/thread_ring.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const CAPACITY = 4096;
const LIMIT = 2 ** 20;

/** Both sides of a ring. */
function sides(capacity = CAPACITY): [ThreadRing, ThreadRing] {
  const memory = ThreadRing.memory(capacity);
  return [new ThreadRing(memory, 0, LIMIT), new ThreadRing(memory, 1, LIMIT)];
}

/** The next message, copied. */
async function next(ring: ThreadRing): Promise<number[] | null> {
  const message = ring.tryPeek() ?? await ring.peek({});
  if (message === null) return null;
  const copy = [...message];
  ring.release();
  return copy;
}

function test(name: string, body: () => Promise<void>): void {
  Deno.test(name, () => within(PATIENCE_MS, name, body));
}

test("messages go both ways through a ThreadRing, in order, around its end", async () => {
  const [a, b] = sides();
  for (let n = 0; n < 1000; n++) {
    const message = Array.from({ length: n % 700 }, (_, i) => (n + i) & 255);
    assert(a.trySend(new Uint8Array(message)) && b.trySend(new Uint8Array(message.toReversed())));
    assertEquals(await next(b), message);
    assertEquals(await next(a), message.toReversed());
  }
  assertEquals(b.tryPeek(), undefined);
});

test("a full ThreadRing lets trySend() fail and send() wait, in the order of the calls", async () => {
  const [a, b] = sides();
  let sent = 0;
  while (a.trySend(new Uint8Array(500).fill(sent))) sent++;
  assertEquals(sent, 8);
  const waiting = [a.send(new Uint8Array([200])), a.send(new Uint8Array([201]))];
  assert(await stillWaits(waiting[0]!));
  for (let n = 0; n < sent; n++) assertEquals(await next(b), Array(500).fill(n));
  await Promise.all(waiting);
  assertEquals([await next(b), await next(b)], [[200], [201]]);
  assert(a.trySend(new Uint8Array(1)));
});

test("what is put into the space that tryReserve() gives is the next message", async () => {
  const [a, b] = sides();
  for (let n = 0; n < 300; n++) {
    const message = Array.from({ length: n * 3 }, (_, i) => (n + i) & 255);
    a.tryReserve(n * 3)!.set(message);
    assertEquals(b.tryPeek(), undefined);
    a.commit();
    assertEquals(await next(b), message);
  }
  while (a.trySend(new Uint8Array(500)));
  assertEquals(a.tryReserve(500), undefined);
});

test("a message that is larger than the ThreadRing goes in parts", async () => {
  const [a, b] = sides();
  const large = Uint8Array.from({ length: 50_000 }, (_, n) => n & 255);
  const sending = a.send(large);
  const behind = a.send(new Uint8Array([7]));
  assertEquals(await next(b), [...large]);
  await sending;
  assertEquals(await next(b), [7]);
  await behind;
});

test("what was peeked stays the next message until it is released", async () => {
  const [a, b] = sides();
  a.trySend(new Uint8Array([1]));
  a.trySend(new Uint8Array([2]));
  assertEquals([...b.tryPeek()!, ...b.tryPeek()!], [1, 1]);
  b.release();
  assertEquals(await next(b), [2]);
});

test("peek() waits, and can be timed out and aborted without losing what comes then", async () => {
  const [a, b] = sides();
  await assertFails(() => b.peek({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
  const later = new AbortController();
  const waiting = b.peek({ signal: later.signal });
  later.abort(new Error("enough"));
  assertEquals((await errorOf(() => waiting) as Error).message, "enough");
  const again = next(b);
  a.trySend(new Uint8Array([9]));
  assertEquals(await again, [9]);
});

test("close() lets the other side receive what is there, and then null", async () => {
  const [a, b] = sides();
  a.trySend(new Uint8Array([1]));
  const ending = b.peek({}).then(() => next(b)).then(() => next(b));
  a.close();
  assertEquals(await ending, null);
  assertEquals(await next(b), null);
});

test("who waits for room in a ThreadRing is let go when the other side closes", async () => {
  const [a, b] = sides();
  while (a.trySend(new Uint8Array(500)));
  const sending = a.send(new Uint8Array(500));
  b.close();
  await sending;
});

test("two threads exchange messages of many sizes through a ThreadRing", async () => {
  const worker = new Worker(new URL("../children/thread_ring_echo.ts", import.meta.url), { type: "module" });
  try {
    const memory = ThreadRing.memory(CAPACITY);
    const ring = new ThreadRing(memory, 0, LIMIT);
    worker.postMessage(memory);
    for (let n = 0; n < 2000; n++) {
      const message = Uint8Array.from({ length: n * 37 % 9000 }, (_, i) => (n + i) & 255);
      await ring.send(message);
      assertEquals(await next(ring), [...message, ...message]);
    }
    ring.close();
    assertEquals(await next(ring), null);
  } finally {
    worker.terminate();
  }
});
