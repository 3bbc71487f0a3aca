import { assertEquals, assertStringIncludes } from "@std/assert";
import { pipe, support } from "../mod.ts";
import { startChild } from "./support/children.ts";
import { assertNoLeak } from "./support/descriptors.ts";
import { skipIf } from "./support/skip.ts";

Deno.test({
  name: "support() says that all works on Linux with all permissions",
  ignore: skipIf(Deno.build.os !== "linux", "the test is about Linux"),
  fn() {
    const works = { supported: true };
    assertEquals(support(), {
      pipes: works,
      fifos: works,
      children: works,
      pipeCapacity: works,
      noOrphans: works,
      network: works,
      unixSockets: works,
      unixDatagrams: works,
      abstractNames: works,
      descriptorPassing: works,
      sharedMemory: works,
      reapSharedMemory: works,
      fileLocks: works,
      signals: works,
      sendSignal: works,
    });
  },
});

Deno.test("what support() says of pipes is so", () =>
  assertNoLeak(() => {
    assertEquals(support().pipes.supported, true);
    const { reader, writer } = pipe();
    reader.close();
    writer.close();
  }));

Deno.test("support() names the permission that is missing, and asks for none", async () => {
  for (
    const [flags, missing] of [[["--allow-ffi"], "--allow-run"], [["--allow-run"], "--allow-ffi"]] as const
  ) {
    await using child = startChild("support", { flags: [...flags] });
    const { children, pipes } = JSON.parse(await child.finished());
    assertEquals([children.supported, pipes.supported], [false, missing === "--allow-run"]);
    assertStringIncludes(children.reason, missing);
    assertEquals(child.stderr, "");
  }
});
