import { assertEquals, assertThrows } from "@std/assert";
import { spawn, type SpawnOptions } from "../../mod.ts";
import { countDescriptors } from "../support/descriptors.ts";
import { run } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";

interface Failure {
  name: string;
  command: string;
  options?: SpawnOptions;
  Class: new(message: string) => Error;
  code: string;
  syscall?: string;
  path?: string;
  says: string;
  /** Behind `noOrphans` it is the shell that finds this out. */
  late?: true;
}

const dir = tempDir();
globalThis.addEventListener("unload", () => dir[Symbol.dispose]());
Deno.writeTextFileSync(dir.join("plain"), "no program", { mode: 0o644 });
Deno.writeTextFileSync(dir.join("lost"), "#!/no/such/interpreter\n", { mode: 0o755 });

const { NotFound, PermissionDenied, NotADirectory } = Deno.errors;
const failures: Failure[] = [
  {
    name: "not on the PATH",
    command: "ipc-no-such",
    Class: NotFound,
    code: "ENOENT",
    says: "not on the PATH",
  },
  { name: "no such path", command: "/no/such", Class: NotFound, code: "ENOENT", says: "it does not exist" },
  {
    name: "not on the child's PATH",
    command: "cat",
    options: { env: { PATH: dir.path } },
    Class: NotFound,
    code: "ENOENT",
    says: "not on the PATH",
  },
  {
    name: "seen from cwd",
    command: "./cat",
    options: { cwd: dir.path },
    Class: NotFound,
    code: "ENOENT",
    says: "it does not exist",
  },
  {
    name: "not executable",
    command: dir.join("plain"),
    Class: PermissionDenied,
    code: "EACCES",
    says: "is not an executable file",
  },
  { name: "a folder", command: dir.path, Class: PermissionDenied, code: "EACCES", says: "not an executable" },
  {
    name: "an interpreter that is not there",
    command: dir.join("lost"),
    Class: NotFound,
    code: "ENOENT",
    says: "interpreter",
    late: true,
  },
  {
    name: "no such cwd",
    command: "true",
    options: { cwd: dir.join("nowhere") },
    Class: NotFound,
    code: "ENOENT",
    syscall: "chdir",
    path: dir.join("nowhere"),
    says: `the folder to run it in does not exist: '${dir.join("nowhere")}'`,
  },
  {
    name: "a cwd by URL that is not there",
    command: "true",
    options: { cwd: new URL(`file://${dir.path}/no%20where`) },
    Class: NotFound,
    code: "ENOENT",
    syscall: "chdir",
    path: dir.join("no where"),
    says: dir.join("no where"),
  },
  {
    name: "a cwd that is a file",
    command: "true",
    options: { cwd: dir.join("plain") },
    Class: NotADirectory,
    code: "ENOTDIR",
    syscall: "chdir",
    path: dir.join("plain"),
    says: "is not one",
  },
];

for (const { name, command, options = {}, Class, code, says, late, ...rest } of failures) {
  const { syscall = "execve", path = command } = rest;
  for (const noOrphans of late ? [false] : [false, true]) {
    Deno.test(`spawn(${noOrphans ? "noOrphans" : ""}) says what is wrong: ${name}`, () => {
      const before = countDescriptors();
      const error = assertThrows(
        () => spawn(command, { ...options, noOrphans, stdin: "piped", stdout: "piped", fds: { 3: "pipe" } }),
        Class,
        says,
      );
      const found = error as Error & { code?: string; syscall?: string; path?: string };
      assertEquals([found.code, found.syscall, found.path], [code, syscall, path]);
      assertEquals(found.message.startsWith(`Cannot start '${command}'`), true, found.message);
      assertEquals(countDescriptors(), before);
    });
  }
}

Deno.test("a folder on the PATH that has the name, but no executable file, is passed over", async () => {
  using first = tempDir();
  using second = tempDir();
  Deno.writeTextFileSync(first.join("prog"), "no", { mode: 0o644 });
  Deno.writeTextFileSync(second.join("prog"), "#!/bin/sh\necho second\n", { mode: 0o755 });
  const PATH = `${first.path}:${second.path}:${Deno.env.get("PATH")}`;
  for (const noOrphans of [false, true]) {
    assertEquals((await run("prog", { env: { PATH }, noOrphans })).out, "second\n");
  }
});

Deno.test("with an empty PATH in env nothing is found: the PATH of this process is not asked", () => {
  assertThrows(() => spawn("cat", { env: { PATH: "" } }), NotFound, "not on the PATH");
  assertThrows(() => spawn("cat", { env: { PATH: "" }, noOrphans: true }), NotFound, "not on the PATH");
});
