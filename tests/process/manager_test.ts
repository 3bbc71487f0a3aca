import { assertEquals, assertRejects } from "@std/assert";
import { activeChildren, Manager, ManagerServer, type Process } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { processTest as test, startedWith } from "../support/processes_of_ours.ts";
import { tempDir } from "../support/temp.ts";
import { until } from "../support/watchdog.ts";

const MODULE = new URL("../children/process_managed.ts", import.meta.url).href;

function client(manager: Manager, entry: string, ...args: unknown[]): Process {
  return startedWith({ entry, args: [manager.address, manager.authKey, ...args] }, MODULE);
}

test("a manager's server is a process of its own, which ends with the manager", async () => {
  const manager = await Manager.start();
  const map = await manager.map<string, number>("m");
  await map.set("a", 1);
  assertEquals([await map.get("a"), await map.get("b")], [1, undefined]);
  manager.close();
  await manager[Symbol.asyncDispose]();
  await assertRejects(() => map.get("a"), Deno.errors.BadResource);
});

test("a map, an array and a namespace have what they should", async () => {
  await using manager = await Manager.start();
  const map = await manager.map<string, unknown>("map");
  await map.update([["a", 1], ["b", { c: [2] }]]);
  assertEquals([await map.size, await map.has("a"), await map.keys()], [2, true, ["a", "b"]]);
  assertEquals([await map.setDefault("a", 9), await map.setDefault("z", 9), await map.pop("z")], [1, 9, 9]);
  assertEquals([await map.pop("z"), await map.delete("a"), await map.delete("a")], [undefined, true, false]);
  assertEquals([await map.toMap(), await map.entries()], [new Map([["b", { c: [2] }]]), [["b", { c: [2] }]]]);
  assertEquals([await map.values(), await map.add("n", 2), await map.add("n", 3)], [[{ c: [2] }], 2, 5]);
  await assertRejects(() => map.set({} as never, 1), TypeError, "cannot be an object");
  await assertRejects(() => map.add("b", 1), TypeError, "no number");
  await map.clear();
  assertEquals(await map.size, 0);

  const array = await manager.array<number>("array");
  assertEquals([await array.push(1, 2, 3), await array.unshift(0), await array.length], [3, 4, 4]);
  assertEquals([await array.at(-1), await array.pop(), await array.shift()], [3, 3, 0]);
  await array.set(-1, 7);
  assertEquals([await array.toArray(), await array.slice(1), await array.indexOf(7)], [[1, 7], [7], 1]);
  assertEquals([await array.splice(0, 1, 5, 6), await array.toArray()], [[1], [5, 6, 7]]);
  await assertRejects(() => array.set(3, 1), RangeError, "of 3 values");
  await array.clear();
  assertEquals(await array.length, 0);

  const space = await manager.namespace<{ a: number; b: string }>("space");
  await space.set("a", 1);
  assertEquals([await space.get("a"), await space.get("b"), await space.has("a")], [1, undefined, true]);
  assertEquals([await space.toObject(), await space.delete("a")], [{ a: 1 }, true]);
});

test("clients with a name have the same object, those without have one of their own", async () => {
  await using manager = await Manager.start();
  await using other = await Manager.connect(manager.address, { authKey: manager.authKey });
  await (await manager.map("same")).set("a", 1);
  assertEquals(await (await other.map("same")).get("a"), 1);
  await (await manager.map()).set("a", 1);
  assertEquals(await (await other.map()).get("a"), undefined);
  await assertRejects(() => other.lock("same"), TypeError, "Cannot use 'same' as a lock: it is a map");
  assertEquals((await manager.names()).includes("same"), true);
  assertEquals([await manager.remove("same"), await manager.remove("same")], [true, false]);
  assertEquals(await (await other.map("same")).size, 0);
});

test("an object without a name is nobody else's, and is not kept by the server", async () => {
  await using manager = await Manager.start();
  const made = await Promise.all([1, 2, 3].map(() => manager.map<string, number>()));
  await made[0]!.set("a", 1);
  assertEquals(await manager.names(), []);
  for (let i = 0; i < 5; i++) assertEquals(await (await manager.map(`map-${i}`)).size, 0);
  assertEquals(await made[0]!.get("a"), 1);
});

test("three processes add to one number, and none is lost", async () => {
  await using manager = await Manager.start();
  const clients = [1, 2, 3].flatMap(() => [client(manager, "add", 200), client(manager, "addLocked", 50)]);
  await Promise.all(clients.map((process) => process.result));
  await Promise.all(clients.map((process) => process.join()));
  const map = await manager.map<string, number>("numbers");
  assertEquals([await map.get("n"), await map.get("locked")], [600, 150]);
});

