/** Names of shared memory: whose they are, who removes them, and what is left by the dead. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { reapSharedMemory, SharedMemory } from "../../mod.ts";
import { startChild, type TestChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { FOLDER, isThere, notOnLinux, test } from "../support/shared_memory.ts";
import { skipIf, skipUnless } from "../support/skip.ts";
import { within } from "../support/watchdog.ts";

const existing = (name: string) => ({
  type: Deno.errors.AlreadyExists,
  code: "EEXIST",
  syscall: "shm_open",
  path: `${FOLDER}/${name}`,
});

/** Leaves a name behind, as a program does that is killed. */
async function killedCreator(name: string, size = 100): Promise<void> {
  await using child = startChild("shared_memory", { args: ["create", name, `${size}`] });
  await child.printed("ready");
  child.kill("SIGKILL");
  await child.status;
}

/** What is left of what this test made: others run at the same time. */
function reaped(prefix: string, options = {}): string[] {
  return reapSharedMemory({ ...options, prefix });
}

test("closing leaves the name, unlinking removes it, and who has it open keeps the memory", async (name) => {
  using memory = SharedMemory.create({ name, size: 8 });
  new Uint8Array(memory.buffer)[0] = 1;
  using other = SharedMemory.open(name);
  memory.close();
  assertEquals(isThere(name), true);
  memory.unlink(); // After close, as Python's programs do.
  assertEquals(isThere(name), false);
  memory.unlink();
  await assertFails(() => SharedMemory.open(name), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "shm_open",
    path: `${FOLDER}/${name}`,
  });
  assertEquals(new Uint8Array(other.buffer)[0], 1);
});

test("unlink() removes no other memory that has the name now", (name) => {
  using first = SharedMemory.create({ name, size: 8 });
  SharedMemory.unlink(name);
  using second = SharedMemory.create({ name, size: 16 });
  first.unlink();
  assertEquals(isThere(name), true);
  second.unlink();
  assertEquals(isThere(name), false);
});

test("who opened memory, and memory without a name, has nothing to unlink", (name) => {
  using memory = SharedMemory.create({ name, size: 8 });
  using opened = SharedMemory.open(name);
  using received = SharedMemory.from(memory.share());
  using unnamed = SharedMemory.create({ size: 8 });
  for (const handle of [opened, received]) {
    assertStringIncludes(assertThrows(() => handle.unlink(), TypeError).message, "SharedMemory.unlink(name)");
  }
  assertThrows(() => unnamed.unlink(), TypeError, "without a name");
  assertEquals(isThere(name), true);
  SharedMemory.unlink(name);
  assertEquals(isThere(name), false);
});

test("a name that somebody has open cannot be created, and stays as it is", async (name) => {
  using memory = SharedMemory.create({ name, size: 8 });
  new Uint8Array(memory.buffer)[0] = 7;
  await assertFails(() => SharedMemory.create({ name, size: 16 }), existing(name));
  await using holder = startChild("shared_memory", { args: ["hold", name] });
  await holder.printed("ready");
  memory.close();
  const error = await assertFails(() => SharedMemory.create({ name, size: 16 }), existing(name));
  assertStringIncludes(error.message, "has it open");
  assertEquals(reaped(name), []);
  using again = SharedMemory.open(name);
  assertEquals([again.size, new Uint8Array(again.buffer)[0]], [8, 7]);
  await holder.closeStdin();
  await holder.finished();
  memory.unlink();
});

test("a reader alone keeps a name from being taken over", async (name) => {
  using memory = SharedMemory.create({ name, size: 8 });
  using _reader = SharedMemory.open(name, { readOnly: true });
  memory.close();
  await assertFails(() => SharedMemory.create({ name, size: 16 }), existing(name));
  memory.unlink();
});

test("create() takes over the name of a creator that was killed", async (name) => {
  await killedCreator(name, 100);
  assertEquals(isThere(name), true);
  using memory = SharedMemory.create({ name, size: 200 });
  using other = SharedMemory.open(name);
  assertEquals(other.size, 200);
  memory.unlink();
});

test("create() takes over nothing that another program made, used or not", async (name) => {
  Deno.writeTextFileSync(`${FOLDER}/${name}`, "precious");
  const error = await assertFails(() => SharedMemory.create({ name, size: 8 }), existing(name));
  assertStringIncludes(error.message, "not one that this library made");
  assertEquals(reaped(name), []);
  assertEquals(Deno.readTextFileSync(`${FOLDER}/${name}`), "precious");
  Deno.removeSync(`${FOLDER}/${name}`);
  Deno.mkdirSync(`${FOLDER}/${name}`, { mode: 0o1700 }); // The sticky bit on something that is not memory.
  await assertFails(() => SharedMemory.create({ name, size: 8 }), existing(name));
  assertEquals(reaped(name), []);
  Deno.removeSync(`${FOLDER}/${name}`);
});

test("a create() that fails leaves what it found", async (name) => {
  using memory = SharedMemory.create({ name, size: 8 });
  await assertFails(() => SharedMemory.create({ name, size: 2 ** 45 }), existing(name));
  assertEquals(SharedMemory.open(name).close(), undefined);
  memory.unlink();
});

