import { assert, assertEquals, assertThrows } from "@std/assert";
import { Mutex } from "../../lib/sync/mutex.ts";
import { Presence } from "../../lib/sync/presence.ts";
import { CELL } from "../../lib/sync/robust_list.ts";
import { Lock, SharedMemory } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { test } from "../support/shared_memory.ts";

const OWNER_DIED = 0x40000000;

test("words that a killed process held are marked, those that it gave back are not, whatever the order", async () => {
  using memory = SharedMemory.create({ size: 64 * CELL });
  const words = new Int32Array(memory.buffer);
  const word = (cell: number) => Atomics.load(words, cell * CELL / 4);
  for (const order of ["first", "last", "middle", "random"]) {
    words.fill(0);
    await using child = startChild("holds_words", { args: [order, JSON.stringify(memory.share())] });
    const held = JSON.parse((await child.printed("]"), child.stdout)) as number[];
    assert(held.length > 10 && held.length < 60);
    for (let cell = 0; cell < 64; cell++) {
      assertEquals(word(cell) !== 0, held.includes(cell), `${order}: ${cell}`);
    }
    child.kill("SIGKILL");
    await child.status;
    for (let cell = 0; cell < 64; cell++) {
      assertEquals(word(cell), held.includes(cell) ? OWNER_DIED : 0, `${order}: ${cell}`);
    }
  }
});

test("a place is dead when its process was killed, and is buried by one", async () => {
  using memory = SharedMemory.create({ size: 64 * CELL });
  await using child = startChild("holds_words", { args: ["first", JSON.stringify(memory.share())] });
  const held = JSON.parse((await child.printed("]"), child.stdout)) as number[];
  const place = new Presence(memory, held[0]! * CELL);
  const same = new Presence(memory, held[0]! * CELL);
  assertEquals([place.free, place.dead, place.mine, place.claim(), place.bury()], [
    false,
    false,
    false,
    false,
    false,
  ]);
  child.kill("SIGKILL");
  await child.status;
  assertEquals([place.free, place.dead, place.claim()], [false, true, false]);
  assertEquals([place.bury(), same.bury(), place.free], [true, false, true]);
  assertEquals([place.claim(), place.claim(), same.claim(), place.mine], [true, false, false, true]);
  place.release();
  place.release();
  assertEquals([place.free, same.claim()], [true, true]);
  same.release();
});

test("a thread holds 2000 at a time, and the next one is an error that takes nothing", () => {
  using memory = SharedMemory.create({ size: 2001 * CELL });
  const places = Array.from({ length: 2001 }, (_, i) => new Presence(memory, i * CELL));
  for (const place of places.slice(0, 2000)) assert(place.claim());
  assertThrows(() => places[2000]!.claim(), RangeError, "more than 2000");
  assert(places[2000]!.free && !places[2000]!.mine);
  places[1000]!.release();
  assert(places[2000]!.claim());
  for (const place of places) place.release();
  assert(places.every((place) => place.free));
});

test("what a thread holds stays mapped, although nobody has a handle on it any more", async () => {
  await using child = startChild("forgets_lock");
  assertEquals(await child.finished(), "held\ntrue\n");
});

test("a mutex's word from a container with the same thread numbers is not this thread's", () => {
  using lock = Lock.create();
  using guard = lock.acquireSync();
  const tid = Atomics.load(new Int32Array(lock.memory.buffer), 16);
  guard.release();
  using memory = SharedMemory.create({ size: CELL });
  const mutex = new Mutex(memory, 0, lock.doorbell);
  new Int32Array(memory.buffer)[0] = tid;
  assertEquals([mutex.heldByThread(), mutex.tryLock(), mutex.lockSync(5)], [false, false, false]);
  mutex.close();
});
