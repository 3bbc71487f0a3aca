import { assertEquals, assertStringIncludes } from "@std/assert";
import { startProgram } from "./started.ts";

Deno.test("process_objects' child gets objects, and answers with objects", async () => {
  await using parent = startProgram("process_objects");
  const said = await parent.finished();
  assertStringIncludes(said, "18446744073709551616n");
  assertStringIncludes(said, 'Set(2) { "a", "b" }');
  assertStringIncludes(said, "the child ended with code 0");
  assertEquals(parent.processes, []);
});

Deno.test("locked_printing's processes do not print into each other's lines", async () => {
  await using poets = startProgram("locked_printing", "4");
  const lines = (await poets.finished()).trimEnd().split("\n");
  assertEquals([lines.length, lines.at(-1)], [13, "All ended with 0"]);
  for (let i = 0; i < 12; i += 3) {
    const name = /^Poet \d/.exec(lines[i]!)![0];
    assertEquals(lines.slice(i, i + 3), [
      `${name} takes the pen,`,
      `${name} writes its line,`,
      `${name} and passes it on.`,
    ]);
  }
});

Deno.test("manager_clients' clients answer every question once", async () => {
  await using manager = startProgram("manager_clients", "20");
  const lines = (await manager.finished()).trimEnd().split("\n");
  assertEquals(lines.at(-1), "Manager: 20 answers, sum of squares 2870");
  assertEquals(lines.filter((line) => / answered \d+ questions$/.test(line)).length, 3);
  assertEquals(manager.processes, []);
});
