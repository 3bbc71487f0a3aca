import { assert } from "@std/assert";
import type { Lab } from "../docker/lab.ts";
import { scenario } from "../docker/scenario.ts";
import { importMapFlags } from "../offline/flags.ts";

const ROOT = new URL("../../", import.meta.url);
const PACKAGE = "@deno/linux-arm64-glibc";

/** Where Debian's libc6-arm64-cross has arm64's C library. */
const LIBRARIES = "/usr/aarch64-linux-gnu";

/** Tests that start no other process: that would be one for this machine's own processor. */
const TESTS = [
  [
    "tests/ffi/call_test.ts",
    "tests/primitives/address_test.ts",
    "tests/primitives/notify_ready_test.ts",
    "tests/primitives/path_test.ts",
    "tests/primitives/pipe_reader_test.ts",
    "tests/primitives/readiness_test.ts",
  ],
  // Not those of quantities, of calls and of pages, which take an emulated processor half a minute each.
  [
    "--filter=/lets timers run|with a name|sealed|soleWriter|read-only|^a size|that was transferred/",
    "tests/primitives/event_loop_test.ts",
    "tests/primitives/shared_memory_test.ts",
  ],
];

export default scenario({
  title: "system calls, pipes, sockets and shared memory work on arm64",
  shows:
    "Deno for arm64 runs under qemu-user on this machine, and runs those tests of lib/ffi and lib/primitives in it "
    + "that start no other process.",
  limit: 240_000,
  async run(lab) {
    const folder = await lab.folder();
    const version = await neededVersion(lab);
    await made(lab, "npm", ["pack", "--silent", "--pack-destination", folder, `${PACKAGE}@${version}`]);
    const [archive] = [...Deno.readDirSync(folder)];
    await made(lab, "tar", ["-xzf", `${folder}/${archive!.name}`, "-C", folder]);
    lab.step(`Deno ${version} for arm64 runs under qemu`);
    const deno = ["-L", LIBRARIES, `${folder}/package/deno`];
    const hello = await output("qemu-aarch64", [...deno, "eval", "console.log(Deno.build.arch)"]);
    if (hello.trim() !== "aarch64") lab.skip(`Deno ${version} for arm64 does not run under this qemu`);
    const flags = ["--allow-all", "--no-check", "--no-lock", ...await importMapFlags()];
    for (const tests of TESTS) {
      const report = await output("qemu-aarch64", [...deno, "test", ...flags, ...tests]);
      const [, passed] = /^ok \| (\d+) passed/m.exec(report) ?? [];
      assert(Number(passed) > 0, report.slice(-4000));
      lab.step(`${passed} tests passed`);
    }
  },
});

/** This Deno's version, or, where the registry has not got that for arm64, the newest before it. */
async function neededVersion(lab: Lab): Promise<string> {
  if ((await output("qemu-aarch64", ["--version"])) === "") {
    lab.skip("there is no qemu-aarch64 (Debian: qemu-user)");
  }
  try {
    Deno.statSync(`${LIBRARIES}/lib/ld-linux-aarch64.so.1`);
    Deno.statSync(`${LIBRARIES}/lib/libgcc_s.so.1`);
  } catch {
    lab.skip("there is no C library for arm64 (Debian: libc6-arm64-cross, libgcc-s1-arm64-cross)");
  }
  const listed = await output("npm", ["view", PACKAGE, "versions", "--json"]);
  const versions: string[] = listed === "" ? [] : [JSON.parse(listed)].flat();
  const rank = (version: string) => version.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
  const [newest] = versions.filter((version) => rank(version) <= rank(Deno.version.deno))
    .sort((a, b) => rank(b) - rank(a));
  return newest ?? lab.skip(`npm has no ${PACKAGE} for this machine`);
}

async function made(lab: Lab, command: string, args: string[]): Promise<void> {
  if ((await ran(command, args))?.success !== true) lab.skip(`${command} ${args.join(" ")} failed`);
}

/** What a program printed; nothing when it cannot be run. */
async function output(command: string, args: string[]): Promise<string> {
  const result = await ran(command, args);
  return result === undefined ? "" : new TextDecoder().decode(result.stdout);
}

async function ran(command: string, args: string[]): Promise<Deno.CommandOutput | undefined> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  try {
    return await new Deno.Command(command, { args, cwd: ROOT, env, stderr: "inherit" }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
