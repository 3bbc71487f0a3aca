import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pathToFileURL } from "node:url";
import { mkfifo, mkfifoSync, openFifoReader } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails } from "../support/errors.ts";
import { skipIf, skipUnless } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { finish } from "../support/watchdog.ts";

type Mkfifo = typeof mkfifo | typeof mkfifoSync;

/** Runs a body against both forms, each in a folder of its own, with the descriptors counted. */
function testBoth(
  promise: string,
  body: (make: Mkfifo, dir: { path: string; join(name: string): string }) => unknown,
  ignore = false,
): void {
  for (const make of [mkfifo, mkfifoSync]) {
    const fn = () =>
      assertNoLeak(async () => {
        using dir = tempDir();
        await body(make, dir);
      });
    Deno.test({ name: `${make.name}() ${promise}`, ignore, fn });
  }
}

const modeOf = (path: string) => Deno.lstatSync(path).mode! & 0o7777;

testBoth("makes what file(1) calls a fifo", async (make, dir) => {
  await make(dir.join("fifo"));
  const { stdout } = await finish("file", { args: [dir.join("fifo")] });
  assertStringIncludes(stdout, "fifo (named pipe)");
}, skipUnless("file"));

testBoth("makes a fifo", async (make, dir) => {
  assertEquals(await make(dir.join("fifo")), undefined);
  assert(Deno.lstatSync(dir.join("fifo")).isFifo);
});

testBoth("gives the owner alone access, unless told otherwise", async (make, dir) => {
  await make(dir.join("default"));
  assertEquals(modeOf(dir.join("default")), 0o600);
  for (const mode of [0, 0o400, 0o640, 0o700]) {
    await make(dir.join(`mode${mode}`), { mode });
    assertEquals(modeOf(dir.join(`mode${mode}`)), mode & ~umask());
  }
});

testBoth("narrows the mode by the umask", async (make, dir) => {
  const before = Deno.umask(0o027);
  try {
    await make(dir.join("fifo"), { mode: 0o666 });
    Deno.umask(0);
    await make(dir.join("all"), { mode: 0o777 });
  } finally {
    Deno.umask(before);
  }
  assertEquals(modeOf(dir.join("fifo")), 0o640);
  assertEquals(modeOf(dir.join("all")), 0o777);
});

testBoth("is AlreadyExists when anything has the name, and harms nothing", async (make, dir) => {
  mkfifoSync(dir.join("fifo"), { mode: 0o640 });
  Deno.writeTextFileSync(dir.join("file"), "content");
  Deno.mkdirSync(dir.join("folder"));
  Deno.symlinkSync(dir.join("nowhere"), dir.join("link"));
  const before = Deno.lstatSync(dir.join("fifo"));
  for (const name of ["fifo", "file", "folder", "link"]) {
    const path = dir.join(name);
    const type = Deno.errors.AlreadyExists;
    const error = await assertFails(() => make(path), { type, code: "EEXIST", syscall: "mkfifo", path });
    assertStringIncludes(error.message, `Cannot make fifo '${path}'`);
  }
  const { ino, mode, mtime } = Deno.lstatSync(dir.join("fifo"));
  assertEquals({ ino, mode, mtime }, { ino: before.ino, mode: before.mode, mtime: before.mtime });
  assertEquals(Deno.readTextFileSync(dir.join("file")), "content");
  assertEquals(Deno.readLinkSync(dir.join("link")), dir.join("nowhere"));
  assertEquals([...Deno.readDirSync(dir.path)].length, 4);
});

testBoth("is NotFound when the folder does not exist", async (make, dir) => {
  const path = dir.join("missing/fifo");
  await assertFails(() => make(path), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "mkfifo",
    path,
  });
});

testBoth("is NotADirectory when a file is in the place of a folder", async (make, dir) => {
  Deno.writeTextFileSync(dir.join("file"), "content");
  const path = dir.join("file/fifo");
  const type = Deno.errors.NotADirectory;
  await assertFails(() => make(path), { type, code: "ENOTDIR", syscall: "mkfifo", path });
  assertEquals(Deno.readTextFileSync(dir.join("file")), "content");
});

testBoth("is PermissionDenied when the folder is not writable", async (make, dir) => {
  Deno.chmodSync(dir.path, 0o755);
  const path = dir.join("fifo");
  await using child = startChild("as_nobody", { args: [make.name, path] });
  const outcome = { name: "PermissionDenied", code: "EACCES", syscall: "mkfifo", path };
  assertEquals(JSON.parse(await child.finished()), [outcome]);
  assertEquals([...Deno.readDirSync(dir.path)], []);
}, skipIf(Deno.uid() !== 0, "only root can become another user"));

testBoth("refuses a mode that is none", async (make, dir) => {
  for (const mode of [-1, 0o1000, 0o1600, 0o10000, 2 ** 40, 384.5, NaN, Infinity]) {
    const error = await assertFails(() => make(dir.join("fifo"), { mode }), { type: RangeError });
    assertStringIncludes(error.message, "mode");
  }
  for (const mode of ["0600", "600", 384n, {}, true]) {
    const options = { mode: mode as unknown as number };
    const error = await assertFails(() => make(dir.join("fifo"), options), { type: TypeError });
    assertStringIncludes(error.message, "mode");
  }
  assertEquals([...Deno.readDirSync(dir.path)], []);
});

testBoth("takes names in any script, and names of 255 bytes", async (make, dir) => {
  for (const name of ["Käse", "日本", "😀 and spaces", "-x", "a\nb", "x".repeat(255), "日".repeat(85)]) {
    await make(dir.join(name));
    assert([...Deno.readDirSync(dir.path)].some((entry) => entry.name === name), `${name} is missing`);
    using reader = await openFifoReader(dir.join(name), { wait: false });
    assertEquals(reader.tryRead(new Uint8Array(1)), null);
  }
});

testBoth("refuses names that are too long", async (make, dir) => {
  for (const name of ["x".repeat(256), "日".repeat(86), "x/".repeat(2500)]) {
    const path = dir.join(name);
    await assertFails(() => make(path), { type: RangeError, code: "ENAMETOOLONG", syscall: "mkfifo", path });
  }
  assertEquals([...Deno.readDirSync(dir.path)], []);
});

testBoth("takes a file: URL, and no other", async (make, dir) => {
  await make(pathToFileURL(dir.join("Käse 100%")));
  assert(Deno.lstatSync(dir.join("Käse 100%")).isFifo);
  await assertFails(() => make(new URL("https://example.com/fifo")), {
    type: TypeError,
  });
});

testBoth("refuses a path that is none", async (make, dir) => {
  for (
    const path of ["", dir.join("a\0b"), dir.join("\ud800"), 5, null, undefined, new URL("file:///tmp/a%00b")]
  ) {
    await assertFails(() => make(path as string), { type: TypeError });
  }
  assertEquals([...Deno.readDirSync(dir.path)], []);
});

testBoth("works on a path relative to the working directory", async (make, dir) => {
  const before = Deno.cwd();
  Deno.chdir(dir.path);
  try {
    await make("fifo");
  } finally {
    Deno.chdir(before);
  }
  assert(Deno.lstatSync(dir.join("fifo")).isFifo);
});

function umask(): number {
  const now = Deno.umask(0);
  Deno.umask(now);
  return now;
}
