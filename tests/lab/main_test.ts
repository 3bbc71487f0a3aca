import { assertEquals, assertStringIncludes } from "@std/assert";
import { startLab } from "./started.ts";

for (const args of [["--help"], ["-h"]]) {
  Deno.test(`the lab with ${args[0]} prints the commands`, async () => {
    await using lab = startLab(...args);
    const usage = await lab.finished(0);
    assertStringIncludes(usage, "demo ");
    assertStringIncludes(usage, "bench ");
  });
}

for (
  const [argument, problem] of [["dmeo", "Unknown command: dmeo"], [
    "--lsit",
    "Unknown option: --lsit",
  ]] as const
) {
  Deno.test(`the lab refuses ${argument} with exit code 2 and the commands`, async () => {
    await using lab = startLab(argument);
    assertEquals(await lab.finished(2), "");
    assertStringIncludes(lab.stderr, problem);
    assertStringIncludes(lab.stderr, "bench ");
  });
}

Deno.test("the lab hands a command's --help on to the command", async () => {
  await using lab = startLab("demo", "--help");
  assertStringIncludes(await lab.finished(0), "--only NAME");
});
