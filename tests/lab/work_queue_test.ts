import { assert, assertEquals } from "@std/assert";
import { startProgram } from "./started.ts";

Deno.test("work_queue's consumers take together what its producers put, and all processes end", async () => {
  await using main = startProgram("work_queue", "3", "2", "200");
  const lines = (await main.finished()).trimEnd().split("\n");
  assertEquals(lines.at(-1), "Main: 600 items were put and taken, 0 are left");
  const taken = lines.flatMap((line) => /^Consumer \d took (\d+) items$/.exec(line)?.[1] ?? []).map(Number);
  assertEquals([taken.length, taken.reduce((sum, count) => sum + count, 0)], [2, 600]);
  assertEquals(main.processes, []);
});

Deno.test("shared_array's parent reads what each child has written", async () => {
  await using parent = startProgram("shared_array", "3", "1000");
  const lines = (await parent.finished()).trimEnd().split("\n");
  // The sum of i * i for i < n is (n - 1) n (2 n - 1) / 6.
  assertEquals(lines.at(-1), "Parent: the 1000 squares add up to 332833500");
  assert(lines.some((line) => / filled 668 to 999$/.test(line)), lines.join("\n"));
});
