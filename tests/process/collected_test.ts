import { startChild } from "../support/children.ts";

Deno.test("a reference that nobody uses any more is released by the garbage collector, one in use is not", async () => {
  await using child = startChild("process_collected", { flags: ["-A", "--v8-flags=--expose-gc"] });
  await child.finished();
});
