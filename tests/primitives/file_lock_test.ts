/** Locks on files: alone or shared, with programs in other languages, and gone with their owner. */

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { FileLock, type FileLockGuard, spawn } from "../../mod.ts";
import { startChild, type TestChild } from "../support/children.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails } from "../support/errors.ts";
import { isAsleep } from "../support/processes.ts";
import { startProgram } from "../support/programs.ts";
import { skipIf, skipUnless } from "../support/skip.ts";
import { ended } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

const patience = { timeout: PATIENCE_MS };

function test(name: string, body: (path: string) => unknown, ignore = false): void {
  const fn = () =>
    assertNoLeak(() =>
      within(PATIENCE_MS, name, async () => {
        using dir = tempDir();
        await body(dir.join("naïve 日本.lock"));
      })
    );
  Deno.test({ name, ignore, fn });
}

/** One body for the three forms. */
const FORMS: Record<string, (lock: FileLock, shared?: boolean) => Promise<FileLockGuard>> = {
  "acquire()": (lock, shared) => lock.acquire({ shared, ...patience }),
  "acquireSync()": (lock, shared) => Promise.resolve(lock.acquireSync({ shared, ...patience })),
  "tryAcquire()": (lock, shared) => Promise.resolve(lock.tryAcquire({ shared })!),
};

const isFree = (path: string, shared = false): boolean => {
  using guard = new FileLock(path).tryAcquire({ shared });
  return guard !== undefined;
};

for (const [form, take] of Object.entries(FORMS)) {
  test(`${form} takes a free lock alone, and its guard gives it back once`, async (path) => {
    const lock = new FileLock(path);
    const guard = await take(lock);
    assertEquals([guard.shared, isFree(path), isFree(path, true)], [false, false, false]);
    guard.release();
    assertEquals(isFree(path), true);
    using second = await take(lock);
    guard.release(); // Not the second's.
    guard[Symbol.dispose]();
    assertEquals(isFree(path), false);
    second.release();
    assertEquals(isFree(path), true);
  });

  test(`${form} shares a lock with those that share it, and with nobody else`, async (path) => {
    const lock = new FileLock(path);
    using first = await take(lock, true);
    using second = await take(lock, true);
    assertEquals([first.shared, second.shared], [true, true]);
    assertEquals([isFree(path), isFree(path, true)], [false, true]);
    first.release();
    assertEquals(isFree(path), false);
    second.release();
    assertEquals(isFree(path), true);
  });

  test(`${form} reports a folder that is not there`, async (path) => {
    const missing = `${path}/missing/lock`;
    await assertFails(async () => await take(new FileLock(missing)), {
      type: Deno.errors.NotFound,
      code: "ENOENT",
      syscall: "open",
      path: missing,
    });
  });
}

test("acquire() waits without holding up the event loop, and has the lock when it is given back", async (path) => {
  const lock = new FileLock(path);
  const guard = lock.acquireSync();
  const waiting = lock.acquire();
  assertEquals(await stillWaits(waiting), true);
  guard.release();
  using second = await waiting;
  assertEquals(isFree(path), false);
  second.release();
});

test("many that wait in one process all have their turn, one at a time", async (path) => {
  const lock = new FileLock(path);
  let inside = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    using _guard = await lock.acquire(patience);
    assertEquals(++inside, 1);
    await Promise.resolve();
    inside--;
  }));
});

