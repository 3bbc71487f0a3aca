import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { Pool } from "../../mod.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { all, poolOf, test, testBoth, testBothKilled, WORK } from "../support/pools.ts";

testBoth("apply() calls an export of the module with arguments, and resolves to its result", async (kind) => {
  await using pool = poolOf(kind);
  assertEquals(await pool.apply("add", [1, 2]), 3);
  assertEquals(await pool.apply("initialised"), "nothing");
  assertEquals(await Promise.all([1, 2, 3, 4, 5].map((n) => pool.apply("square", [n]))), [1, 4, 9, 16, 25]);
});

testBoth(
  "map() resolves to the results in the order of the values, whatever the chunk size",
  async (kind) => {
    await using pool = poolOf(kind);
    const values = Array.from({ length: 100 }, (_, n) => n);
    const squares = values.map((n) => n * n);
    for (const chunkSize of [undefined, 1, 7, 1000]) {
      assertEquals(await pool.map("square", values, { chunkSize }), squares);
    }
    assertEquals(await pool.map("square", []), []);
  },
);

testBoth("map() takes any iterable, and async ones", async (kind) => {
  await using pool = poolOf(kind);
  assertEquals(await pool.map("square", new Set([1, 2, 3])), [1, 4, 9]);
  const generator = function*() {
    yield* [4, 5];
  };
  assertEquals(await pool.map("square", generator()), [16, 25]);
  const later = async function*() {
    yield 6;
    await new Promise((resolve) => setTimeout(resolve, 1));
    yield 7;
  };
  assertEquals(await pool.map("square", later()), [36, 49]);
  assertEquals(await pool.map("square", later(), { chunkSize: 10 }), [36, 49]);
});

testBoth("map() gives arrays, undefined and bytes back as they are", async (kind) => {
  await using pool = poolOf(kind);
  const values = [[1, [2]], undefined, new Uint8Array([3]), null];
  assertEquals(await pool.map("same", values), values.map((value) => [value]));
});

testBoth("starmap() spreads each value as arguments", async (kind) => {
  await using pool = poolOf(kind);
  assertEquals(await pool.starmap("add", [[1, 2], [3, 4], [5, 6]]), [3, 7, 11]);
});

testBoth("imap() gives results in order, one by one; imapUnordered() as they come", async (kind) => {
  await using pool = poolOf(kind);
  assertEquals(await all(pool.imap("square", [3, 2, 1])), [9, 4, 1]);
  assertEquals(await all(pool.imap("square", [3, 2, 1], { chunkSize: 2 })), [9, 4, 1]);
  const came = await all(pool.imapUnordered("sleep", [300, 1, 2]));
  assertEquals(came.toSorted((a, b) => a - b), [1, 2, 300]);
  assertEquals(came.at(-1), 300);
});

testBoth("next() of imap() can be called again before the last result is there", async (kind) => {
  await using pool = poolOf(kind);
  const results = pool.imap("square", [1, 2, 3]);
  const four = await Promise.all([results.next(), results.next(), results.next(), results.next()]);
  assertEquals(four.map(({ value }) => value), [1, 4, 9, undefined]);
  assertEquals(four.map(({ done }) => done), [false, false, false, true]);
});

testBoth("what a task throws, the call rejects with, remote stack included", async (kind) => {
  await using pool = poolOf(kind);
  const error = await errorOf(() => pool.apply("failFor", [5, 5])) as RangeError & { code: string };
  assertInstanceOf(error, RangeError);
  assertEquals([error.message, error.code], ["5 is refused", "EREFUSED"]);
  assertStringIncludes(error.stack!, "pool_work.ts");
  assertStringIncludes(error.stack!, "PoolWorker-");
  assert(!error.stack!.includes("pool_serving"), error.stack);
});

testBoth("the first failure of a map() is its own, and the workers go on", async (kind) => {
  await using pool = poolOf(kind);
  for (const chunkSize of [1, 2, 100]) {
    const failing = () => pool.map("failForThree", [1, 2, 3, 4, 5], { chunkSize });
    assertStringIncludes((await errorOf(failing) as Error).message, "3 is refused");
  }
  assertEquals(await pool.map("failForThree", [1, 2]), [1, 2]);
});

testBoth("imap() gives the results before a failure, then the failure, and is over", async (kind) => {
  await using pool = poolOf(kind);
  const results = pool.imap("failForThree", [1, 2, 3, 4]);
  assertEquals([(await results.next()).value, (await results.next()).value], [1, 2]);
  await assertFails(() => results.next(), { type: RangeError, code: "EREFUSED" });
  assertEquals(await results.next(), { done: true, value: undefined });
});

