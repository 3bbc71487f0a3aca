/** Shared memory in one process: what is asked for is what one gets, and closing it is safe. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { pbkdf2 } from "node:crypto";
import { mkfifoSync, SharedMemory } from "../../mod.ts";
import { assertFails } from "../support/errors.ts";
import { FOLDER, isThere, test } from "../support/shared_memory.ts";

/** One body for memory with a name and without: two handles on the same. */
const KINDS: Record<string, (unique: string, size: number) => [SharedMemory, SharedMemory]> = {
  "with a name": (name, size) => {
    const memory = SharedMemory.create({ name, size });
    const other = SharedMemory.open(name);
    memory.unlink();
    return [memory, other];
  },
  "without a name": (_, size) => {
    const memory = SharedMemory.create({ size });
    return [memory, SharedMemory.from(memory.share())];
  },
};

for (const [kind, make] of Object.entries(KINDS)) {
  test(`memory ${kind} has the size that was asked for, and is all zeros`, (unique) => {
    for (const size of [1, 7, 4095, 4096, 4097, 1_000_003]) {
      const [memory, other] = make(`${unique}-${size}`, size);
      using _memory = memory;
      using _other = other;
      assertEquals([memory.size, memory.buffer.byteLength], [size, size]);
      assertEquals([other.size, other.buffer.byteLength], [size, size]);
      assert(new Uint8Array(memory.buffer).every((byte) => byte === 0));
    }
  });

  test(`what one handle on memory ${kind} writes the other reads, at other addresses`, (unique) => {
    const [memory, other] = make(unique, 1000);
    using _memory = memory;
    using _other = other;
    assertNotEquals(memory.address, other.address);
    new Uint8Array(memory.buffer).set([1, 2, 3], 997);
    assertEquals([...new Uint8Array(other.buffer, 997)], [1, 2, 3]);
    assertEquals(Atomics.add(new BigInt64Array(other.buffer, 8, 1), 0, 5n), 0n);
    assertEquals(Atomics.load(new BigInt64Array(memory.buffer, 8, 1), 0), 5n);
  });

  test(`closing memory ${kind} gives every view length 0, and leaves the other handle alone`, (unique) => {
    const [memory, other] = make(unique, 64);
    using _other = other;
    const { buffer } = memory;
    const views = [new Uint8Array(buffer), new Int32Array(buffer, 8, 4), new Float64Array(buffer)];
    new Uint8Array(other.buffer)[0] = 9;
    assertEquals(memory.closed, false);
    memory.close();
    memory.close();
    assertEquals(memory.closed, true);
    assertEquals(views.map(({ length }) => length), [0, 0, 0]);
    assertEquals([buffer.byteLength, memory.buffer.byteLength], [0, 0]);
    assertEquals(views[0]![0], undefined);
    views[0]![0] = 1;
    assertThrows(() => Atomics.load(views[1] as Int32Array, 0), TypeError);
    assertEquals(new Uint8Array(other.buffer)[0], 9);
  });

  test(`a closed handle on memory ${kind} can be neither shared nor asked for its address`, async (unique) => {
    const [memory, other] = make(unique, 64);
    other.close();
    memory.close();
    const closed = { type: Deno.errors.BadResource, code: "EBADF" };
    await assertFails(() => memory.share(), closed);
    await assertFails(() => memory.address, closed);
    await assertFails(() => memory.descriptorForOthers(3), closed);
  });

  test(`an operation that uses a view of memory ${kind} when it is closed goes on harmlessly`, async (unique) => {
    const [memory, other] = make(unique, 16 << 20);
    other.close();
    const password = Buffer.from(memory.buffer);
    const derived = new Promise((resolve) => pbkdf2(password, password, 1, 32, "sha256", resolve));
    memory.close(); // Before the pool's thread has read it all: an address that is gone is SIGSEGV there.
    await derived;
  });
}

test("memory whose buffer was transferred stays where the views are", () => {
  const memory = SharedMemory.create({ size: 4096 });
  const moved = structuredClone(memory.buffer, { transfer: [memory.buffer] });
  assertEquals(memory.buffer.byteLength, 0);
  memory.close();
  new Uint8Array(moved).fill(1);
  assertEquals(new Uint8Array(moved)[4095], 1);
});

