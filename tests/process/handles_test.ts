import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import {
  type Acquirable,
  Condition,
  connect,
  connectionPair,
  listen,
  Lock,
  pipe,
  PipeReader,
  Process,
  RLock,
  SharedMemory,
  SharedValue,
} from "../../mod.ts";
import { createAll, EXPECTED, meetHere } from "../children/meets.ts";
import { processTest as test, started, startedWith, WORK } from "../support/processes_of_ours.ts";
import { tempDir } from "../support/temp.ts";
import { until } from "../support/watchdog.ts";

const MEETS = new URL("../children/meets.ts", import.meta.url).href;

test("ends of pipes move to the process, which alone has them then", async () => {
  const [there, back] = [pipe(), pipe()];
  await using process = started("shout", there.reader, back.writer);
  await assertRejects(() => back.writer.write("x"), Deno.errors.BadResource, "it was handed");
  await there.writer.write("one\ntwo\n");
  there.writer.close();
  assertEquals(await back.reader.text(), "ONE\nTWO\n");
  back.reader.close();
  assertEquals(await process.result, "no more lines");
});

for (const transport of ["unix", "tcp"]) {
  test(`a socket moves: ${transport}`, async () => {
    using dir = tempDir();
    await using listener = await listen(
      transport === "tcp" ? "tcp://127.0.0.1:0" : `unix:${dir.join("socket")}`,
    );
    await using client = await connect(listener.address);
    const server = await listener.accept();
    await using process = started("echo", server);
    await client.write("hello\n");
    assertEquals((await client.lines().next()).value, "hello!");
    await client.closeWrite();
    assertEquals(await process.join(), 0);
  });
}

test("a connection moves, with its codec", async () => {
  for (const codec of ["structured", "json"] as const) {
    const [mine, theirs] = connectionPair({ codec });
    await using process = started("converse", theirs);
    await assertRejects(() => theirs.send(1), Deno.errors.BadResource, "handed to another process");
    for (const value of [1, { a: "b" }, [null]]) {
      await mine.send(value);
      assertEquals(await mine.recv(), { got: value });
    }
    mine.close();
    assertEquals(await process.result, 3);
  }
});

test("handles come back in results, at any depth and twice the same", async () => {
  const { reader, writer } = pipe();
  await using process = started("same", { deep: [reader] }, reader);
  const [{ deep }, again] = await process.result;
  assertInstanceOf(deep[0], PipeReader);
  assertEquals(deep[0] === again, true);
  await writer.write("back again\n");
  writer.close();
  assertEquals(await deep[0].text(), "back again\n");
  deep[0].close();
});

test("shared memory and locks are used by both", async () => {
  using memory = SharedMemory.create({ size: 4 });
  using lock = Lock.create();
  const processes = [1, 2].map(() => started("addTo", memory, lock, 500));
  for (const process of processes) assertEquals(await process.join(), 0);
  assertEquals(new Int32Array(memory.buffer)[0], 1000);
});

test("shared objects of all kinds travel as arguments, and are the same", async () => {
  const objects = createAll();
  const over = Promise.withResolvers<void>();
  const here = meetHere(objects, over.promise);
  here.catch(() => {}); // When the other side fails first.
  await using process = startedWith({ entry: "meetThere", args: [objects] }, MEETS);
  const there = await process.result;
  over.resolve();
  const said = await here;
  const kinds = Object.keys(EXPECTED);
  assertEquals(Object.fromEntries(kinds.map((kind, i) => [kind, [said[i], there[i]]])), EXPECTED);
  for (const object of Object.values(objects)) object.close();
});

test("a Condition that was made with another lock travels as a token, and is given the lock there", async () => {
  using lock = Lock.create();
  using condition = Condition.create({ lock });
  using guard = await lock.acquire();
  await using process = started("notifyWith", condition.share(), lock);
  await condition.wait({ timeout: 20_000 });
  assertEquals([await process.result, guard.ownerDied], ["notified", false]);
});

