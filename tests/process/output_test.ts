import { assertEquals, assertThrows } from "@std/assert";
import { startChild } from "../support/children.ts";
import { isRunning, killedAtEnd } from "../support/processes.ts";
import { processTest as test, started, startedWith } from "../support/processes_of_ours.ts";

test("stdout and stderr are piped when asked for", async () => {
  await using process = startedWith({ entry: "speak", stdout: "piped", stderr: "piped" });
  assertEquals(await process.stdout.text(), "one\ntwo\n");
  assertEquals(await process.stderr.text(), "wrong\n");
});

test("a stream that is not piped is an error", async () => {
  await using process = started("sleep");
  assertThrows(() => process.stdout, TypeError, "not piped");
});

test("output goes where the parent's goes, or there with the name before each line", async () => {
  await using child = startChild("process_outputs");
  const printed = await child.finished();
  assertEquals(printed.split("\n").toSorted(), ["", "[Named] one", "[Named] two", "one", "two"]);
  assertEquals(child.stderr.split("\n").toSorted(), ["", "[Named] wrong", "wrong"]);
});

test("a program that a child leaves behind with its output does not keep join() waiting", async () => {
  await using child = startChild("process_outputs", { args: ["left behind"] });
  await child.printed("joined 0");
  const stray = Number(/^\[Named\] (\d+)$/m.exec(child.stdout)![1]);
  using _ = killedAtEnd(stray);
  assertEquals(isRunning(stray), true);
});

test("an error that nobody asks for is printed, one that somebody asks for is not", async () => {
  await using child = startChild("process_outputs", { args: ["fail"] });
  await child.finished();
  assertEquals(child.stderr.match(/^Unasked failed: RangeError: it failed/gm)?.length, 1, child.stderr);
  assertEquals(child.stderr.includes("Asked failed"), false);
});