testBoth("a source of values that throws is the failure of its call", async (kind) => {
  await using pool = poolOf(kind);
  const broken = function*() {
    yield* [1, 2];
    throw new SyntaxError("no more");
  };
  const later = async function*() {
    yield* [1, 2];
    await Promise.reject(new SyntaxError("no more"));
  };
  for (const source of [broken, later]) {
    await assertFails(() => pool.map("square", source()), { type: SyntaxError });
    for (const chunkSize of [1, 3]) {
      const results: number[] = [];
      await assertFails(async () => {
        for await (const result of pool.imap("square", source(), { chunkSize })) results.push(result);
      }, { type: SyntaxError });
      assertEquals(results, [1, 4]); // What it gave before has its results.
    }
    await assertFails(() => all(pool.imapUnordered("square", source())), { type: SyntaxError });
  }
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

testBoth("the initializer runs once in each worker, before its first task", async (kind) => {
  await using pool = poolOf(kind, { initializer: "initialise", initArgs: ["ready"] });
  assertEquals(await pool.map("initialised", [1, 2, 3, 4], { chunkSize: 1 }), Array(4).fill("ready"));
});

testBoth("workers are started when there is something to do, and no more than size", async (kind) => {
  await using pool = poolOf(kind, { size: 3 });
  for (let n = 0; n < 4; n++) await pool.apply("whoami");
  assertEquals((await pool.apply("whoami")).calls, 5); // One was enough.
  const many = await pool.map("whoami", Array.from({ length: 60 }, (_, n) => n), { chunkSize: 1 });
  assert(new Set(many.map(({ worker }) => worker)).size <= 3);
});

testBoth("tasks run at the same time, one in each worker", async (kind) => {
  await using pool = poolOf(kind, { size: 3 });
  await pool.map("sleep", [1, 1, 1], { chunkSize: 1 });
  const start = performance.now();
  // Three at a time: were they one after the other, it could not take less than 3 s.
  await pool.map("sleep", Array(6).fill(500), { chunkSize: 1 });
  const took = performance.now() - start;
  assert(took >= 1000, `${took}`);
  assert(took < 3000, `${took}`);
});

testBoth("a long task does not hold up those that were sent after it", async (kind) => {
  await using pool = poolOf(kind);
  await pool.map("sleep", [1, 1], { chunkSize: 1 });
  // Sent ahead to both workers; the one without the endless task takes them over.
  const endless = pool.apply("never").catch(() => {});
  assertEquals((await pool.map("square", Array(200).fill(2), { chunkSize: 1 })).length, 200);
  pool.terminate();
  await endless;
});

testBoth("a call with many tasks does not keep the next call waiting until it is done", async (kind) => {
  await using pool = poolOf(kind);
  let over = false;
  const many = pool.map("sleep", Array(500).fill(2), { chunkSize: 1 }).then(() => over = true);
  assertEquals(await pool.apply("add", [1, 2]), 3);
  assert(!over);
  await many;
});

testBoth("maxTasksPerChild replaces a worker after so many tasks", async (kind) => {
  await using pool = poolOf(kind, { size: 1, maxTasksPerChild: 2 });
  const seen = await pool.map("whoami", [1, 2, 3, 4, 5], { chunkSize: 1 });
  assertEquals(seen.map(({ calls }) => calls), [1, 2, 1, 2, 1]);
  assertEquals(new Set(seen.map(({ worker }) => worker)).size, 3);
});

testBoth("close() lets all be done, and join() waits for it", async (kind) => {
  const pool = poolOf(kind);
  const results = pool.map("sleep", [20, 20, 20], { chunkSize: 1 });
  pool.close();
  pool.close();
  await assertFails(() => pool.apply("add", [1, 2]), { type: Deno.errors.BadResource, code: "EBADF" });
  await pool.join();
  assertEquals(await results, [20, 20, 20]);
  await pool.join();
});

testBothKilled("terminate() ends the workers, and what is not done is Interrupted", async (kind) => {
  const pool = poolOf(kind);
  await pool.apply("add", [1, 2]);
  const calls = [pool.apply("spin"), pool.map("sleep", [60_000]), all(pool.imap("sleep", [60_000]))];
  const ends = Promise.all(calls.map((call) => assertFails(() => call, { type: Deno.errors.Interrupted })));
  pool.terminate();
  pool.terminate();
  await ends;
  await pool.join();
  await assertFails(() => pool.map("square", [1]), { type: Deno.errors.BadResource, code: "EBADF" });
});

testBoth("join() before close() is refused, and can be timed out and aborted", async (kind) => {
  await using pool = poolOf(kind);
  await assertFails(() => pool.join(), { type: TypeError });
  const slow = pool.apply("sleep", [300]);
  pool.close();
  await assertFails(() => pool.join({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
  const reason = new Error("enough");
  assertEquals(await errorOf(() => pool.join({ signal: AbortSignal.abort(reason) })), reason);
  assertEquals(await slow, 300);
  await pool.join();
});

testBoth("a pool that never had anything to do closes and joins", async (kind) => {
  const pool = poolOf(kind);
  pool.close();
  await pool.join();
  await using _other = poolOf(kind);
});

test("a pool of processes that has nothing to do does not keep its process running", async () => {
  const program = `import { Pool } from ${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)};
    const pool = new Pool(${JSON.stringify(WORK)}, { size: 1 });
    console.log(await pool.apply("add", [1, 2]));`;
  const { stdout, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", "-A", `data:text/javascript,${encodeURIComponent(program)}`],
    stderr: "inherit",
  }).output();
  assertEquals([new TextDecoder().decode(stdout), code], ["3\n", 0]);
});

test("the default is a process for each core", async () => {
  await using pool = new Pool(WORK);
  assertEquals([pool.size, pool.kind], [navigator.hardwareConcurrency, "process"]);
  assert(await pool.apply("pid") !== Deno.pid);
  await using threads = new Pool(WORK, { kind: "thread" });
  assertEquals(await threads.apply("pid"), Deno.pid);
});