const LOCKS: Record<string, () => { owner: Lock | RLock | SharedValue; lock: Lock | RLock | Acquirable }> = {
  "a Lock": () => {
    const lock = Lock.create();
    return { owner: lock, lock };
  },
  "an RLock": () => {
    const lock = RLock.create();
    return { owner: lock, lock };
  },
  "the lock of a SharedValue": () => {
    const owner = SharedValue.create({ type: "int32" });
    return { owner, lock: owner.lock };
  },
};

for (const [kind, create] of Object.entries(LOCKS)) {
  test(`a Condition that was made with ${kind} travels with it`, async () => {
    const { owner, lock } = create();
    using _owner = owner;
    using condition = Condition.create({ lock });
    using guard = await lock.acquire();
    await using process = started("notifyAllOf", [condition]);
    await condition.wait({ timeout: 20_000 });
    assertEquals([await process.result, guard.ownerDied], [[true, true], false]);
  });
}

test("Conditions that were made with one lock, and that lock, travel as they are: with one lock", async () => {
  for (const lock of [Lock.create(), RLock.create()]) {
    using _lock = lock;
    using first = Condition.create({ lock });
    using second = Condition.create({ lock });
    for (const args of [[[first, second], lock], [[first, second]]]) {
      let waiting = 0;
      const wait = async (condition: Condition) => {
        using mine = lock instanceof RLock ? RLock.from(lock.share()) : Lock.from(lock.share());
        using its = Condition.from(condition.share(), { lock: mine });
        using _ = await mine.acquire();
        const notified = its.wait({ timeout: 20_000 });
        waiting++;
        await notified;
      };
      const waits = [wait(first), wait(second)];
      await until("both to wait", () => waiting === 2);
      await using process = started("notifyAllOf", ...args);
      assertEquals(await process.result, [true, true, true, true]);
      await Promise.all(waits);
    }
  }
});

test("a lock that came with Conditions is closed with the last of them, and what has one is not", async () => {
  using lock = Lock.create();
  using numbers = SharedValue.create({ type: "int32" });
  using first = Condition.create({ lock });
  using second = Condition.create({ lock });
  using third = Condition.create({ lock: numbers.lock });
  await using process = started("closeInTurn", [first, second, third], lock, numbers);
  assertEquals(await process.result, [false, false, true, false, true, false]);
  lock.acquireSync().release();
});

test("a Condition that has come back is used with the lock that came with it", async () => {
  using lock = Lock.create();
  using condition = Condition.create({ lock });
  await using process = started("same", condition, [lock]);
  const [back, [itsLock]] = await process.result as [Condition, [Lock]];
  assertEquals([back instanceof Condition, itsLock instanceof Lock], [true, true]);
  {
    using _ = itsLock.acquireSync();
    assertEquals([back.held, lock.tryAcquire()], [true, undefined]);
    back.notify();
  }
  back.close();
  assertEquals(itsLock.closed, true);
});

// deno-lint-ignore require-await
test("a Condition that does not know its lock does not travel, and says what to do", async () => {
  using lock = Lock.create();
  using condition = Condition.create({ lock });
  using without = Condition.from(condition.share());
  const process = new Process(WORK, { args: [without] });
  assertThrows(() => process.start(), TypeError, "give it as { lock }");
});

test("a handle that cannot move keeps the process from being started, and stays", async () => {
  const { reader, writer } = pipe();
  const process = new Process(WORK, { args: [writer, () => {}] });
  assertThrows(() => process.start(), TypeError, "$.args[1]");
  await writer.write("still mine\n");
  writer.close();
  assertThrows(() => new Process(WORK, { args: [writer] }).start(), TypeError, "$.args[0]");
  assertEquals(await reader.text(), "still mine\n");
  reader.close();
});

test("a connection with a message that was not received does not move", async () => {
  const [mine, theirs] = connectionPair();
  await mine.send(1);
  assertEquals(await theirs.poll({ timeout: 1000 }), true);
  assertThrows(
    () => new Process(WORK, { args: [theirs] }).start(),
    TypeError,
    "what has come here would be lost",
  );
  assertEquals(await theirs.recv(), 1);
  mine.close();
  theirs.close();
});
