/** Numbers that C programs get from their headers, against another program that has them from there. */

import { assert, assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import { errno, errnoName } from "../../lib/ffi/errno.ts";
import * as fcntl from "../../lib/ffi/fcntl.ts";
import { os } from "../../lib/ffi/platform.ts";
import * as poll from "../../lib/ffi/poll.ts";
import * as socket from "../../lib/ffi/socket.ts";
import * as stat from "../../lib/ffi/stat.ts";
import * as unistd from "../../lib/ffi/unistd.ts";
import { startChild } from "../support/children.ts";
import { NEEDS_C } from "../support/needs_c.ts";
import { skipUnless } from "../support/skip.ts";
import { finish } from "../support/watchdog.ts";

/** Every number of the system's tables that has a name in `<errno.h>`. */
function errnoTable(): [name: string, number: number][] {
  return Array.from({ length: 300 }, (_, number) => [errnoName(number), number] as [string, number])
    .filter(([name]) => !name.startsWith("errno "));
}

/** The exported constants of our headers; some are functions, as they differ by system. */
function headerConstants(): [name: string, number: number][] {
  return [fcntl, poll, socket, stat, unistd].flatMap((header) => Object.entries(header))
    .filter(([name]) => /^[A-Z][A-Z_]+$/.test(name))
    .map((
      [name, value],
    ) => [name, typeof value === "function" ? (value as () => number)() : value as number]);
}

/** What Python calls the same: it has most in os, some elsewhere. */
const PYTHON = `
import errno, fcntl, json, os, select, socket, stat, sys
modules = [errno, os, fcntl, select, socket, stat]
def value(name):
    found = [getattr(m, name) for m in modules if isinstance(getattr(m, name, None), int)]
    return int(found[0]) if found else None
print(json.dumps({name: value(name) for name in json.loads(sys.argv[1])}))
`;

async function inPython(names: string[]): Promise<Record<string, number | null>> {
  const { code, stdout, stderr } = await finish("python3", { args: ["-c", PYTHON, JSON.stringify(names)] });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test({
  name: "error numbers are those of this system, as Python knows them",
  ignore: skipUnless("python3"),
  async fn() {
    const ours = errnoTable();
    assertGreater(ours.length, 45);
    assertEquals(Object.fromEntries(ours), await inPython(ours.map(([name]) => name)));
  },
});

Deno.test({
  name: "the headers' constants are those of this system, as Python knows them",
  ignore: skipUnless("python3"),
  async fn() {
    const ours = headerConstants();
    const theirs = await inPython(ours.map(([name]) => name));
    // It lacks some: what only macOS has, S_IFMT (a function there), and in old ones F_SETPIPE_SZ.
    const known = ours.filter(([name]) => theirs[name] !== null);
    assertEquals(Object.fromEntries(known), Object.fromEntries(known.map(([name]) => [name, theirs[name]])));
    assertGreater(known.length, 20);
  },
});

Deno.test("a number that no table knows survives, and a name goes to its number and back", () => {
  assertEquals([errnoName(123), errnoName(0), errnoName(9999)], ["errno 123", "errno 0", "errno 9999"]);
  for (const [name, number] of errnoTable()) assertEquals(errno(name as "EPERM"), number);
});

Deno.test("Linux and macOS have the same names of errors, each with a number of its own", async () => {
  const [linux, darwin] = await Promise.all([onSystem("linux"), onSystem("darwin")]);
  assertEquals(Object.keys(darwin.names).sort(), Object.keys(linux.names).sort());
  // Both come from one Unix up to 34, but for one that has moved.
  for (const [name, number] of Object.entries(linux.names)) {
    if (number < 35 && name !== "EAGAIN") assertEquals(darwin.names[name], number, name);
  }
  assertEquals([darwin.names.EAGAIN, darwin.names.EDEADLK, linux.names.EAGAIN, linux.names.EDEADLK], [
    35,
    11,
    11,
    35,
  ]);
  assertEquals(darwin.constants, [4, 0x1000000, 67]);
  assertEquals(linux.constants, [0o4000, 0o2000000, 1030]);
});

Deno.test("Linux on arm64 has the same constants here", async () => {
  const [x86, arm] = await Promise.all([onSystem("linux"), onSystem("linux", "aarch64")]);
  assertEquals(arm, x86);
});

Deno.test("another system is told that it is not supported, by every call", async () => {
  const { refused, made, support } = await onSystem("windows");
  assertStringIncludes(refused ?? "", "NotSupported: Pipes, fifos and shared memory need Linux or macOS");
  assertEquals(made, "NotSupported");
  for (const what of NEEDS_C) {
    assert(!support[what]!.supported, what);
    assertStringIncludes(support[what]!.reason ?? "", "this is windows");
  }
  assert(support["network"]!.supported);
});

Deno.test("this system is one that is known", () => {
  assertEquals(os(), Deno.build.os);
  assertThrows(() => errno("ENOTHING" as "EPERM").toFixed(), TypeError);
});

interface System {
  names: Record<string, number>;
  constants?: number[];
  refused?: string;
  made?: string;
  support: Record<string, { supported: boolean; reason?: string }>;
}

/** What the library knows about another system, asked of a process that takes itself for one. */
async function onSystem(name: string, arch = "x86_64"): Promise<System> {
  await using child = startChild("other_system", { args: [name, arch] });
  return JSON.parse(await child.finished());
}