test("a time-out and an abort end the wait, and the lock can be taken afterwards", async (path) => {
  const lock = new FileLock(path);
  const guard = lock.acquireSync();
  await assertRejects(
    () => lock.acquire({ timeout: 30 }),
    Deno.errors.TimedOut,
    "others have it within 30 ms",
  );
  await assertRejects(() => lock.acquire({ timeout: 0 }), Deno.errors.TimedOut);
  const controller = new AbortController();
  const waiting = lock.acquire({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  await assertRejects(() => lock.acquire({ signal: controller.signal }), Error, "enough");
  guard.release();
  assertEquals(isFree(path), true);
});

test("acquireSync() with a time-out ends, when another process has the lock", async (path) => {
  await using child = startChild("file_lock", { args: ["hold", path] });
  await child.printed("has it");
  const started = performance.now();
  assertThrows(() => new FileLock(path).acquireSync({ timeout: 50 }), Deno.errors.TimedOut, "within 50 ms");
  assert(performance.now() - started >= 50);
});

test("acquireSync() of a lock that this thread has is an error, not a wait without end", (path) => {
  const lock = new FileLock(path);
  using _guard = lock.acquireSync();
  assertThrows(() => lock.acquireSync(), Deno.errors.Busy, "would wait for itself");
  assertThrows(() => new FileLock(path).acquireSync(), Deno.errors.Busy);
  assertThrows(() => new FileLock(path).acquireSync({ shared: true }), Deno.errors.Busy);
});

test("a lock is released when its owner is killed", async (path) => {
  for (const form of ["wait", "wait-sync"]) {
    await using owner = startChild("file_lock", { args: ["hold", path] });
    await owner.printed("has it");
    await using child = startChild("file_lock", { args: [form, path] });
    await child.printed("waits");
    owner.kill("SIGKILL");
    await child.finished();
    assertStringIncludes(child.stdout, "has it");
  }
});

test("who is killed while it waits leaves the lock to others", async (path) => {
  const guard = new FileLock(path).acquireSync();
  for (const form of ["wait", "wait-sync"]) {
    await using child = startChild("file_lock", { args: [form, path] });
    await child.printed("waits");
    child.kill("SIGKILL");
    await child.status;
  }
  guard.release();
  assertEquals(isFree(path), true);
});

test("several processes that take turns lose no update", async (path) => {
  Deno.writeTextFileSync(`${path}.count`, "0");
  const stack = new AsyncDisposableStack();
  await using _stack = stack;
  const children = [1, 2, 3].map(() => stack.use(startChild("file_lock", { args: ["count", path, "40"] })));
  await Promise.all(children.map((child) => child.finished()));
  assertEquals(Deno.readTextFileSync(`${path}.count`), "120");
});

test("a worker and this thread exclude each other", async (path) => {
  const worker = new Worker(new URL("../children/file_lock_worker.ts", import.meta.url), { type: "module" });
  const has = () =>
    new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(path);
    });
  try {
    const guard = new FileLock(path).acquireSync();
    assertEquals(await has(), false);
    guard.release();
    assertEquals(await has(), true);
  } finally {
    worker.terminate();
  }
});

test("a child inherits no lock", async (path) => {
  using _guard = new FileLock(path).acquireSync();
  await using child = spawn("sleep", { args: ["60"] });
  await until(
    "the program to begin",
    () => Deno.readTextFileSync(`/proc/${child.pid}/comm`) === "sleep\n",
  );
  const theirs = [...Deno.readDirSync(`/proc/${child.pid}/fd`)].map(({ name }) =>
    Deno.readLinkSync(`/proc/${child.pid}/fd/${name}`)
  );
  assert(theirs.length >= 3 && !theirs.includes(path), theirs.join());
  child.kill("SIGKILL");
}, Deno.build.os !== "linux");

test("who removes the file while one waits does not make two owners of the path", async (path) => {
  const lock = new FileLock(path);
  const first = lock.acquireSync();
  const waiting = lock.acquire(patience);
  assertEquals(await stillWaits(waiting), true);
  Deno.removeSync(path);
  // The path is a new file, or none: its lock is free, and the one that waits has it.
  using second = await waiting;
  assertEquals(isFree(path), false);
  first.release();
  assertEquals(isFree(path), false);
  second.release();
  assertEquals(isFree(path), true);
});

test(
  "who waits for a file that is removed and made anew waits for the new one's owner, too",
  async (path) => {
    const lock = new FileLock(path);
    for (const form of ["wait", "wait-sync"]) {
      const first = lock.acquireSync();
      await using child = startChild("file_lock", { args: [form, path] });
      await child.printed("waits");
      // Its first thread sleeps in flock(2), or in the event loop: it has the old file open.
      await until("the child to wait", () => isAsleep(child.pid));
      Deno.renameSync(path, `${path}.old`);
      const second = lock.tryAcquire()!;
      first.release();
      const having = child.printed("has it");
      assertEquals(await stillWaits(having, 150), true);
      second.release();
      await having;
      await child.finished();
    }
  },
  Deno.build.os !== "linux",
);

test("a file that is there is locked as it is, a folder too, and one that is made has its mode", (path) => {
  Deno.writeTextFileSync(path, "precious", { mode: 0o444 });
  new FileLock(path).acquireSync().release();
  assertEquals(Deno.readTextFileSync(path), "precious");
  const folder = path.slice(0, path.lastIndexOf("/"));
  using _guard = new FileLock(folder).acquireSync();
  assertEquals(isFree(folder), false);
  new FileLock(new URL(`file://${encodeURI(path)}2`), { mode: 0o640 }).acquireSync().release();
  assertEquals(Deno.statSync(`${path}2`).mode! & 0o777, 0o640 & ~Deno.umask());
  assertThrows(() => new FileLock(path, { mode: 0o1000 }), RangeError);
  assertThrows(() => new FileLock(""), TypeError);
  assertThrows(() => new FileLock(path).tryAcquire({ shared: "yes" as never }), TypeError);
  assertThrows(() => new FileLock(path).acquireSync({ timeout: -1 }), RangeError);
});

