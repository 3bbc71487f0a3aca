import { assertEquals } from "@std/assert";
import { checked } from "../../lib/ffi/call.ts";
import { errno, type ErrnoName } from "../../lib/ffi/errno.ts";
import { F_GETFD, fcntl, open } from "../../lib/ffi/fcntl.ts";
import { mkfifo } from "../../lib/ffi/stat.ts";
import { read, unlink, write } from "../../lib/ffi/unistd.ts";
import { tempDir } from "../support/temp.ts";

/** This thread's errno, to be set as a failing call does. */
const cell = (() => {
  const libc = Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
  const where = { parameters: [], result: "pointer" } as const;
  const symbols = Deno.build.os === "darwin"
    ? { errno: { ...where, name: "__error" } }
    : { errno: { ...where, name: "__errno_location" } };
  return new Int32Array(
    Deno.UnsafePointerView.getArrayBuffer(Deno.dlopen(libc, symbols).symbols.errno()!, 4),
  );
})();

/** What checked() makes of a call with these results: a name stands for -1 with that errno. */
function outcome(...script: (ErrnoName | number)[]): { result: number; calls: number } {
  const length = script.length;
  const call = () => {
    const next = script.shift();
    if (next === undefined) throw new Error("It was repeated once too often");
    if (typeof next === "number") return next;
    cell[0] = errno(next);
    return -1;
  };
  const result = checked(call(), call);
  return { result, calls: length - script.length };
}

Deno.test("a call that succeeds is made once", () => {
  assertEquals(outcome(5, 6), { result: 5, calls: 1 });
  assertEquals(outcome(0, 6), { result: 0, calls: 1 });
});

Deno.test("an errno is believed when the repeated call says the same", () => {
  assertEquals(outcome("EBADF", "EBADF"), { result: -errno("EBADF"), calls: 2 });
});

Deno.test("an errno that the repeated call does not confirm is not believed", () => {
  assertEquals(outcome("ENOENT", "EBADF", "EBADF"), { result: -errno("EBADF"), calls: 3 });
  assertEquals(outcome("ENOENT", "EBADF", "EPIPE", "EPIPE"), { result: -errno("EPIPE"), calls: 4 });
});

Deno.test("a repeated call that succeeds is a success", () => {
  assertEquals(outcome("ENOENT", 7), { result: 7, calls: 2 });
  assertEquals(outcome("ENOENT", "EBADF", 0), { result: 0, calls: 3 });
});

Deno.test("an interrupted call is repeated, however often", () => {
  assertEquals(outcome("EINTR", "EINTR", "EINTR", "EINTR", 3), { result: 3, calls: 5 });
  assertEquals(outcome("EINTR", "EINTR", "EPIPE", "EPIPE"), { result: -errno("EPIPE"), calls: 4 });
});

Deno.test("EAGAIN is believed at once", () => {
  assertEquals(outcome("EAGAIN", 1), { result: -errno("EAGAIN"), calls: 1 });
  assertEquals(outcome("ENOENT", "EAGAIN", 1), { result: -errno("EAGAIN"), calls: 2 });
});

Deno.test("real calls return minus the errno of what is wrong", () => {
  using dir = tempDir();
  const file = dir.join("file");
  Deno.writeTextFileSync(file, "");
  const nowhere = 1_000_000;
  assertEquals({
    read: read(nowhere, new Uint8Array(1)),
    write: write(nowhere, new Uint8Array(1)),
    fcntl: fcntl(nowhere, F_GETFD),
    open: open(dir.join("missing"), 0),
    inFile: open(`${file}/below`, 0),
    exists: mkfifo(file, 0o600),
    unlink: unlink(dir.join("missing")),
    long: open("x".repeat(5000), 0),
  }, {
    read: -errno("EBADF"),
    write: -errno("EBADF"),
    fcntl: -errno("EBADF"),
    open: -errno("ENOENT"),
    inFile: -errno("ENOTDIR"),
    exists: -errno("EEXIST"),
    unlink: -errno("ENOENT"),
    long: -errno("ENAMETOOLONG"),
  });
});
