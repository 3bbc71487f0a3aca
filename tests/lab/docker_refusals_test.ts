/** What keeps the Docker lab from running is told in a line, and nothing is left behind. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { hashOf } from "../../lab/docker/hash.ts";
import { importMapFlags } from "../../lab/offline/flags.ts";
import { skipUnless } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { finish, type Finished } from "../support/watchdog.ts";
import { startLab } from "./started.ts";

for (
  const [name, args, problem] of [
    ["a wrong --only", ["--only", "tcp-ehco"], 'There is no scenario "tcp-ehco". There are: '],
    ["an empty --only", ["--only", ""], 'There is no scenario "". There are: '],
    ["--jobs 0", ["--jobs", "0"], '--jobs wants a whole number from 1 on, not "0"'],
    ["--jobs many", ["--jobs", "many"], '--jobs wants a whole number from 1 on, not "many"'],
    ["--report without a file", ["--report"], "--report wants the name of a file"],
    [
      "--report into a folder that is not there",
      ["--report", "TMP/no/report.html"],
      "folder that exists, not ",
    ],
    ["--json to a folder", ["--json", "TMP"], "--json wants a file, and "],
  ] as const
) {
  Deno.test(`the lab refuses ${name} before it looks for an engine, with exit code 2`, async () => {
    await using lab = startLab(...args);
    assertEquals(await lab.finished(2), "");
    assertStringIncludes(lab.stderr, problem);
    assertEquals(lab.stderr.trimEnd().split("\n").length, 1);
    assertEquals(lab.left, []);
  });
}

Deno.test("the lab lists its scenarios without an engine, each with what it proves", async () => {
  await using lab = startLab("--list");
  assertStringIncludes(await lab.finished(0), "tcp-echo ");
});

Deno.test("the lab says where no engine answers, and leaves nothing", async () => {
  using folder = tempDir();
  const host = `unix://${folder.join("docker.sock")}`;
  const { code, stdout, stderr } = await labAt(host);
  assertEquals([code, stderr], [1, ""]);
  assertStringIncludes(stdout, `No Docker engine answers at DOCKER_HOST=${host}: `);
  assertEquals(stdout.trimEnd().split("\n").length, 1);
  assertEquals(await hasPlace(host), false);
});

Deno.test({
  name: "the lab says that the engine's socket may not be used, and leaves nothing",
  ignore: skipUnless("setpriv"),
  async fn() {
    using folder = tempDir();
    const path = folder.join("docker.sock");
    using _ = Deno.listen({ transport: "unix", path });
    await Deno.chmod(path, 0);
    // Root may use any socket, unless it goes without that capability.
    const without = Deno.uid() === 0
      ? ["--bounding-set", "-dac_override", "--inh-caps", "-dac_override"]
      : [];
    const { code, stdout } = await labAt(`unix://${path}`, ["setpriv", ...without]);
    assertStringIncludes(stdout, "Cannot use the Docker engine: no permission for its socket");
    assertEquals([code, stdout.trimEnd().split("\n").length], [1, 1]);
    assertEquals(await hasPlace(`unix://${path}`), false);
  },
});

/** Runs the lab to its end with an engine's address. */
async function labAt(host: string, [program, ...args]: readonly string[] = []): Promise<Finished> {
  const main = new URL("../../lab/main.ts", import.meta.url).href;
  const lab = [Deno.execPath(), "run", "-A", ...await importMapFlags(), main];
  const [command, ...rest] = program === undefined ? lab : [program, ...args, ...lab];
  return await finish(command!, { args: rest, env: { NO_COLOR: "1", DOCKER_HOST: host } });
}

/** Whether runs that use that engine have a folder to meet in. */
async function hasPlace(host: string): Promise<boolean> {
  const hash = await hashOf([host]);
  return [...Deno.readDirSync("/tmp")].some(({ name }) => name.startsWith("ipc-lab-") && name.endsWith(hash));
}