test("a file that this user may not open is PermissionDenied", async (path) => {
  new FileLock(path).acquireSync().release();
  await using child = startChild("file_lock", { args: ["try-as-nobody", path] });
  assertEquals(await child.finished(), "PermissionDenied EACCES\n");
}, skipIf(Deno.build.os === "windows" || Deno.uid() !== 0, "only root can become another user"));

test("Deno.FsFile.lock and ours exclude each other", async (path) => {
  using file = await Deno.open(path, { create: true, write: true });
  await file.lock(true);
  assertEquals([isFree(path), isFree(path, true)], [false, false]);
  await file.unlock();
  await file.lock(false);
  assertEquals([isFree(path), isFree(path, true)], [false, true]);
});

/** Other programs that hold a lock: they print "has it", and keep it until their stdin ends. */
const HOLDERS: Record<string, [(path: string, shared: boolean) => TestChild, boolean]> = {
  "another Deno": [
    (path, shared) => startChild("file_lock", { args: [shared ? "hold-shared" : "hold", path] }),
    false,
  ],
  "Python's fcntl.flock": [
    (path, shared) =>
      startProgram(
        "python3",
        "-c",
        "import fcntl, sys\nf = open(sys.argv[1], 'a')\nfcntl.flock(f, getattr(fcntl, sys.argv[2]))\n"
          + "print('has it', flush=True)\nsys.stdin.read()",
        path,
        shared ? "LOCK_SH" : "LOCK_EX",
      ),
    skipUnless("python3"),
  ],
  "the command flock": [
    (path, shared) =>
      startProgram("flock", shared ? "--shared" : "--exclusive", path, "sh", "-c", "echo has it; exec cat"),
    skipUnless("flock"),
  ],
};

for (const [who, [start, ignore]] of Object.entries(HOLDERS)) {
  test(`${who} and ours exclude each other`, async (path) => {
    await using alone = start(path, false);
    await alone.printed("has it");
    assertEquals([isFree(path), isFree(path, true)], [false, false]);
    const waiting = new FileLock(path).acquire(patience);
    assertEquals(await stillWaits(waiting), true);
    await alone.closeStdin();
    const guard = await waiting;
    await using late = start(path, false);
    const having = late.printed("has it");
    assertEquals(await stillWaits(having, 100), true);
    guard.release();
    await having;
    await late.closeStdin();
    await late.finished();
  }, ignore);

  test(`${who} shares a lock with ours`, async (path) => {
    await using sharing = start(path, true);
    await sharing.printed("has it");
    assertEquals([isFree(path), isFree(path, true)], [false, true]);
    using _guard = new FileLock(path).acquireSync({ shared: true });
    await using other = start(path, true);
    await other.printed("has it");
  }, ignore);

  test(`a lock of ${who} is released when it is killed`, async (path) => {
    await using owner = start(path, false);
    await owner.printed("has it");
    const waiting = new FileLock(path).acquire(patience);
    // The command's own child has the lock as well: its end is the end of both.
    await owner.closeStdin();
    owner.kill("SIGKILL");
    (await waiting).release();
  }, ignore);
}

test("the command flock does not get what ours has", async (path) => {
  using _guard = new FileLock(path).acquireSync();
  const command = spawn("flock", { args: ["--nonblock", path, "true"], stdout: "piped", stderr: "piped" });
  assertEquals((await ended(command)).code, 1);
}, skipUnless("flock"));

test("waiting costs little", async (path) => {
  await using owner = startChild("file_lock", { args: ["hold", path] });
  await owner.printed("has it");
  await using waiting = startChild("file_lock", { args: ["wait", path] });
  await waiting.printed("waits");
  const ticks = () => {
    const fields = Deno.readTextFileSync(`/proc/${waiting.pid}/stat`).split(") ")[1]!.split(" ");
    return Number(fields[11]) + Number(fields[12]); // utime and stime, in 10 ms.
  };
  const before = ticks();
  const started = performance.now();
  await until("a second to pass", () => performance.now() - started > 1000);
  const used = (ticks() - before) * 10;
  assert(used < 100, `${used} ms of CPU time in a second`);
}, Deno.build.os !== "linux");
