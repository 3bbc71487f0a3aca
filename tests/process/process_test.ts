import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  activeChildren,
  currentProcess,
  parentProcess,
  pipe,
  Process,
  ProcessEndedError,
} from "../../mod.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { isRunning } from "../support/processes.ts";
import { processTest as test, resultOf, started, startedWith, WORK } from "../support/processes_of_ours.ts";

test("a process runs an export of a module with arguments, and its result arrives", async () => {
  assertEquals(await resultOf("add", 1, 2), 3);
  assertEquals(await resultOf("default"), "the default export");
});

test("arguments and results travel by structured clone", async () => {
  const cycle: Record<string, unknown> = { at: new Date(5), map: new Map([[1, new Set(["x"])]]), n: 10n };
  cycle["self"] = cycle;
  const [object, bytes, nothing] = await resultOf(
    "same",
    cycle,
    new Uint8Array([1, 2]),
    undefined,
  ) as unknown[];
  assertEquals((object as typeof cycle)["self"], object);
  assertEquals([(object as typeof cycle)["map"], (object as typeof cycle)["n"]], [cycle["map"], 10n]);
  assertEquals([bytes, nothing], [new Uint8Array([1, 2]), undefined]);
});

test("arguments and results of several megabytes arrive", async () => {
  const large = new Uint8Array(5_000_000).fill(9);
  assertEquals(await resultOf("same", large), [large]);
});

test("join() waits for the end and returns the exit code, as often as asked", async () => {
  const process = started("add", 1, 2);
  assertEquals([process.isAlive, process.exitCode], [true, undefined]);
  assertEquals(await process.join(), 0);
  assertEquals([process.isAlive, process.exitCode], [false, 0]);
  assertEquals(await process.join(), 0);
  assert(!isRunning(process.pid));
});

