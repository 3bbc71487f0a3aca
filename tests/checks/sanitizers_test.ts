import { assertEquals, assertStringIncludes } from "@std/assert";
import { tempDir } from "../support/temp.ts";
import { finish } from "../support/watchdog.ts";
import { ROOT } from "./repository.ts";

Deno.test("a test that leaves an operation running fails", async () => {
  const output = await failureOf(`Deno.listen({ hostname: "127.0.0.1", port: 0 }).accept();`);
  assertStringIncludes(output, "An async operation to accept a TCP stream was started");
});

Deno.test("a test that leaves a file open fails", async () => {
  assertStringIncludes(await failureOf(`Deno.openSync("/dev/null");`), "A file was opened");
});

/** Output of the failing run of a test with this body under the repository's configuration. */
async function failureOf(body: string): Promise<string> {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("probe_test.ts"), `Deno.test("probe", () => { ${body} });\n`);
  const { code, stdout } = await finish(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--no-check",
      "--no-lock",
      "--config",
      `${ROOT}/deno.json`,
      dir.join("probe_test.ts"),
    ],
    env: { NO_COLOR: "1" },
  });
  assertEquals(code, 1);
  return stdout;
}