test("of several processes that create one name at a time exactly one succeeds, dead leftover or not", async (name) => {
  for (const leftover of [false, true]) {
    if (leftover) await killedCreator(name);
    await using stack = new AsyncDisposableStack();
    const start = () => stack.use(startChild("shared_memory", { args: ["race", name, "4096"] }));
    const racers = [start(), start(), start(), start()];
    await Promise.all(racers.map((racer) => racer.printed("ready\n")));
    await Promise.all(racers.map((racer) => racer.write("\n")));
    await Promise.all(racers.map((racer) => racer.printed("outcome")));
    const outcomes = racers.map((racer) => racer.stdout.split("\n")[1]).sort();
    assertEquals(outcomes, ["outcome: created", "outcome: exists", "outcome: exists", "outcome: exists"]);
    SharedMemory.unlink(name);
  }
});

test("reapSharedMemory() lists and removes what a killed creator left, and that only", async (unique) => {
  const [dead, used, foreign] = [`${unique}-dead`, `${unique}-used`, `${unique}-foreign`];
  await killedCreator(dead);
  using memory = SharedMemory.create({ name: used, size: 8 });
  Deno.writeTextFileSync(`${FOLDER}/${foreign}`, "precious");
  assertEquals(reaped(unique, { dryRun: true }), [dead]);
  assertEquals(isThere(dead), true);
  assertEquals(reaped(unique), [dead]);
  assertEquals([dead, used, foreign].map(isThere), [false, true, true]);
  assertEquals(reaped(unique), []);
  Deno.removeSync(`${FOLDER}/${foreign}`);
  memory.unlink();
});

test("a creator killed at any moment leaves a whole object or none", async (name) => {
  for (let round = 0; round < 20; round++) {
    {
      await using child = startChild("shared_memory", { args: ["churn", name, "1000000"] });
      await child.printed("ready");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10)); // Any moment will do.
      child.kill("SIGKILL");
      await child.status;
    }
    if (!isThere(name)) continue;
    using left = SharedMemory.open(name);
    assertEquals(left.size, 1_000_000);
    left.close();
    assertEquals(reaped(name), [name]);
  }
});

test(
  "another user may do what the mode allows, and removes nothing",
  async (unique) => {
    const [own, readable, dead] = [`${unique}-own`, `${unique}-readable`, `${unique}-dead`];
    await killedCreator(dead);
    using first = SharedMemory.create({ name: own, size: 8 });
    using second = SharedMemory.create({ name: readable, size: 16, mode: 0o644 });
    await using nobody = startChild("shared_memory_as_nobody", { args: [own, readable, dead] });
    const denied = "PermissionDenied EACCES";
    const mayNotUnlink = "PermissionDenied EPERM";
    assertEquals(JSON.parse(await nobody.finished()), [
      ...[denied, denied, "AlreadyExists EEXIST", mayNotUnlink],
      ...[denied, 16, "AlreadyExists EEXIST", mayNotUnlink],
      ...[denied, denied, "AlreadyExists EEXIST", mayNotUnlink],
      [],
    ]);
    first.unlink();
    second.unlink();
    assertEquals(reaped(dead), [dead]);
  },
  notOnLinux || skipIf(Deno.uid() !== 0, "only root can become another user"),
);

/** Runs a program where /dev/shm has 1 MiB. */
function withLittleRoom(program: string): TestChild {
  const line = `mount -t tmpfs -o size=1m,mode=1777 tmpfs ${FOLDER} && exec "$0" run -A --no-prompt "$1"`;
  return startProgram("unshare", "-m", "sh", "-c", line, Deno.execPath(), childPath(program));
}

async function canMount(): Promise<boolean> {
  if (skipUnless("unshare")) return false;
  const args = ["-m", "mount", "-t", "tmpfs", "tmpfs", FOLDER];
  const { success } = await new Deno.Command("unshare", { args, stdout: "null", stderr: "null" }).output();
  return !skipIf(!success, "this user may not mount a file system");
}

Deno.test({
  name:
    "a full /dev/shm is a clear error, for creators and openers; nothing is lost, and nobody gets a SIGBUS",
  ignore: notOnLinux || !await canMount(),
  async fn() {
    await using child = withLittleRoom("shared_memory_full.ts");
    assertEquals((await child.finished()).trim().split("\n"), [
      "create 2 MiB: ENOSPC",
      "open what is sparse: ENOSPC",
      "read what is sparse: ENOSPC",
      "create a lock file of 600 KiB: ENOSPC",
      "create an array: ENOSPC",
      "create a channel: ENOSPC",
      "create a queue: ENOSPC",
      "what was there: 1",
      "names: kept, sparse",
    ]);
  },
});

Deno.test({
  name: "without --allow-ffi every call of shared memory says so",
  ignore: notOnLinux,
  async fn() {
    const program = `
      import { FileLock, reapSharedMemory, SharedMemory } from ${
      JSON.stringify(import.meta.resolve("../../mod.ts"))
    };
      for (const call of [
        () => SharedMemory.create({ size: 8 }),
        () => SharedMemory.create({ name: "x", size: 8 }),
        () => SharedMemory.open("x"),
        () => SharedMemory.inherited(3),
        () => reapSharedMemory(),
        () => new FileLock("/tmp/x").tryAcquire(),
      ]) {
        try { call(); console.log("succeeded"); } catch (error) { console.log(error.message.includes("--allow-ffi")); }
      }`;
    const args = ["eval", "--no-lock", program];
    // `deno eval` has all permissions: take this one away.
    const revoked = program.replace(
      "for (const call",
      `Deno.permissions.revokeSync({ name: "ffi" });\n for (const call`,
    );
    const { stdout } = await within(
      30_000,
      "the program",
      () => new Deno.Command(Deno.execPath(), { args: [...args.slice(0, 2), revoked] }).output(),
    );
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assert(lines.length === 6 && lines.every((line) => line === "true"), lines.join());
  },
});