test("thousands of handles come and go, and leave no addresses taken", () => {
  const takenMiB = () => {
    const [, kiB] = Deno.readTextFileSync("/proc/self/status").match(/^VmSize:\s*(\d+) kB/m)!;
    return Number(kiB) / 1024;
  };
  const before = takenMiB();
  for (let count = 0; count < 4000; count++) SharedMemory.create({ size: 1 << 20 }).close();
  assert(takenMiB() < before + 2000, `${takenMiB()} MiB, ${before} before`);
});

test("memory without a name can be larger than the machine's, and every part of it is addressed", () => {
  const size = 9 * 2 ** 30;
  using memory = SharedMemory.create({ size });
  using other = SharedMemory.from(memory.share());
  const ours = new Uint8Array(memory.buffer);
  const theirs = new Uint8Array(other.buffer);
  assertEquals(theirs.length, size);
  // Offsets that are one in their lower 32 bits.
  for (const gib of [0, 4, 8]) ours[gib * 2 ** 30 + 5] = gib + 1;
  assertEquals([0, 4, 8].map((gib) => theirs[gib * 2 ** 30 + 5]), [1, 5, 9]);
  assertEquals(theirs[size - 1], 0);
  ours[size - 1] = 255;
  assertEquals(new DataView(other.buffer).getUint8(size - 1), 255);
});

test("memory without a name is sealed: nobody can change its size", () => {
  using memory = SharedMemory.create({ size: 8192 });
  const path = `/proc/self/fd/${memory.descriptor.number("test")}`;
  for (const size of [0, 8191, 8193]) {
    using file = Deno.openSync(path, { read: true, write: true });
    assertThrows(() => file.truncateSync(size), Deno.errors.PermissionDenied);
  }
  using other = SharedMemory.from(memory.share());
  assertEquals([memory.sealed, other.sealed], [true, true]);
});

test("with soleWriter all others see what it writes, and none can write", () => {
  using memory = SharedMemory.create({ size: 4096, soleWriter: true });
  using other = SharedMemory.from(memory.share());
  assertEquals([memory.readOnly, other.readOnly], [false, true]);
  new Uint8Array(memory.buffer)[1] = 7;
  const view = new Uint8Array(other.buffer);
  assertEquals(view[1], 7);
  view[2] = 1;
  assertEquals(new Uint8Array(memory.buffer)[2], 0);
  const error = assertThrows(() => SharedMemory.from({ ...memory.share(), readOnly: false }));
  assertEquals((error as { code?: string }).code, "EPERM");
});

test("a read-only handle sees what others write, and its own writes reach nobody", (name) => {
  using memory = SharedMemory.create({ name, size: 3 * 4096 });
  using reader = SharedMemory.open(name, { readOnly: true });
  const view = new Uint8Array(reader.buffer);
  const theirs = new Uint8Array(memory.buffer);
  theirs[0] = 1;
  assertEquals([reader.readOnly, view[0]], [true, 1]);
  view[0] = 2; // The page is a copy from now on.
  theirs[1] = 3;
  theirs[4096] = 4;
  assertEquals([theirs[0], view[0], view[1], view[4096]], [1, 2, 0, 4]);
  using again = SharedMemory.from(reader.share());
  assertEquals([again.readOnly, new Uint8Array(again.buffer)[0]], [true, 1]);
  memory.unlink();
});

const SIZES: [unknown, typeof RangeError | typeof TypeError][] = [
  [0, RangeError],
  [-1, RangeError],
  [1.5, RangeError],
  [NaN, RangeError],
  [Infinity, RangeError],
  [2 ** 53, RangeError],
  ["4096", TypeError],
  [undefined, TypeError],
  [4096n, TypeError],
];
for (const [size, type] of SIZES) {
  test(`a size of ${typeof size} ${size} is a ${type.name}, and makes nothing`, (name) => {
    for (const options of [{ size }, { name, size }]) {
      assertThrows(() => SharedMemory.create(options as { size: number }), type, "size");
    }
    assertEquals(isThere(name), false);
  });
}

