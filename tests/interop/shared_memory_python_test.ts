/** Our shared memory and Python's multiprocessing.shared_memory, either side creating; every Python from 3.8 on. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { reapSharedMemory, SharedMemory, spawn } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { findPythons } from "../support/pythons.ts";
import { isThere, notOnLinux, test } from "../support/shared_memory.ts";
import { ended } from "../support/spawned.ts";

const PROGRAM = "shared_memory_python.py";

const pythons = (await findPythons()).filter(({ version }) => {
  const [major, minor] = version.split(".").map(Number) as [number, number];
  return major === 3 && minor >= 8;
});
if (pythons.length === 0) console.log("skipped: no Python from 3.8 on is installed");

for (const { command, version } of pythons) {
  const python = (...args: string[]) => startProgram(command, childPath(PROGRAM), ...args);

  test(`Python ${version} reads and writes what ours created`, async (name) => {
    for (const size of [16, 4097, 1 << 20]) {
      using memory = SharedMemory.create({ name, size });
      new TextEncoder().encodeInto("deno 日", new Uint8Array(memory.buffer, 8, 8));
      new BigInt64Array(memory.buffer, 0, 1)[0] = 2n ** 40n;
      await using other = python("read", name);
      assertEquals(await other.finished(), `${size} deno 日\n`);
      assertEquals(new BigInt64Array(memory.buffer, 0, 1)[0], 2n ** 40n + 1n);
      assertEquals(isThere(name), true);
      memory.unlink();
    }
  });

  test(`ours reads and writes what Python ${version} created, and leaves its name alone`, async (name) => {
    for (const size of [16, 5000]) {
      await using other = python("create", name, `${size}`);
      await other.printed("ready\n");
      {
        using memory = SharedMemory.open(name);
        assertEquals([memory.size, memory.sealed], [size, false]);
        assertEquals(new TextDecoder().decode(new Uint8Array(memory.buffer, 8, 8).slice()), "python  ");
        new BigInt64Array(memory.buffer, 0, 1)[0] = 42n;
        assertThrows(() => memory.unlink(), TypeError);
      }
      assertEquals(isThere(name), true);
      await other.closeStdin();
      assertEquals(await other.finished(), "ready\n42\n");
      assertEquals(isThere(name), false);
    }
  });

  test(`ours and Python ${version} see each other's names: taken, missing, removed`, async (name) => {
    await using missing = python("missing", name);
    assertEquals(await missing.finished(), "missing\n");
    using memory = SharedMemory.create({ name, size: 8 });
    await using existing = python("create-existing", name);
    assertEquals(await existing.finished(), "exists\n");
    assertEquals(isThere(name), true);
    await using remover = python("unlink", name);
    await remover.finished();
    assertEquals(isThere(name), false);
    memory.unlink(); // Nothing left to remove, and no error.
    await using other = python("create", name, "64");
    await other.printed("ready\n");
    const error = assertThrows(() => SharedMemory.create({ name, size: 8 }), Deno.errors.AlreadyExists);
    assertStringIncludes(error.message, "not one that this library made");
    SharedMemory.unlink(name);
    await other.closeStdin();
    assertStringIncludes(await other.finished(), "unlinked by the other");
  });

  test(`what a killed Python ${version} left is not ours to reap`, async (name) => {
    {
      await using other = python("create", name, "64");
      await other.printed("ready\n");
      assertEquals(reapSharedMemory({ prefix: name }), []);
      // Its tracker would remove it in its stead: stop that one first.
      const [tracker] = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) =>
        isChildOf(pid, other.pid)
      );
      if (tracker !== undefined) Deno.kill(tracker, "SIGKILL");
      other.kill("SIGKILL");
      await other.status;
    }
    assertEquals(reapSharedMemory({ prefix: name }), []);
    assertEquals(isThere(name), true);
    SharedMemory.unlink(name);
  });

  test(`ours reads a ShareableList of Python ${version}`, async (name) => {
    await using other = python("list", name);
    await other.printed("ready\n");
    using memory = SharedMemory.open(name, { readOnly: true });
    const view = new DataView(memory.buffer);
    assertEquals(view.getBigInt64(0, true), 6n); // How many items; their offsets and formats follow.
    await other.closeStdin();
    await other.finished();
  });

  test(`Python ${version} maps memory of ours that it inherits, and cannot write what has a sole writer`, async () => {
    using memory = SharedMemory.create({ size: 1000 });
    const start = (action: string, handle: SharedMemory) =>
      spawn(command, {
        args: [childPath(PROGRAM), action, "5"],
        stdout: "piped",
        stderr: "piped",
        fds: { 5: handle },
      });
    const first = await ended(start("map", memory));
    assertEquals([first.out, first.err], ["1000\n", ""]);
    assertEquals(new TextDecoder().decode(new Uint8Array(memory.buffer, 0, 5).slice()), "hello");
    using sole = SharedMemory.create({ size: 1000, soleWriter: true });
    new TextEncoder().encodeInto("world", new Uint8Array(sole.buffer));
    const second = await ended(start("reads-only", sole));
    assertEquals([second.out, second.err], ["world\nread only\n", ""]);
  });
}

/** Whether a process is a child of another. */
function isChildOf(pid: number, parent: number): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/status`).includes(`\nPPid:\t${parent}\n`);
  } catch {
    return false;
  }
}

test("a child of ours maps memory that Python hands over with pass_fds", async (name) => {
  using memory = SharedMemory.create({ name, size: 64 });
  const program = `
import os, subprocess, sys
fd = os.open("/dev/shm/" + sys.argv[1], os.O_RDWR)
subprocess.run([*sys.argv[2:], "inherited", str(fd), "100"], pass_fds=[fd], check=True)
`;
  const child = childPath("shared_memory.ts");
  await using python = startProgram("python3", "-c", program, name, Deno.execPath(), "run", "-A", child);
  await python.finished();
  assertEquals(new Int32Array(memory.buffer)[0], 100);
  memory.unlink();
}, notOnLinux || pythons.length === 0);

test(
  "numbers that ours and Python add without a lock, each in words of their own, are all there",
  async (name) => {
    using memory = SharedMemory.create({ name, size: 16 });
    await using ours = startChild("shared_memory", { args: ["add", JSON.stringify(memory.share()), "5000"] });
    await using theirs = startProgram(
      "python3",
      "-c",
      `
import sys
from multiprocessing import resource_tracker, shared_memory
memory = shared_memory.SharedMemory(name=sys.argv[1])
resource_tracker.unregister(memory._name, "shared_memory")
words = memory.buf.cast("i")
for _ in range(5000):
    words[2] += 1
words.release()
memory.close()
`,
      name,
    );
    await ours.finished();
    await theirs.finished();
    assertEquals([...new Int32Array(memory.buffer)], [5000, 0, 5000, 0]);
    memory.unlink();
  },
  notOnLinux || pythons.length === 0,
);
