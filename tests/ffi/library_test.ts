import { assertEquals } from "@std/assert";
import { startChild } from "../support/children.ts";
import { NEEDS_C } from "../support/needs_c.ts";
import { tempDir } from "../support/temp.ts";

Deno.test("without --allow-ffi each call that needs it says so, and does nothing", async () => {
  using dir = tempDir();
  await using child = startChild("no_ffi", { flags: ["--allow-read"], args: [dir.path] });
  const [reports, support] = split(await child.finished());
  const calls = ["pipe", "mkfifo", "mkfifoSync", "openFifoReader", "openFifoWriterSync", "inheritedReader"];
  assertEquals(reports, calls.map((name) => `${name}: NotCapable, names --allow-ffi`));
  for (const what of NEEDS_C) {
    assertEquals(support[what], { supported: false, reason: "it needs --allow-ffi" });
  }
  assertEquals([...Deno.readDirSync(dir.path)], []);
});

function split(output: string): [string[], Record<string, { supported: boolean; reason?: string }>] {
  const lines = output.trimEnd().split("\n");
  return [lines.slice(0, -1), JSON.parse(lines.at(-1)!)];
}
