import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { Pool, WorkerEndedError } from "../../../mod.ts";
import { errorOf } from "../../support/errors.ts";
import { poolOf } from "../../support/pools.ts";
import { isRunning } from "../../support/processes.ts";
import { attempt, type Row } from "../../support/semantics.ts";

/** "Process Pools". */
export const POOL: Row[] = [
  {
    id: "Pool(processes)",
    says: "It has so many workers, by default as many as the system has processors.",
    async ours() {
      await using pool = new Pool("data:text/javascript,export default 1");
      assertEquals(pool.size, navigator.hardwareConcurrency);
      return [
        await attempt(() => poolOf("process", { size: 0 })),
        await attempt(() => poolOf("process", { size: -1 })),
      ];
    },
  },
  {
    id: "Pool(initializer)",
    says: "Each worker calls it with initargs when it starts.",
    async ours() {
      await using pool = poolOf("process", { initializer: "initialise", initArgs: ["here"] });
      return [...new Set(await pool.map("initialised", [1, 2, 3, 4], { chunkSize: 1 }))];
    },
  },
  {
    id: "Pool: initializer that fails",
    says: "A worker whose initializer raises exits and is replaced, without end, and nothing is ever done.",
    async ours() {
      await using pool = poolOf("process", { initializer: "failToInitialise" });
      await assertRejects(() => pool.apply("add", [1, 2]), RangeError, "no room in here");
    },
    differs: "The calls fail with what it threw.",
  },
  {
    id: "Pool(maxtasksperchild)",
    says: "A worker that has done so many tasks exits and is replaced by a fresh one.",
    async ours() {
      await using pool = poolOf("process", { size: 1, maxTasksPerChild: 2 });
      const pids = [];
      for (let i = 0; i < 6; i++) pids.push(await pool.apply("pid"));
      return [new Set(pids).size, pids[0] === pids[1]];
    },
  },
  {
    id: "Pool.apply",
    says: "It calls a function with arguments in one of the workers, and blocks until the result is ready.",
    async ours() {
      await using pool = poolOf("process");
      return await pool.apply("add", [2, 3]);
    },
  },
  {
    id: "Pool.apply_async",
    says: "It returns a result object at once, whose get() waits.",
    async ours() {
      await using pool = poolOf("process");
      const results = [1, 2, 3].map((n) => pool.apply("square", [n]));
      return await Promise.all(results);
    },
  },
  {
    id: "Pool.apply_async(callback)",
    says: "A callback is applied to the result, an error_callback to what was raised.",
    async ours() {
      await using pool = poolOf("process");
      const seen: unknown[] = [];
      await pool.apply("square", [4]).then((value) => seen.push(value), () => {});
      await pool.apply("failFor", [1, 1]).then(() => {}, () => seen.push("error"));
      return seen;
    },
  },
  {
    id: "AsyncResult.get(timeout)",
    says: "It raises TimeoutError when the result is not there in time; the task goes on.",
    async ours() {
      await using pool = poolOf("process", { size: 1 });
      await assertRejects(() => pool.apply("sleep", [60_000], { timeout: 1 }), Deno.errors.TimedOut);
      assertEquals(await pool.apply("add", [1, 2]), 3);
    },
    differs:
      "Nobody waits for the task any more, so it is ended, with its worker: the next task has a place.",
  },
  {
    id: "AsyncResult.ready, successful",
    says: "Whether the call is done, and whether it raised nothing.",
    differs: "A promise is asked by then() and catch().",
  },
  {
    id: "Pool.map",
    says: "The results of the values, in their order; it blocks until all are ready.",
    async ours() {
      await using pool = poolOf("process");
      return await pool.map("square", [3, 1, 2]);
    },
  },
  {
    id: "Pool.map(chunksize)",
    says: "The values are cut into chunks, each of which is one task; the default depends on their number.",
    async ours() {
      await using pool = poolOf("process", { size: 2, maxTasksPerChild: 1 });
      const workers = await pool.map("whoami", Array(6).fill(0), { chunkSize: 3 });
      return new Set(workers.map(({ worker }) => worker)).size;
    },
  },
  {
    id: "Pool.map: exceptions",
    says: "It raises what one of the values raised.",
    async ours() {
      await using pool = poolOf("process");
      const error = await errorOf(() => pool.map("failForThree", [1, 2, 3]));
      assertInstanceOf(error, RangeError);
      assertStringIncludes(error.stack!, "pool_work.ts");
      return error.message;
    },
  },
  {
    id: "Pool.map: long iterables",
    says: "It makes a list of the iterable first, which may take much memory; imap is better for those.",
    async ours() {
      await using pool = poolOf("process");
      let read = 0;
      const values = (function*() {
        for (;;) yield ++read;
      })();
      const results = [];
      for await (const result of pool.imap("square", values, { ahead: 10 })) {
        if (results.push(result) === 20) break;
      }
      assertEquals(results.at(-1), 400);
      assert(read < 40, `${read} were read`);
    },
    differs: "An iterable is read when there is a worker for it; with imap also not faster than its results.",
  },
  {
    id: "Pool.imap",
    says: "A lazier map: an iterator over the results in order, with a chunksize of 1.",
    async ours() {
      await using pool = poolOf("process");
      const results = [];
      for await (const result of pool.imap("square", [1, 2, 3])) results.push(result);
      return results;
    },
  },
  {
    id: "Pool.imap: next(timeout)",
    says: "The iterator's next() raises TimeoutError when the next result is not there in time.",
    async ours() {
      await using pool = poolOf("process");
      const results = pool.imap("sleep", [60_000], { timeout: 1 });
      return await attempt(() => results.next());
    },
  },
  {
    id: "Pool.imap_unordered",
    says: "As imap, with the results in an arbitrary order.",
    async ours() {
      await using pool = poolOf("process");
      const results = [];
      for await (const result of pool.imapUnordered("square", [1, 2, 3])) results.push(result);
      return results.toSorted();
    },
  },
  {
    id: "Pool.starmap",
    says: "As map, where each value is an iterable that is unpacked as arguments.",
    async ours() {
      await using pool = poolOf("process");
      return await pool.starmap("add", [[1, 2], [3, 4]]);
    },
  },
  {
    id: "Pool.close",
    says: "No more tasks can be submitted; those that were are completed.",
    async ours() {
      await using pool = poolOf("process");
      const result = pool.apply("square", [5]);
      pool.close();
      const refused = await attempt(() => pool.apply("square", [5]));
      await pool.join({ timeout: 30_000 });
      return [refused, await result];
    },
  },
  {
    id: "Pool.terminate",
    says: "It stops the workers at once, without completing what is under way.",
    async ours() {
      const pool = poolOf("process", { size: 1 });
      const pid = await pool.apply("pid");
      const ended = assertRejects(() => pool.apply("spin"), Deno.errors.Interrupted);
      pool.terminate();
      await Promise.all([ended, pool.join({ timeout: 30_000 })]);
      return isRunning(pid);
    },
  },
  {
    id: "Pool.terminate: pending results",
    says: "A result that is waited for when the pool is terminated is waited for without end.",
    async ours() {
      const pool = poolOf("process");
      const waiting = pool.apply("never");
      pool.terminate();
      await assertRejects(() => waiting, Deno.errors.Interrupted);
      await pool.join();
    },
    differs: "It rejects: nobody waits for what cannot come.",
  },
  {
    id: "Pool.join",
    says: "It waits for the workers to exit; close() or terminate() has to be called before.",
    async ours() {
      await using pool = poolOf("process");
      const before = await attempt(() => pool.join());
      pool.close();
      await pool.join();
      return before;
    },
  },
  {
    id: "Pool as context manager",
    says: "The end of the with statement calls terminate().",
    async ours() {
      let pid: number;
      {
        await using pool = poolOf("process");
        pid = await pool.apply("pid");
      }
      return isRunning(pid);
    },
  },
  {
    id: "Pool: death of a worker",
    says: "When a worker is killed its task is lost, and who waits for it waits without end.",
    async ours() {
      await using pool = poolOf("process");
      const error = await errorOf(() => pool.apply("killMyself"));
      assertInstanceOf(error, WorkerEndedError);
      assertEquals([error.signal, await pool.apply("add", [1, 2])], ["SIGKILL", 3]);
    },
    differs: "Its task fails with how the worker died, and the pool goes on.",
  },
  {
    id: "Pool workers are daemons",
    says: "The workers are daemonic: they end with the main process, and cannot have children.",
    async ours() {
      await using pool = poolOf("process");
      const [name, daemon] = await pool.apply("nameAndDaemon");
      assertEquals([/^PoolWorker-\d+$/.test(`${name}`), daemon], [true, true]);
    },
    differs: "They end with the process, however it ends, and may have children, which end with them.",
  },
  {
    id: "Pool: garbage collection",
    says: "A pool that is not closed or terminated may hang the process when it ends.",
    async ours() {
      const program = `import { Pool } from "${new URL("../../../mod.ts", import.meta.url)}";
        const pool = new Pool("data:text/javascript,export const f = () => 1");
        console.log(await pool.apply("f"));`;
      const { stdout, code } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", `data:text/javascript,${encodeURIComponent(program)}`],
        stderr: "null",
      }).output();
      assertEquals([new TextDecoder().decode(stdout), code], ["1\n", 0]);
    },
    differs:
      "A pool that has nothing to do does not keep its process running, and its workers end with that.",
  },
  {
    id: "ThreadPool",
    says: "The same interface with threads instead of processes.",
    async ours() {
      await using pool = poolOf("thread");
      return [await pool.apply("pid") === Deno.pid, await pool.map("square", [1, 2])];
    },
  },
];
