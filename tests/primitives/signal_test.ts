import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { abortOnSignal, isAlive, sendSignal, signals, spawn, untilSignal } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { skipIf } from "../support/skip.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

function test(name: string, body: () => Promise<void> | void, ignore = false): void {
  Deno.test({ name, ignore, fn: () => within(PATIENCE_MS, name, async () => await body()) });
}

test("signals() gives each kind that came, in their order", async () => {
  using coming = signals("SIGUSR1", "SIGUSR2", "SIGHUP");
  for (const name of ["SIGUSR2", "SIGHUP", "SIGUSR1"] as const) {
    sendSignal(Deno.pid, name);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const got = [];
  for await (const name of coming) if (got.push(name) === 3) break;
  assertEquals(got, ["SIGUSR2", "SIGHUP", "SIGUSR1"]);
});

test("a burst of signals loses no kind, however slow the loop is", async () => {
  using coming = signals("SIGUSR1", "SIGUSR2", "SIGHUP", "SIGCONT");
  const names = ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGCONT"] as const;
  for (let i = 0; i < 100; i++) for (const name of names) sendSignal(Deno.pid, name);
  const kinds = new Set<string>();
  for await (const name of coming) {
    kinds.add(name);
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (kinds.size === names.length) break;
  }
  assertEquals([...kinds].sort(), [...names].sort());
});

test("a signal that comes before the first next() is not lost", async () => {
  using coming = signals("SIGUSR1");
  sendSignal(Deno.pid, "SIGUSR1");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(await coming.next(), { done: false, value: "SIGUSR1" });
});

test("close() ends a wait, and so does an abort or a time-out", async () => {
  const coming = signals("SIGUSR1");
  const waiting = coming.next();
  assert(await stillWaits(waiting));
  coming.close();
  coming.close();
  assertEquals(await waiting, { done: true, value: undefined });
  assertEquals(await coming.next(), { done: true, value: undefined });
  const controller = new AbortController();
  const aborted = signals("SIGUSR1", { signal: controller.signal }).next();
  controller.abort(new Error("enough"));
  await assertRejects(() => aborted, Error, "enough");
  await assertRejects(
    () => signals("SIGUSR1", "SIGHUP", { timeout: 5 }).next(),
    Deno.errors.TimedOut,
    "Cannot wait for SIGUSR1 or SIGHUP: none came within 5 ms",
  );
});

test("untilSignal() resolves with the first of its signals", async () => {
  const waiting = untilSignal(["SIGUSR1", "SIGUSR2"]);
  assert(await stillWaits(waiting));
  sendSignal(Deno.pid, "SIGUSR2");
  assertEquals(await waiting, "SIGUSR2");
  await assertRejects(() => untilSignal("SIGUSR1", { timeout: 5 }), Deno.errors.TimedOut, "within 5 ms");
});

for (const way of ["break", "untilSignal", "abort", "dispose"]) {
  test(`the default behaviour is back after ${way}`, async () => {
    await using child = startChild("signal_listener", { args: [way] });
    await child.printed("listening");
    child.kill("SIGTERM");
    await child.printed("default again");
    child.kill("SIGTERM");
    assertEquals((await child.status).signal, "SIGTERM");
  });
}

test("a wait for a signal keeps the process running, listening alone does not", async () => {
  await using waiting = startChild("signal_listener", { args: ["wait"] });
  await waiting.printed("listening");
  assert(await stillWaits(waiting.status, 300));
  waiting.kill("SIGTERM");
  assertEquals((await waiting.status).code, 0);
  await using listening = startChild("signal_listener", { args: ["listen"] });
  assertEquals((await listening.status).code, 0);
});

test("abortOnSignal() aborts once, with the signal's name", async () => {
  using signal = abortOnSignal("SIGUSR1", "SIGUSR2");
  assertEquals(signal.aborted, false);
  sendSignal(Deno.pid, "SIGUSR2");
  await until("the abort", () => signal.aborted);
  assertEquals(signal.reason.name, "AbortError");
  assertEquals(signal.reason.message, "SIGUSR2 was received");
});

test("sendSignal() reaches a process, and a whole group", async () => {
  await using single = spawn("sleep", { args: ["60"], stdin: "null" });
  sendSignal(single.pid, "SIGUSR1");
  assertEquals((await single.status).signal, "SIGUSR1");
  for (const target of [(pid: number) => ({ group: pid }), (pid: number) => -pid]) {
    const leader = spawn("sh", { args: ["-c", "sleep 60 & echo $!; wait"], detached: true, stdout: "piped" });
    const member = Number((await leader.stdoutReader.lines().next()).value);
    assert(isAlive(member));
    sendSignal(target(leader.pid), "SIGKILL");
    assertEquals((await leader.status).signal, "SIGKILL");
    await until("the member of the group to end", () => !isRunningSleep(member));
    await leader[Symbol.asyncDispose]();
  }
});

test("isAlive() tells of a process that runs, and of one that is gone", async () => {
  const child = spawn("cat", { stdin: "piped" });
  assertEquals([isAlive(Deno.pid), isAlive(child.pid), isAlive(1)], [true, true, true]);
  child.stdinWriter.close();
  await child.status;
  assertEquals(isAlive(child.pid), false);
  await child[Symbol.asyncDispose]();
});

test("isAlive() counts a process of another user, and sendSignal() is PermissionDenied", async () => {
  await using child = startChild("signal_as_nobody", { args: [`${Deno.pid}`] });
  assertEquals(JSON.parse(await child.finished()), { alive: true, name: "PermissionDenied", code: "EPERM" });
}, skipIf(Deno.uid() !== 0, "only root can become another user"));

test("sendSignal() to nobody is NotFound", () => {
  const error = assertThrows(() => sendSignal(2 ** 30, "SIGTERM"), Deno.errors.NotFound, "no such process");
  assertEquals((error as { code?: string; syscall?: string }).code, "ESRCH");
  assertThrows(
    () => sendSignal({ group: 2 ** 30 }, "SIGTERM"),
    Deno.errors.NotFound,
    "process group 1073741824",
  );
});

test("what would reach many processes by mistake is refused", () => {
  for (const target of [0, -1, { group: 0 }, { group: 1 }]) {
    assertThrows(() => sendSignal(target, "SIGCONT"), RangeError, "many processes");
  }
  for (const target of [1.5, NaN, 2 ** 31, "7", null, undefined, {}]) {
    assertThrows(() => sendSignal(target as number, "SIGCONT"), TypeError);
    assertThrows(() => isAlive(target as number), TypeError);
  }
  assertThrows(() => isAlive(-5), TypeError);
});

test("a signal that does not exist, or cannot be caught, is a TypeError", () => {
  for (const name of ["SIGNOTHING", "", "toString", 15] as unknown as Deno.Signal[]) {
    assertThrows(() => sendSignal(Deno.pid, name), TypeError);
    assertThrows(() => signals(name), TypeError);
    assertThrows(() => abortOnSignal(name), TypeError);
  }
  assertThrows(() => signals("SIGUSR1", "SIGKILL"), TypeError);
  assertThrows(() => signals(), TypeError, "at least one");
  assertThrows(() => abortOnSignal(), TypeError, "at least one");
});

/** A process that nobody waits for stays as a zombie where no init takes note of it. */
function isRunningSleep(pid: number): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]![0] !== "Z";
  } catch {
    return false;
  }
}
