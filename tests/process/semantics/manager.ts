import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { byReference, Manager, ManagerServer, setProperty } from "../../../mod.ts";
import { startChild } from "../../support/children.ts";
import { errorOf } from "../../support/errors.ts";
import { attempt, type Row } from "../../support/semantics.ts";

const MODULE = new URL("../../children/process_managed.ts", import.meta.url).href;

/** "Managers", "Customized managers", "Using a remote manager", "Proxy Objects". */
export const MANAGER: Row[] = [
  {
    id: "Manager",
    says:
      "It starts a server process that holds objects, which ends when the manager is shut down or collected.",
    async ours() {
      const manager = await Manager.start();
      const map = await manager.map<string, number>("m");
      await map.set("a", 1);
      const value = await map.get("a");
      await manager[Symbol.asyncDispose]();
      return [value, await attempt(() => map.get("a"))];
    },
    differs:
      "Nothing depends on the garbage collector: a manager that is not closed keeps its process running.",
  },
  {
    id: "SyncManager.dict",
    says: "A shared dict, with the methods of one.",
    async ours() {
      await using manager = await Manager.start();
      const map = await manager.map<string, number>();
      await map.update([["a", 1], ["b", 2]]);
      return [
        await map.get("a"),
        await map.get("none") ?? null,
        await map.setDefault("a", 9),
        await map.pop("b"),
        await map.keys(),
        await map.size,
      ];
    },
  },
  {
    id: "SyncManager.list",
    says: "A shared list, with the methods of one.",
    async ours() {
      await using manager = await Manager.start();
      const array = await manager.array<number>();
      await array.push(1, 2, 3);
      await array.set(-1, 9);
      const popped = await array.pop();
      return [popped, await array.toArray(), await array.length, await attempt(() => array.set(5, 1))];
    },
  },
  {
    id: "SyncManager.Namespace",
    says: "A namespace with writable attributes; those that begin with an underscore are the proxy's own.",
    async ours() {
      await using manager = await Manager.start();
      const space = await manager.namespace<{ x: number }>();
      await space.set("x", 10);
      assertEquals(await space.get("x"), 10);
      await assertRejects(() => setProperty(space as never, "x" as never, 1 as never), TypeError);
    },
    differs: "Its values are got and set by methods, as both have to be awaited.",
  },
  {
    id: "SyncManager.Lock, Semaphore, Event, Queue",
    says: "It has the synchronization primitives of one process, for clients on any host.",
    async ours() {
      await using manager = await Manager.start();
      const [lock, semaphore, event, queue] = await Promise.all([
        manager.lock(),
        manager.semaphore("s", 2),
        manager.event(),
        manager.queue<number>(),
      ]);
      const permit = await lock.acquire();
      const outcome: unknown[] = [await lock.tryAcquire() !== undefined];
      await permit.release();
      outcome.push(await lock.tryAcquire() !== undefined, await semaphore.free);
      await event.set();
      await queue.put(5);
      return [...outcome, await event.isSet, await queue.get()];
    },
  },
  {
    id: "SyncManager.RLock, Condition, Barrier, Value, Array, Pool",
    says: "It has these as well.",
    differs:
      "A client's calls come from no thread that could own a lock twice, and the others are what Map, Array, "
      + "Event and Queue do; what is missing is a class of one's own in a module of the server.",
  },
  {
    id: "Proxies: mutable values",
    says:
      "To change a mutable value that was got does not change it in the server: it has to be assigned again.",
    async ours() {
      await using manager = await Manager.start();
      const map = await manager.map<string, number[]>();
      await map.set("list", [1]);
      const list = await map.get("list");
      list!.push(2);
      const before = await map.get("list");
      await map.set("list", list!);
      return [before, await map.get("list")];
    },
  },
  {
    id: "Proxies: nested",
    says: "A proxy can be stored in another shared object, and be used through that.",
    differs: "Only data is stored; an object is found by its name, which is data.",
  },
  {
    id: "Proxies: _getvalue, comparison",
    says: "A proxy is not equal to its referent; a copy of that is to be made first.",
    async ours() {
      await using manager = await Manager.start();
      const map = await manager.map<string, number>();
      await map.set("a", 1);
      assertEquals(await map.toMap(), new Map([["a", 1]]));
    },
  },
  {
    id: "Proxies: reference count",
    says: "When no proxy refers to an object any more the server deletes it.",
    async ours() {
      let given = 0;
      const open = () => byReference({ n: ++given }, { released: () => given-- });
      await using server = await ManagerServer.listen("tcp://127.0.0.1:0", { module: { open } });
      await using manager = await Manager.connect<{ open: typeof open }>(server.address);
      const references = [await manager.module.open(), await manager.module.open()];
      assertEquals(given, 2);
      for (const reference of references) reference[Symbol.dispose]();
      await manager.names(); // Messages are taken in their order.
      assertEquals(given, 0);
    },
    differs: "What has a name stays until it is removed, so that clients may come and go.",
  },
  {
    id: "Proxies: one call at a time",
    says: "A proxy that several threads use is safe: each method is one step.",
    async ours() {
      await using manager = await Manager.start();
      const map = await manager.map<string, number>();
      await Promise.all(Array.from({ length: 200 }, () => map.add("n", 1)));
      assertEquals(await map.get("n"), 200);
    },
  },
  {
    id: "BaseManager.register",
    says: "It makes a callable available by a name, and the public methods of what that returns.",
    async ours() {
      await using manager = await Manager.start<typeof import("../../children/process_managed.ts")>({
        module: MODULE,
      });
      assertEquals([await manager.module.count(), await manager.module.tools.upper("abc")], [1, "ABC"]);
    },
    differs: "The exports of a module are that; what they are comes from import types, and not from strings.",
  },
  {
    id: "BaseManager.register(exposed)",
    says: "Unless told, all public methods can be called: those that do not begin with an underscore.",
    async ours() {
      await using server = await ManagerServer.listen("tcp://127.0.0.1:0", {
        module: { open: () => 1, _closed: () => 2 },
      });
      await using manager = await Manager.connect<{ open(): number; _closed(): number }>(server.address);
      // deno-lint-ignore no-explicit-any -- Its type has no such member.
      const any = manager.module as any;
      return [await manager.module.open(), await attempt(() => any._closed())];
    },
  },
  {
    id: "Managers: exceptions",
    says: "An exception of a method is raised again by the proxy, with the remote traceback.",
    async ours() {
      await using server = await ManagerServer.listen("tcp://127.0.0.1:0", {
        module: {
          fail() {
            throw new RangeError("no");
          },
        },
      });
      await using manager = await Manager.connect<{ fail(): void }>(server.address);
      const error = await errorOf(() => manager.module.fail());
      assertInstanceOf(error, RangeError);
      assertStringIncludes(error.stack!, "semantics/manager.ts");
    },
  },
  {
    id: "Managers: address and authkey",
    says: "A server listens at an address, and clients connect from other machines with the same key.",
    async ours() {
      await using server = await ManagerServer.listen("tcp://127.0.0.1:0", { authKey: "abracadabra" });
      const wrong = await attempt(() => Manager.connect(server.address, { authKey: "sesame" }));
      await using manager = await Manager.connect(server.address, { authKey: "abracadabra" });
      assertEquals(await manager.names(), []);
      return wrong;
    },
  },
  {
    id: "get_server().serve_forever",
    says: "It runs the server in the current process.",
    async ours() {
      const server = await ManagerServer.listen("tcp://127.0.0.1:0", { module: { pid: () => Deno.pid } });
      const manager = await Manager.connect<{ pid(): number }>(server.address);
      assertEquals(await manager.module.pid(), Deno.pid);
      await manager[Symbol.asyncDispose]();
      server.close();
      await server.closed;
    },
  },
  {
    id: "Managers: end of the server",
    says: "After the shutdown a call of a proxy fails.",
    async ours() {
      const server = await ManagerServer.listen("tcp://127.0.0.1:0");
      const manager = await Manager.connect(server.address);
      await manager.names();
      server.close();
      const outcome = await attempt(() => manager.names());
      await manager[Symbol.asyncDispose]();
      return outcome;
    },
  },
  {
    id: "Managers: Ctrl-C",
    says: "The server process ignores SIGINT, so that the parent can go on using it after Ctrl-C.",
    async ours() {
      await using child = startChild("process_manager_interrupted");
      assertEquals(await child.finished(), "interrupted\nstill there: 1\n");
    },
  },
  {
    id: "Managers: death of a client",
    says: "A lock that a client holds when it dies stays locked.",
    async ours() {
      await using manager = await Manager.start();
      const other = await Manager.connect(manager.address, { authKey: manager.authKey });
      await (await other.lock("l")).acquire();
      other.close();
      await (await manager.lock("l")).acquire({ timeout: 30_000 });
    },
    differs: "What a client has comes back when its connection ends, however it ends.",
  },
  {
    id: "Managers: pickles",
    says: "Who knows the key can make the server run any code, as it unpickles what comes.",
    async ours() {
      await using server = await ManagerServer.listen("tcp://127.0.0.1:0", { module: { f: () => 1 } });
      await using manager = await Manager.connect(server.address);
      // deno-lint-ignore no-explicit-any -- No type allows it.
      const any = manager.module as any;
      assertEquals(await attempt(() => any.f.constructor("return Deno.pid")), "refused");
    },
    differs: "Messages are data; only what is exposed can be called.",
  },
];
