import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { busy, notOurs, succeeded, systemError, timedOut } from "../lib/errors.ts";
import { errno, type ErrnoName } from "../lib/ffi/errno.ts";

const attempt = { action: "Cannot open fifo '/tmp/a'", syscall: "open", path: "/tmp/a" };

Deno.test("a system error has code, syscall and path, and says what was tried, why, and what to do", () => {
  const error = systemError("ENOENT", { ...attempt, advice: "mkfifo() it first" });
  assertInstanceOf(error, Deno.errors.NotFound);
  assertEquals(
    error.message,
    "Cannot open fifo '/tmp/a': it does not exist (open: ENOENT); mkfifo() it first",
  );
  const { code, syscall, path } = error;
  assertEquals({ code, syscall, path }, { code: "ENOENT", syscall: "open", path: "/tmp/a" });
  assertEquals(error.name, "NotFound");
  assert(error.stack?.includes("errors_test.ts"));
});

Deno.test("a system error about no path has none", () => {
  const error = systemError("EPIPE", { action: "Cannot write to pipe", syscall: "write" });
  assertEquals("path" in error, false);
  assertEquals(error.message, "Cannot write to pipe: no reader has it open (write: EPIPE)");
});

Deno.test("a better reason stands where the errno's meaning would", () => {
  const error = systemError("EINVAL", { ...attempt, reason: "it is a regular file, not a fifo" });
  assertEquals(error.message, "Cannot open fifo '/tmp/a': it is a regular file, not a fifo (open: EINVAL)");
});

Deno.test("the class is the nearest one", () => {
  const { errors } = Deno;
  const classes: [ErrnoName, new(message: string) => Error][] = [
    ["EPERM", errors.PermissionDenied],
    ["EACCES", errors.PermissionDenied],
    ["EROFS", errors.PermissionDenied],
    ["ENOENT", errors.NotFound],
    ["EINTR", errors.Interrupted],
    ["ENXIO", errors.NotConnected],
    ["EBADF", errors.BadResource],
    ["EAGAIN", errors.WouldBlock],
    ["EBUSY", errors.Busy],
    ["EEXIST", errors.AlreadyExists],
    ["ENOTDIR", errors.NotADirectory],
    ["EISDIR", errors.IsADirectory],
    ["EINVAL", errors.InvalidData],
    ["EPIPE", errors.BrokenPipe],
    ["ENAMETOOLONG", RangeError],
    ["ENOSYS", errors.NotSupported],
    ["EOPNOTSUPP", errors.NotSupported],
    ["ELOOP", errors.FilesystemLoop],
    ["ETIMEDOUT", errors.TimedOut],
    ["ECONNRESET", errors.ConnectionReset],
    ["ENOTCONN", errors.NotConnected],
    ["ENOMEM", Error],
    ["EMFILE", Error],
    ["EIO", Error],
  ];
  for (const [name, Class] of classes) {
    const error = systemError(name, attempt);
    assertStrictEquals(error.constructor, Class, name);
    assertEquals(error.code, name);
  }
});

Deno.test("a number is as good as a name, negative or not, and one that no table knows survives", () => {
  for (const number of [errno("ENXIO"), -errno("ENXIO")]) {
    const error = systemError(number, attempt);
    assertEquals([error.code, error.name], ["ENXIO", "NotConnected"]);
  }
  const unknown = systemError(-123, attempt);
  assertEquals(unknown.code, "errno 123");
  assertEquals(unknown.message, "Cannot open fifo '/tmp/a': the system call failed (open: errno 123)");
  assertStrictEquals(unknown.constructor, Error);
});

Deno.test("succeeded() hands a result on, and throws the error of a negative one", () => {
  assertEquals([succeeded(0, attempt), succeeded(7, attempt)], [0, 7]);
  const error = assertThrows(() => succeeded(-errno("EEXIST"), attempt), Deno.errors.AlreadyExists);
  assertEquals((error as { path?: string }).path, "/tmp/a");
});

Deno.test("errors that no system call made have a class and a code, too", () => {
  const errors = [
    timedOut("Cannot open fifo '/tmp/a'", "no reader", 500),
    notOurs("Cannot read from pipe", "it is closed"),
    busy("Cannot read from pipe", "a read is under way"),
  ] as (Error & { code: string })[];
  assertEquals(errors.map(({ name, code, message }) => [name, code, message]), [
    ["TimedOut", "ETIMEDOUT", "Cannot open fifo '/tmp/a': no reader within 500 ms"],
    ["BadResource", "EBADF", "Cannot read from pipe: it is closed"],
    ["Busy", "EBUSY", "Cannot read from pipe: a read is under way"],
  ]);
});
