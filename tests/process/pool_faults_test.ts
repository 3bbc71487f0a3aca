import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { Pool, SharedValue, WorkerEndedError } from "../../mod.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { all, poolOf, test, testBoth, testBothKilled, WORK } from "../support/pools.ts";
import { isRunning } from "../support/processes.ts";
import { tempDir } from "../support/temp.ts";
import { until } from "../support/watchdog.ts";

testBoth("a worker that exits fails its own task, says how, and is replaced", async (kind) => {
  await using pool = poolOf(kind);
  const others = pool.map("square", Array(200).fill(2), { chunkSize: 1 });
  const error = await assertFails(() => pool.apply("exit", [3]), {
    type: WorkerEndedError,
  }) as WorkerEndedError;
  assertEquals([error.exitCode, error.signal], [3, null]);
  assertStringIncludes(error.message, "Cannot run 'exit' in the pool: PoolWorker-");
  assertStringIncludes(error.message, "with exit code 3");
  assertEquals(await others, Array(200).fill(4));
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

testBoth("of a map() only the task with the value that ends its worker fails", async (kind) => {
  await using pool = poolOf(kind);
  const calls = [1, 2, 3, 4, 5, 6].map((n) => pool.apply("exitForThree", [n]));
  const ends = await Promise.allSettled(calls);
  assertEquals(ends.map(({ status }) => status === "fulfilled"), [true, true, false, true, true, true]);
  const error = await errorOf(() => pool.map("exitForThree", [1, 2, 3], { chunkSize: 1 }));
  assertInstanceOf(error, WorkerEndedError);
});

test("a worker that is killed fails its own task, with the signal", async () => {
  await using pool = poolOf("process");
  const error = await assertFails(() => pool.apply("killMyself"), {
    type: WorkerEndedError,
  }) as WorkerEndedError;
  assertEquals([error.exitCode, error.signal], [-9, "SIGKILL"]);
  assertStringIncludes(error.message, "memory");
});

test("a thread that closes itself fails its own task", async () => {
  await using pool = poolOf("thread");
  const error = await assertFails(() => pool.apply("closeWorker"), { type: WorkerEndedError });
  assertStringIncludes(error.message, "exit code 0");
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

test("a process whose heap is full fails its own task, and says what it can be", async () => {
  await using pool = poolOf("process", { size: 1, env: { DENO_V8_FLAGS: "--max-old-space-size=40" } });
  const error = await assertFails(() => pool.apply("fillMemory"), {
    type: WorkerEndedError,
  }) as WorkerEndedError;
  assert(error.signal === "SIGTRAP" || error.signal === "SIGABRT", `${error.signal}`);
  assertStringIncludes(error.message, "its heap is full");
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

test("an idle worker that is killed is replaced, and nobody notices", async () => {
  await using pool = poolOf("process", { size: 1 });
  const pid = await pool.apply("pid");
  Deno.kill(pid, "SIGKILL");
  await until("it to end", () => !isRunning(pid));
  // It can be that the pool has not heard of it yet: the task was not begun, and goes to the next worker.
  const next = await pool.apply("pid");
  assert(next !== pid);
});

testBoth("an error that nobody catches ends the worker, and is the cause", async (kind) => {
  await using pool = poolOf(kind);
  const error = await errorOf(() => pool.apply("failLater"));
  assertInstanceOf(error, WorkerEndedError);
  assertInstanceOf(error.cause, SyntaxError);
  assertEquals(error.exitCode, kind === "process" ? 1 : undefined);
  assertStringIncludes(error.message, "nobody caught SyntaxError: thrown in a timer");
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

testBoth("maxAttempts gives a task to other workers, and gives up after so many", async (kind) => {
  await using pool = poolOf(kind);
  using folder = tempDir();
  const file = folder.join("once");
  await Deno.writeTextFile(file, "");
  assertEquals(await pool.apply("exitOnce", [file], { maxAttempts: 2 }), "done");
  const error = await errorOf(() => pool.apply("exit", [4], { maxAttempts: 3 })) as Error;
  assertStringIncludes(error.message, "the last of 3 workers that it was given to");
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

testBoth(
  "an initializer that throws fails the calls with what it threw, and they do not hang",
  async (kind) => {
    await using pool = poolOf(kind, { initializer: "failToInitialise" });
    for (let n = 0; n < 2; n++) {
      const [one, two] = [pool.apply("add", [1, 2]), pool.map("square", [1, 2])];
      for (const call of [one, two]) {
        const error = await errorOf(() => call);
        assertInstanceOf(error, RangeError);
        assertEquals(error.message, "no room in here");
      }
    }
  },
);

testBoth("workers that end before they are ready are given up after three", async (kind) => {
  await using pool = poolOf(kind, { initializer: "exit", initArgs: [5] });
  const error = await errorOf(() => pool.apply("add", [1, 2]));
  assertInstanceOf(error, WorkerEndedError);
  assertStringIncludes(error.message, "Cannot start the workers of the pool");
  assertEquals(error.exitCode, 5);
});

testBoth("a module that does not exist, throws, or lacks the export is an error", async (kind) => {
  for (
    const [module, words] of [
      ["file:///nowhere/at/all.ts", "Module not found"],
      ["data:text/javascript,throw new RangeError('not today')", "not today"],
      ["data:text/javascript,export const = 1", "Unexpected token"],
    ] as const
  ) {
    await using pool = new Pool(module, { kind, size: 1 });
    const error = await errorOf(() => pool.apply("x")) as Error;
    assertStringIncludes(error.message, words);
  }
  await using pool = new Pool(WORK, { kind });
  for (const entry of ["nothing", "notAFunction", "constructor", "__proto__", "then"]) {
    const error = await assertFails(() => pool.apply(entry), { type: TypeError });
    assertStringIncludes(error.message, `Cannot run '${entry}' of `);
  }
});

testBothKilled("a time-out or an abort ends the worker that computes, and no other", async (kind) => {
  await using pool = poolOf(kind);
  const other = pool.apply("sleep", [400]);
  await assertFails(() => pool.apply("spin", [], { timeout: 100 }), {
    type: Deno.errors.TimedOut,
    code: "ETIMEDOUT",
  });
  const reason = new Error("enough");
  const later = new AbortController();
  const call = pool.apply("spin", [], { signal: later.signal });
  setTimeout(() => later.abort(reason), 50);
  assertEquals(await errorOf(() => call), reason);
  assertEquals(await errorOf(() => pool.apply("spin", [], { signal: AbortSignal.abort(reason) })), reason);
  assertEquals(await other, 400);
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

testBothKilled(
  "a task does not wait for one that computes, when the other worker was just ended",
  async (kind) => {
    await using pool = poolOf(kind);
    await pool.map("square", [1, 2, 3, 4], { chunkSize: 1 });
    const endless = errorOf(() => pool.apply("spin"));
    await assertFails(() => pool.apply("spin", [], { timeout: 100 }), {
      type: Deno.errors.TimedOut,
      code: "ETIMEDOUT",
    });
    assertEquals(await pool.apply("square", [3]), 9);
    pool.terminate();
    assertInstanceOf(await endless, Deno.errors.Interrupted);
  },
);

testBoth("an abort of a map() drops what was not begun", async (kind) => {
  await using pool = poolOf(kind, { size: 1 });
  await pool.apply("add", [1, 2]);
  const later = new AbortController();
  const call = pool.map("sleep", Array(100).fill(1000), { chunkSize: 1, signal: later.signal });
  const behind = pool.apply("add", [1, 2]);
  later.abort(new Error("enough"));
  assertEquals((await errorOf(() => call) as Error).message, "enough");
  assertEquals(await behind, 3);
});

testBothKilled("taskTimeout limits each task, from when it begins", async (kind) => {
  await using pool = poolOf(kind, { size: 1 });
  // Five tasks of 300 ms take longer than the limit together.
  assertEquals(await pool.map("sleep", Array(5).fill(300), { taskTimeout: 1400 }), Array(5).fill(300));
  await assertFails(() => pool.map("sleep", [1, 60_000], { taskTimeout: 200 }), {
    type: Deno.errors.TimedOut,
    code: "ETIMEDOUT",
  });
  const error = await assertFails(() => pool.apply("spin", [], { taskTimeout: 100 }), {
    type: Deno.errors.TimedOut,
    code: "ETIMEDOUT",
  });
  assertEquals(error.message, "Cannot run 'spin' in the pool: it did not return within 100 ms");
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

testBoth("the wait for a result of imap() can be timed out, and ends it", async (kind) => {
  await using pool = poolOf(kind);
  await pool.map("sleep", [1, 1], { chunkSize: 1 });
  const results = pool.imap("sleep", [1, 60_000, 1], { timeout: 2000 });
  assertEquals((await results.next()).value, 1);
  await assertFails(() => results.next(), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
  assertEquals(await results.next(), { done: true, value: undefined });
  assertEquals(await all(pool.imap("square", [1, 2])), [1, 4]);
});

test("workers of a pool that are killed at random lose no task but the one that they have begun", async () => {
  await using pool = poolOf("process", { size: 3 });
  using marks = SharedValue.create({ type: "int32" });
  const rounds = 12;
  for (let round = 0; round < rounds; round++) {
    const before = marks.value;
    const pids = new Set(await pool.map("pid", Array(9).fill(undefined), { chunkSize: 1 }));
    const calls = Array.from(
      { length: 300 },
      (_, n) => pool.apply(n % 50 === 0 ? "sleepAndMark" : "mark", [marks]),
    );
    const settled = Promise.allSettled(calls);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    const [victim] = pids;
    if (isRunning(victim!)) Deno.kill(victim!, "SIGKILL");
    const ends = await settled;
    const failed = ends.filter(({ status }) => status === "rejected");
    assert(failed.length <= 1, `${failed.length} tasks failed`);
    for (const { reason } of failed as PromiseRejectedResult[]) assertInstanceOf(reason, WorkerEndedError);
    // A task that failed may have marked: it was cut off somewhere.
    const marked = marks.value - before;
    assert(marked === 300 || marked === 300 - failed.length, `${marked} of 300, ${failed.length} failed`);
  }
});

testBothKilled("terminate() in the middle of everything leaves nothing", async (kind) => {
  for (let round = 0; round < 5; round++) {
    const pool = poolOf(kind, { size: 3 });
    const calls = [
      pool.map("square", Array(1000).fill(2), { chunkSize: 1 }),
      pool.apply("spin"),
      pool.map("large", Array(20).fill(500_000), { chunkSize: 1 }),
      all(pool.imapUnordered("sleep", Array(50).fill(1))),
    ];
    const settled = Promise.allSettled(calls);
    await new Promise((resolve) => setTimeout(resolve, round * 30));
    await pool[Symbol.asyncDispose]();
    for (const end of await settled) {
      if (end.status === "rejected") assertInstanceOf(end.reason, Deno.errors.Interrupted);
    }
  }
});

for (const how of ["exit", "throw", "SIGKILL", "SIGINT", "SIGTERM"] as const) {
  test(`the workers of a pool end within 1 s of their parent's end by ${how}`, async () => {
    const parent = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-prompt",
        new URL("../children/pool_parent.ts", import.meta.url).pathname,
        how,
      ],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = parent.stdout.pipeThrough(new TextDecoderStream());
    const pids: number[] = [];
    for await (const line of lines.values({ preventCancel: true })) {
      pids.push(...JSON.parse(line));
      break;
    }
    assert(pids.length === 3 && pids.every(isRunning), `${pids}`);
    if (how.startsWith("SIG")) parent.kill(how as Deno.Signal);
    await parent.status;
    await until("the workers to end", () => !pids.some(isRunning), 1000);
    await lines.cancel();
  });
}
