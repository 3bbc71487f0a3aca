/** Scripts that have a part of the permissions only: what needs no FFI works without it, and what lacks says so. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startChild } from "../support/children.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

/** What a script with these flags prints. */
async function run(
  flags: string[],
  ...args: string[]
): Promise<{ stdout: string; stderr: string; code: number }> {
  await using child = startChild("socket_permissions", { flags, args });
  const { code } = await within(PATIENCE_MS, "the script to end", () => child.status);
  return { stdout: child.stdout, stderr: child.stderr, code };
}

Deno.test("TCP works with --allow-net alone", async () => {
  const { stdout, stderr } = await run(["--allow-net"], "tcp://127.0.0.1:0");
  assertEquals([stdout, stderr], ["tcp://127.0.0.1: echoed, without a descriptor\n", ""]);
});

Deno.test("TCP needs no more than the host's permission", async () => {
  const { stdout, stderr } = await run(["--allow-net=127.0.0.1"], "tcp://127.0.0.1:0");
  assertEquals([stdout, stderr], ["tcp://127.0.0.1: echoed, without a descriptor\n", ""]);
});

Deno.test("TCP without --allow-net names the missing permission", async () => {
  const { stdout } = await run([], "tcp://127.0.0.1:0");
  assertMatch(stdout, /^NotCapable .*--allow-net/);
});

Deno.test("a Unix socket without --allow-ffi works on the runtime's", async () => {
  using folder = tempDir();
  const flags = ["--allow-net", "--allow-sys", `--allow-read=${folder.path}`, `--allow-write=${folder.path}`];
  const { stdout, stderr } = await run(flags, `unix:${folder.join("socket")}`);
  assertEquals([stdout, stderr], [`unix:${folder.path}: echoed, without a descriptor\n`, ""]);
});

Deno.test("a Unix socket with --allow-ffi needs no --allow-net", async () => {
  using folder = tempDir();
  const flags = ["--allow-ffi", `--allow-read=${folder.path}`, `--allow-write=${folder.path}`];
  const { stdout, stderr } = await run(flags, `unix:${folder.join("socket")}`);
  assertEquals([stdout, stderr], [`unix:${folder.path}: echoed, with a descriptor\n`, ""]);
});

Deno.test("an abstract name with --allow-ffi needs nothing else", async () => {
  const { stdout, stderr } = await run(["--allow-ffi"], `unix:@${crypto.randomUUID()}`);
  assertEquals([stdout, stderr], ["unix:@: echoed, with a descriptor\n", ""]);
});

Deno.test("a Unix datagram socket without --allow-ffi says what it needs", async () => {
  const { stdout } = await run(["--allow-net", "--allow-read", "--allow-write"], "unixgram:");
  assertStringIncludes(stdout, "NotSupported Cannot receive at unixgram:: it needs --allow-ffi");
});

Deno.test("UDP works with --allow-net alone", async () => {
  const { stdout, stderr } = await run(["--allow-net"], "udp://127.0.0.1:0");
  assertEquals([stdout, stderr], ["udp://127.0.0.1: echoed\n", ""]);
});
