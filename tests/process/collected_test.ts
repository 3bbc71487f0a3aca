import { assertEquals } from "@std/assert";
import { startChild } from "../support/children.ts";

const FLAGS = ["-A", "--v8-flags=--expose-gc"];

Deno.test("a reference that nobody uses any more is released by the garbage collector, one in use is not", async () => {
  await using child = startChild("process_collected", { flags: FLAGS });
  await child.finished();
});

Deno.test("a manager's server has what its client forgot no more, but for permits until the client's end", async () => {
  await using server = startChild("process_collected_permits", { args: ["serve"] });
  await server.printed("unix:@");
  const args = [server.stdout.trim()];
  await using client = startChild("process_collected_permits", { flags: FLAGS, args });
  assertEquals(
    await client.finished(),
    [
      "few references are held",
      "0 seats are free",
      "1 after a release",
      "both are back when the client has gone",
      "",
    ].join("\n"),
  );
});