test("a lock is given in turn, waits can be ended, and nothing is lost by that", async () => {
  await using manager = await Manager.start();
  await using other = await Manager.connect(manager.address, { authKey: manager.authKey });
  const [mine, theirs] = await Promise.all([manager.lock("l"), other.lock("l")]);
  const permit = await mine.acquire();
  assertEquals([await theirs.locked, await theirs.tryAcquire()], [true, undefined]);
  await assertFails(() => theirs.acquire({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
  const controller = new AbortController();
  const aborted = theirs.acquire({ signal: controller.signal });
  controller.abort(new RangeError("enough"));
  await assertRejects(() => aborted, RangeError, "enough");
  const waiting = theirs.acquire();
  await permit.release();
  await permit.release();
  {
    using _ = await waiting;
    assertEquals(await mine.locked, true);
  }
  await until("the lock to be free", async () => !await mine.locked);
});

test("a client that is killed does not have the lock any more", async () => {
  await using manager = await Manager.start();
  const holder = client(manager, "hold");
  await (await manager.event("held")).wait();
  const lock = await manager.lock("lock");
  const waiting = lock.acquire();
  assertEquals(await lock.locked, true);
  holder.kill();
  await (await waiting).release();
  await holder.join();
});

test("who waited and has gone gets nothing", async () => {
  await using manager = await Manager.start();
  const gone = await Manager.connect(manager.address, { authKey: manager.authKey });
  const queue = await gone.queue("q");
  const [got, locked] = [queue.get(), (await gone.lock("l")).acquire()];
  got.catch(() => {});
  locked.catch(() => {});
  await (await locked).release();
  gone.close();
  await assertRejects(() => got, Deno.errors.BadResource);
  await gone[Symbol.asyncDispose]();
  const mine = await manager.queue<number>("q");
  await mine.put(1);
  assertEquals(await mine.get({ timeout: 5000 }), 1);
  await (await (await manager.lock("l")).acquire({ timeout: 5000 })).release();
});

test("a semaphore has so many permits, and an event wakes all", async () => {
  await using manager = await Manager.start();
  const semaphore = await manager.semaphore("s", 2);
  const permits = [await semaphore.acquire(), await semaphore.acquire()];
  assertEquals([await semaphore.free, await semaphore.tryAcquire()], [0, undefined]);
  await permits[0]!.release();
  assertEquals(await semaphore.free, 1);
  await assertRejects(() => manager.semaphore("t", -1), RangeError);
  const event = await manager.event("e");
  const waiting = [event.wait(), event.wait()];
  await assertRejects(() => event.wait({ timeout: 5 }), Deno.errors.TimedOut);
  await event.set();
  await Promise.all(waiting);
  await event.clear();
  assertEquals(await event.isSet, false);
});

test("a queue keeps its order and its limit, and join() waits for the work", async () => {
  await using manager = await Manager.start();
  const queue = await manager.queue<number>("q", { maxSize: 2 });
  assertEquals([await queue.tryGet(), await queue.tryPut(1), await queue.tryPut(2), await queue.tryPut(3)], [
    undefined,
    true,
    true,
    false,
  ]);
  await assertFails(() => queue.put(3, { timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
  const third = queue.put(3);
  assertEquals([await queue.get(), await queue.get()], [1, 2]);
  await third;
  assertEquals([await queue.get(), await queue.size], [3, 0]);
  await assertRejects(() => queue.get({ timeout: 5 }), Deno.errors.TimedOut);
  const joining = queue.join();
  await assertRejects(() => queue.join({ timeout: 5 }), Deno.errors.TimedOut);
  for (let i = 0; i < 3; i++) await queue.taskDone();
  await joining;
  await assertRejects(() => queue.taskDone(), RangeError, "more often");
});

test("three workers share the jobs of a queue", async () => {
  await using manager = await Manager.start();
  const jobs = await manager.queue<number | undefined>("jobs");
  const results = await manager.queue<number>("results");
  const workers = [1, 2, 3].map(() => client(manager, "work"));
  for (let i = 0; i < 100; i++) await jobs.put(i);
  await jobs.join();
  const sum = (await Promise.all(Array.from({ length: 100 }, () => results.get()))).reduce((a, b) => a + b);
  assertEquals(sum, 9900);
  for (const _ of workers) await jobs.put(undefined);
  const counts = await Promise.all(workers.map((worker) => worker.result as Promise<number>));
  assertEquals(counts.reduce((a, b) => a + b), 100);
  await Promise.all(workers.map((worker) => worker.join()));
});

test("a module of one's own runs in the server, for all clients", async () => {
  await using manager = await Manager.start<typeof import("../children/process_managed.ts")>({
    module: MODULE,
  });
  await using other = await Manager.connect<typeof import("../children/process_managed.ts")>(
    manager.address,
    { authKey: manager.authKey },
  );
  assertEquals([await manager.module.count(), await other.module.count()], [1, 2]);
  assertEquals(await other.module.tools.upper("abc"), "ABC");
});

test("what cannot be carried, or is too large, is that call's error, and the manager goes on", async () => {
  await using manager = await Manager.start({ maxMessageSize: 100_000 });
  const map = await manager.map<string, unknown>("m");
  await assertRejects(() => map.set("a", { b: [Symbol("c")] }), TypeError, ".b[0]: a symbol");
  await assertRejects(() => map.set("a", new Uint8Array(100_000)), RangeError, "maxMessageSize is 100000");
  for (const key of ["a", "b"]) await map.set(key, new Uint8Array(60_000));
  await assertRejects(() => map.toMap(), RangeError, "maxMessageSize is 100000");
  assertEquals(await map.size, 2);
  await assertRejects(
    async () => await (manager as Manager<{ f(): void }>).module.f(),
    TypeError,
    "does not expose",
  );
});

test("who does not know the key is sent away", async () => {
  await using manager = await Manager.start();
  await assertRejects(
    () => Manager.connect(manager.address, { authKey: "wrong" }),
    Deno.errors.PermissionDenied,
  );
  const own = new Set([
    manager.authKey,
    (await Manager.start().then(async (other) => {
      await other[Symbol.asyncDispose]();
      return other;
    })).authKey,
  ]);
  assertEquals(own.size, 2);
});

for (const transport of ["unix", "tcp"]) {
  test(`a server in this process, over ${transport}`, async () => {
    using dir = tempDir();
    const address = transport === "tcp" ? "tcp://127.0.0.1:0" : `unix:${dir.join("manager")}`;
    await using server = await ManagerServer.listen(address, {
      authKey: "k",
      module: { hello: () => "world" },
    });
    {
      await using manager = await Manager.connect<{ hello(): string }>(server.address, {
        authKey: "k",
        deadAfter: 2000,
      });
      assertEquals(await manager.module.hello(), "world");
      assertEquals(server.clients, 1);
    }
    await until("the client to be gone", () => server.clients === 0);
    const manager = await Manager.connect(server.address, { authKey: "k" });
    server.close();
    await manager.ended;
    await assertRejects(() => manager.names(), Deno.errors.UnexpectedEof);
    await manager[Symbol.asyncDispose]();
  });
}

test("a server that cannot listen, or whose module fails, is an error of start()", async () => {
  await using server = await ManagerServer.listen("tcp://127.0.0.1:0", { authKey: "k" });
  await assertRejects(() => Manager.start({ address: server.address }), Deno.errors.AddrInUse);
  await assertRejects(
    () => Manager.start({ module: "data:text/javascript,throw new RangeError('no')" }),
    RangeError,
    "no",
  );
  await assertRejects(() => Manager.start({ module: "./relative.ts" }), TypeError, "absolute URL");
  await assertRejects(
    () => Manager.start({ module: "file:///no/such/module.ts" }),
    TypeError,
    "/no/such/module.ts",
  );
  await assertRejects(() => Manager.start({ address: "nowhere:1" }), TypeError, "nowhere:1");
  await assertRejects(() => Manager.start({ maxMessageSize: -1 }), RangeError, "maxMessageSize");
  await assertRejects(() => Manager.start({ deadAfter: 5 }), RangeError, "deadAfter");
});

test("a server that does not answer keeps nobody: waits end by their signals, and disposal ends it", async () => {
  await using manager = await Manager.start();
  const queue = await manager.queue<string>("q");
  const [server] = activeChildren();
  Deno.kill(server!.pid, "SIGSTOP");
  const stopped = () => Deno.readTextFileSync(`/proc/${server!.pid}/stat`).split(" ")[2] === "T";
  await until("the server to be stopped", stopped);
  await assertRejects(() => queue.get({ signal: AbortSignal.timeout(10) }), DOMException, "timeout");
});

test("an item that was on its way when its wait was aborted is not lost", async () => {
  await using manager = await Manager.start();
  const queue = await manager.queue<string>("q");
  const controller = new AbortController();
  const getting = queue.get({ signal: controller.signal });
  await queue.size; // The server waits for an item by now.
  const putting = queue.put("here");
  await Promise.resolve(); // It has left.
  const end = performance.now() + 100;
  while (performance.now() < end); // It comes back meanwhile, and nobody reads it.
  controller.abort();
  const got = await getting.catch(() => undefined);
  await putting;
  assertEquals(got ?? await queue.tryGet(), "here");
});

test("the server ends when the process that started it does", async () => {
  await using child = startChild("process_manager_owner");
  await child.printed("unix:@");
  const address = child.stdout.trim();
  child.kill("SIGKILL");
  await child.status;
  await until("the server to be gone", () =>
    Manager.connect(address).then(async (manager) => {
      await manager[Symbol.asyncDispose]();
      return false;
    }, (error) => error instanceof Deno.errors.ConnectionRefused));
});