test("a size that no memory can have is an error that says so, and makes nothing", (name) => {
  for (const options of [{ size: 2 ** 52 }, { name, size: 2 ** 52 }, { name, size: 2 ** 45 }]) {
    const error = assertThrows(() => SharedMemory.create(options), Error, `${options.size} bytes`);
    assert(
      ["ENOMEM", "ENOSPC", "EFBIG"].includes((error as unknown as { code: string }).code),
      error.message,
    );
  }
  assertEquals(isThere(name), false);
});

const NAMES: [unknown, typeof RangeError | typeof TypeError, string][] = [
  ["", TypeError, "empty"],
  ["a/b", TypeError, "slash"],
  ["/a", TypeError, "slash"],
  [".", TypeError, "folder"],
  ["..", TypeError, "folder"],
  ["a\0b", TypeError, "NUL"],
  ["\ud800", TypeError, "Unicode"],
  [7, TypeError, "string"],
  [null, TypeError, "string"],
  ["x".repeat(256), RangeError, "256 bytes"],
  ["日".repeat(86), RangeError, "258 bytes"],
];
for (const [name, type, why] of NAMES) {
  const shown = JSON.stringify(name).slice(0, 12);
  test(`the name ${shown} (${why}) is a ${type.name} everywhere`, () => {
    const calls = [
      () => SharedMemory.create({ name: name as string, size: 8 }),
      () => SharedMemory.open(name as string),
      () => SharedMemory.unlink(name as string),
    ];
    for (const call of calls) assertThrows(call, type, why);
  });
}

test("names of any other characters and of up to 255 bytes work", (unique) => {
  for (const rest of [" naïve 日本 😀", "-%s\n", "x".repeat(255 - unique.length)]) {
    using memory = SharedMemory.create({ name: unique + rest, size: 8 });
    using other = SharedMemory.open(unique + rest);
    new Uint8Array(memory.buffer)[7] = 1;
    assertEquals([other.name, new Uint8Array(other.buffer)[7]], [unique + rest, 1]);
    memory.unlink();
  }
});

test("options that do not fit are a TypeError or RangeError", (name) => {
  assertThrows(() => SharedMemory.create({ size: 8, mode: 0o600 }), TypeError, "with a name");
  assertThrows(() => SharedMemory.create({ size: 8, name, mode: 0o1777 }), RangeError, "0o1777");
  assertThrows(() => SharedMemory.create({ size: 8, name, mode: -1 }), RangeError, "mode");
  assertThrows(() => SharedMemory.create({ size: 8, name, soleWriter: true }), TypeError, "soleWriter");
});

test("a name is of its mode, narrowed by the umask", (unique) => {
  const before = Deno.umask(0o022);
  try {
    for (const [mode, expected] of [[undefined, 0o600], [0o640, 0o640], [0o666, 0o644]] as const) {
      using memory = SharedMemory.create({ name: `${unique}-${mode}`, size: 8, mode });
      assertEquals(Deno.statSync(`${FOLDER}/${memory.name}`).mode! & 0o777, expected);
      memory.unlink();
    }
  } finally {
    Deno.umask(before);
  }
});

test("opening what is not there, or not memory, is a typed error that names it", async (name) => {
  const path = `${FOLDER}/${name}`;
  const open = () => SharedMemory.open(name);
  await assertFails(open, { type: Deno.errors.NotFound, code: "ENOENT", syscall: "shm_open", path });
  await assertFails(() => SharedMemory.unlink(name), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "shm_unlink",
    path,
  });
  Deno.mkdirSync(path);
  await assertFails(open, { type: Deno.errors.IsADirectory, code: "EISDIR", syscall: "shm_open", path });
  Deno.removeSync(path);
  Deno.symlinkSync("/etc/passwd", path);
  await assertFails(open, { type: Deno.errors.FilesystemLoop, code: "ELOOP", syscall: "shm_open", path });
  Deno.removeSync(path);
  mkfifoSync(path);
  await assertFails(open, { type: Deno.errors.InvalidData, code: "EINVAL", syscall: "fstat" });
  Deno.removeSync(path);
  Deno.writeFileSync(path, new Uint8Array(0));
  const error = await assertFails(open, {
    type: Deno.errors.InvalidData,
    code: "EINVAL",
    syscall: "shm_open",
    path,
  });
  assertStringIncludes(error.message, "empty");
  Deno.removeSync(path);
});
