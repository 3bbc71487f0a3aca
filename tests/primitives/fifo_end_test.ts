/** Paths that are no fifo, or cannot be opened: a typed error, nothing harmed, no descriptor left. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import {
  mkfifoSync,
  openFifoReader,
  openFifoReaderSync,
  openFifoWriter,
  openFifoWriterSync,
} from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { inheritable, isNonBlocking } from "../support/descriptor_flags.ts";
import { assertNoLeak, openDescriptors } from "../support/descriptors.ts";
import { assertFails } from "../support/errors.ts";
import { startShell } from "../support/programs.ts";
import { skipIf } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { asleep } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const CALLS = [openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync];
/** Refused before any wait, however the caller wants to wait; the time-out keeps a Sync form from hanging the run. */
const WAITS = [{ wait: false }, { timeout: 10_000 }];

interface Dir {
  path: string;
  join(name: string): string;
}

function testAll(
  promise: string,
  body: (open: typeof CALLS[number], dir: Dir) => unknown,
  ignore = false,
): void {
  for (const open of CALLS) {
    const name = `${open.name}() ${promise}`;
    const fn = () =>
      assertNoLeak(() =>
        within(PATIENCE_MS, name, async () => {
          using dir = tempDir();
          await body(open, dir);
        })
      );
    Deno.test({ name, ignore, fn });
  }
}

testAll("is InvalidData for what is not a fifo, and harms nothing", async (open, dir) => {
  Deno.writeTextFileSync(dir.join("file"), "content");
  Deno.symlinkSync(dir.join("file"), dir.join("link"));
  using _listener = Deno.listen({ transport: "unix", path: dir.join("socket") });
  const kinds = {
    [dir.join("file")]: "a regular file",
    [dir.join("link")]: "a regular file",
    [dir.join("socket")]: "a socket",
    "/dev/null": "a character device",
  };
  for (const [path, kind] of Object.entries(kinds)) {
    for (const options of WAITS) {
      const expected = { type: Deno.errors.InvalidData, code: "EINVAL", syscall: "stat", path };
      const error = await assertFails(() => open(path, options), expected);
      assertStringIncludes(error.message, `Cannot open fifo '${path}': it is ${kind}, not a fifo`);
    }
  }
  assertEquals(Deno.readTextFileSync(dir.join("file")), "content");
  assertEquals([...Deno.readDirSync(dir.path)].length, 3);
});

testAll("is IsADirectory for a directory", async (open, dir) => {
  const { path } = dir;
  for (const options of WAITS) {
    const expected = { type: Deno.errors.IsADirectory, code: "EISDIR", syscall: "stat", path };
    await assertFails(() => open(path, options), expected);
  }
});

testAll("is NotFound for what does not exist, and makes nothing", async (open, dir) => {
  Deno.symlinkSync(dir.join("nowhere"), dir.join("dangling"));
  for (const path of [dir.join("missing"), dir.join("missing/fifo"), dir.join("dangling")]) {
    for (const options of WAITS) {
      const expected = { type: Deno.errors.NotFound, code: "ENOENT", syscall: "stat", path };
      const error = await assertFails(() => open(path, options), expected);
      assertStringIncludes(error.message, "mkfifo() it first");
    }
  }
  assertEquals([...Deno.readDirSync(dir.path)].length, 1);
});

testAll("opens a fifo through a symlink", async (open, dir) => {
  mkfifoSync(dir.join("fifo"));
  Deno.symlinkSync(dir.join("fifo"), dir.join("link"));
  using _reader = await openFifoReader(dir.join("link"), { wait: false });
  using end = await open(dir.join("link"), { wait: false });
  assert(!end.closed);
});

testAll("opens a fifo by a file: URL, and by a name in any script", async (open, dir) => {
  const path = dir.join("Käse 日本 😀 100%");
  mkfifoSync(path);
  using _reader = await openFifoReader(path, { wait: false });
  using byName = await open(path, { wait: false });
  using byUrl = await open(pathToFileURL(path), { wait: false });
  assert(!byName.closed && !byUrl.closed);
});

testAll(
  "opens a descriptor that is non-blocking and close-on-exec, however it was waited for",
  async (open, dir) => {
    const path = dir.join("fifo");
    mkfifoSync(path);
    const [program, line] = open === openFifoReader || open === openFifoReaderSync
      ? ["tee", 'exec tee "$1"']
      : ["cat", 'exec cat "$1"'];
    for (const options of [{}, { timeout: PATIENCE_MS }]) {
      await using peer = startShell(line, path);
      // It blocks in open(2), so that the blocking forms return.
      await asleep(peer.pid, program);
      const inherited = inheritable();
      const before = new Set(openDescriptors().keys());
      using _end = await open(path, options);
      const fds = [...openDescriptors()].filter(([fd, target]) => !before.has(fd) && target === path);
      assertEquals(fds.length, 1);
      assert(isNonBlocking(fds[0]![0]));
      assertEquals(inheritable(), inherited);
    }
  },
);

testAll("gives the fifo the capacity that is asked for", async (open, dir) => {
  const path = dir.join("fifo");
  mkfifoSync(path);
  using reader = await openFifoReader(path, { wait: false });
  using end = await open(path, { wait: false, capacity: 100_000 });
  assertEquals([reader.capacity, end.capacity], [131_072, 131_072]);
}, skipIf(Deno.build.os !== "linux", "only Linux has pipes of other capacities"));