test("join() can be timed out and aborted, and the process runs on", async () => {
  await using process = started("sleep");
  await assertFails(() => process.join({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
  const reason = new Error("enough");
  assertEquals(await errorOf(() => process.join({ signal: AbortSignal.abort(reason) })), reason);
  const later = new AbortController();
  const joining = process.join({ signal: later.signal });
  later.abort(reason);
  assertEquals(await errorOf(() => joining), reason);
  assert(process.isAlive);
});

test("terminate() and kill() end it, with minus the signal's number as exit code", async () => {
  for (const [verb, code] of [["terminate", -15], ["kill", -9]] as const) {
    const process = started("sleep");
    process[verb]();
    assertEquals(await process.join(), code);
    process[verb](); // Nothing, as it has ended.
    const error = await errorOf(() => process.result);
    assertInstanceOf(error, ProcessEndedError);
    assertEquals([error.exitCode, error.signal], [code, code === -9 ? "SIGKILL" : "SIGTERM"]);
  }
});

test("kill() ends a process that never lets its event loop go", async () => {
  const process = started("spin");
  process.kill();
  assertEquals(await process.join(), -9);
});

test("Deno.exit(), a signal, and nothing left to do end it without a result", async () => {
  for (const [entry, arg, code] of [["exit", 3, 3], ["killSelf", "SIGUSR2", -12], ["never", 0, 0]] as const) {
    const process = started(entry, arg);
    assertEquals((await errorOf(() => process.result) as ProcessEndedError).exitCode, code);
    assertEquals(await process.join(), code);
  }
});

test("what the function throws arrives with class, message, properties, cause and remote stack", async () => {
  const process = startedWith({ entry: "fail", name: "Worker" });
  const error = await errorOf(() => process.result) as RangeError & Record<string, unknown>;
  assertInstanceOf(error, RangeError);
  assertEquals([error.message, error["code"], error["detail"]], ["it failed", "EWORK", { n: 1 }]);
  assertInstanceOf(error.cause, Deno.errors.NotFound);
  assertEquals(error.cause.message, "the deeper reason");
  assertStringIncludes(error.stack!, "at fail (file://");
  assertStringIncludes(error.stack!, "process_work.ts:");
  assertStringIncludes(error.stack!, `at Worker (process ${process.pid})`);
  assert(!error.stack!.includes("child_main"), error.stack);
  assertEquals(await process.join(), 1);
});

test("what is thrown and no error arrives as it is", async () => {
  for (const value of ["text", { a: [1] }, undefined]) {
    assertEquals(await resultOf("failWith", value).catch((thrown) => ({ thrown })), { thrown: value });
  }
});

test("errors that nobody catches end it, and arrive", async () => {
  await assertRejects(() => resultOf("failLater"), TypeError, "thrown in a timer");
  await assertRejects(() => resultOf("rejectUnseen"), SyntaxError, "nobody awaits it");
});

test("a module that does not exist, fails, or has no such function is an error of the result", async () => {
  const missing = startedWith({}, new URL("no_such.ts", WORK).href);
  await assertRejects(() => missing.result, TypeError, "Module not found");
  const failing = startedWith({}, "data:text/javascript,throw new RangeError('at load')");
  await assertRejects(() => failing.result, RangeError, "at load");
  const wrong = startedWith({}, "data:text/javascript,export const x = ;");
  await assertRejects(() => wrong.result, Error);
  await assertRejects(() => resultOf("noSuch"), TypeError, "Cannot run 'noSuch' of");
  await assertRejects(() => resultOf("notAFunction"), TypeError, "that is not a function");
  await assertRejects(() => resultOf("toString"), TypeError, "it has no such export");
  for (const process of [missing, failing, wrong]) assertEquals(await process.join(), 1);
});

test("a data: module runs, and TypeScript in one", async () => {
  await using process = startedWith(
    { args: [2] },
    "data:text/typescript,export default (n: number) => n * 2",
  );
  assertEquals(await process.result, 4);
});

test("an argument or a result that cannot be cloned is an error with the path to it", async () => {
  const process = new Process(WORK, { args: [1, { a: [() => {}] }] });
  assertThrows(() => process.start(), TypeError, "$.args[1].a[0]: a function");
  assertEquals(process.isAlive, false);
  await assertRejects(() => resultOf("aFunction"), TypeError, "$.result: a function");
});

test("arguments and a result over maxMessageSize are a RangeError", async () => {
  const process = new Process(WORK, { args: [new Uint8Array(2000)], maxMessageSize: 1000 });
  assertThrows(() => process.start(), RangeError, "maxMessageSize is 1000");
  await using second = startedWith({ entry: "bytes", args: [2000], maxMessageSize: 1000 });
  await assertRejects(() => second.result, RangeError, "maxMessageSize is 1000");
});

test("a process is started once, and joined after that", async () => {
  const process = new Process(WORK, { entry: "add", name: "Once" });
  await assertRejects(() => process.join(), TypeError, "Cannot join Once: it was not started");
  assertThrows(() => process.terminate(), TypeError, "was not started");
  assertThrows(() => process.pid, TypeError, "was not started");
  assertEquals([process.isAlive, process.exitCode], [false, undefined]);
  process.start();
  assertThrows(() => process.start(), TypeError, "Cannot start Once: it was started before");
  await process.join();
  assertThrows(() => process.start(), TypeError, "started before");
});

test("wrong options are refused before anything starts", async () => {
  assertThrows(() => new Process("./work.ts"), TypeError, 'import.meta.resolve("./work.ts")');
  assertThrows(() => new Process("ftp://a/b.ts"), TypeError, "ftp:");
  assertThrows(() => new Process(5 as never), TypeError, "not number");
  assertThrows(() => new Process(WORK, { entry: 1 as never }), TypeError, "The option entry");
  assertThrows(() => new Process(WORK, { args: {} as never }), TypeError, "The option args");
  assertThrows(() => new Process(WORK, { stdout: "null" as never }), TypeError, "The option stdout");
  assertThrows(() => new Process(WORK, { maxMessageSize: -1 }), RangeError, "maxMessageSize");
  assertThrows(() => new Process(WORK, { cwd: "/no/such" }).start(), Deno.errors.NotFound);
  await Promise.resolve();
});

test("names are Python's, and a child knows its own, its parent's and its children", async () => {
  assertEquals(currentProcess(), { name: "MainProcess", daemon: false, pid: Deno.pid });
  assertEquals(parentProcess(), undefined);
  const process = startedWith({ entry: "who", daemon: true });
  assertEquals(/^Process-\d+$/.test(process.name), true, process.name);
  const parent = { name: "MainProcess", pid: Deno.pid, isAlive: true };
  const { pid, name } = process;
  assertEquals(await process.result, { name, pid, daemon: true, parent, mine: true, children: 0 });
  const nested = startedWith({ entry: "grandchild", args: ["who"], name: "Outer" });
  assertEquals((await nested.result as { name: string }).name, "Outer:1");
  await Promise.all([process.join(), nested.join()]);
});

test("activeChildren() has those that run", async () => {
  const process = started("sleep");
  assertEquals(activeChildren(), [process]);
  process.kill();
  await process.join();
  assertEquals(activeChildren(), []);
});

test("the environment can be added to, and the folder chosen", async () => {
  await using process = startedWith({ entry: "environment", args: ["ADDED"], env: { ADDED: "x" }, cwd: "/" });
  assertEquals(await process.result, ["x", "/"]);
});

test("its stdin is at its end", async () => {
  assertEquals(await resultOf("stdin"), null);
});

test("what the function has sent and not awaited leaves; what goes on after it is cut off", async () => {
  const { reader, writer } = pipe();
  const process = started("leavesWorkBehind", writer);
  assertEquals(await reader.text(), "sent and not awaited\n");
  reader.close();
  assertEquals(await process.join(), 0);
});

test("fifty processes at once all answer", async () => {
  const processes = Array.from({ length: 50 }, (_, i) => started("add", i, 1));
  assertEquals(await Promise.all(processes.map((process) => process.result)), processes.map((_, i) => i + 1));
  await Promise.all(processes.map((process) => process.join()));
});