testAll("is NotADirectory when a file is in the place of a folder", async (open, dir) => {
  Deno.writeTextFileSync(dir.join("file"), "content");
  const path = dir.join("file/fifo");
  const expected = { type: Deno.errors.NotADirectory, code: "ENOTDIR", syscall: "stat", path };
  await assertFails(() => open(path), expected);
});

testAll("is FilesystemLoop for symlinks in a circle", async (open, dir) => {
  Deno.symlinkSync(dir.join("b"), dir.join("a"));
  Deno.symlinkSync(dir.join("a"), dir.join("b"));
  const path = dir.join("a");
  const expected = { type: Deno.errors.FilesystemLoop, code: "ELOOP", syscall: "stat", path };
  await assertFails(() => open(path), expected);
});

testAll("refuses names that are too long", async (open, dir) => {
  for (const name of ["x".repeat(256), "x/".repeat(2500)]) {
    const path = dir.join(name);
    await assertFails(() => open(path), { type: RangeError, code: "ENAMETOOLONG", syscall: "stat", path });
  }
});

testAll("refuses a path that is none", async (open, dir) => {
  for (const path of ["", dir.join("a\0b"), dir.join("\udfff"), 5, null, undefined]) {
    await assertFails(() => open(path as string), { type: TypeError });
  }
  const url = new URL("https://example.com/fifo");
  await assertFails(() => open(url), { type: TypeError });
});

testAll("refuses options that are none, and leaves the fifo alone", async (open, dir) => {
  const path = dir.join("fifo");
  mkfifoSync(path);
  // With a reader there, the writer's forms reach the check of the capacity as well.
  using reader = await openFifoReader(path, { wait: false });
  for (
    const options of [{ timeout: -1 }, { timeout: NaN }, { capacity: 0 }, { capacity: 1.5 }, {
      capacity: 2 ** 31,
    }]
  ) {
    await assertFails(() => open(path, { wait: false, ...options }), { type: RangeError });
  }
  for (const options of [{ timeout: "5" }, { capacity: "4096" }]) {
    await assertFails(() => open(path, { wait: false, ...options } as never), { type: TypeError });
  }
  assertEquals(reader.tryRead(new Uint8Array(1)), null, "A writer was left open");
});

testAll("is PermissionDenied for a fifo, or in a folder, of somebody else", async (open, dir) => {
  Deno.chmodSync(dir.path, 0o755);
  Deno.mkdirSync(dir.join("closed"), { mode: 0o700 });
  mkfifoSync(dir.join("fifo"));
  mkfifoSync(dir.join("closed/fifo"));
  const paths = [dir.join("fifo"), dir.join("closed/fifo")] as const;
  await using child = startChild("as_nobody", { args: paths.flatMap((path) => [open.name, path]) });
  assertEquals(JSON.parse(await child.finished()), [
    { name: "PermissionDenied", code: "EACCES", syscall: "open", path: paths[0] },
    { name: "PermissionDenied", code: "EACCES", syscall: "stat", path: paths[1] },
  ]);
}, skipIf(Deno.uid() !== 0, "only root can become another user"));

for (const open of [openFifoReader, openFifoReaderSync]) {
  Deno.test({
    name:
      `${open.name}({ persistent: true }) is PermissionDenied for a fifo that may be read, but not written`,
    ignore: skipIf(Deno.uid() !== 0, "only root can become another user"),
    async fn() {
      using dir = tempDir();
      const path = dir.join("fifo");
      Deno.chmodSync(dir.path, 0o755);
      mkfifoSync(path);
      Deno.chmodSync(path, 0o444);
      const args = [open.name, path, '{"persistent":true,"wait":false}', open.name, path, '{"wait":false}'];
      await using child = startChild("as_nobody", { args });
      const denied = { name: "PermissionDenied", code: "EACCES", syscall: "open", path };
      assertEquals(JSON.parse(await child.finished()), [denied, "no error"]);
    },
  });
}

for (const meanwhile of ["removed", "replaced"]) {
  Deno.test(`openFifoReader({ persistent: true }) is NotFound when the fifo was ${meanwhile} during the wait`, () =>
    assertNoLeak(async () => {
      using dir = tempDir();
      const path = dir.join("fifo");
      mkfifoSync(path);
      const opening = openFifoReader(path, { persistent: true });
      Deno.renameSync(path, dir.join("moved"));
      if (meanwhile === "replaced") mkfifoSync(path);
      // A reader lets the write end in by which the persistent reader would keep the other fifo open.
      using other = meanwhile === "replaced" ? await openFifoReader(path, { wait: false }) : undefined;
      using _writer = await openFifoWriter(dir.join("moved"));
      const type = Deno.errors.NotFound;
      const error = await assertFails(() => opening, {
        type,
        code: "ENOENT",
        syscall: meanwhile === "removed" ? "stat" : "open",
        path,
      });
      assert(meanwhile === "removed" || error.message.includes("replaced by another"));
      assertEquals(other?.tryRead(new Uint8Array(1)) ?? null, null);
    }));
}
