import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { cpuUsage } from "node:process";
import { errno } from "../../lib/ffi/errno.ts";
import { F_GETFD, F_GETFL, fcntl, FD_CLOEXEC, O_NONBLOCK } from "../../lib/ffi/fcntl.ts";
import { cString } from "../../lib/ffi/library.ts";
import { poll, POLLERR, POLLHUP, POLLIN, POLLOUT, sleep } from "../../lib/ffi/poll.ts";
import { SHUT_WR, shutdown, socketpair } from "../../lib/ffi/socket.ts";
import {
  fstat,
  lstat,
  mkfifo,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  S_IFSOCK,
  stat,
} from "../../lib/ffi/stat.ts";
import { access, close, pipe, read, readNothing, unlink, write, X_OK } from "../../lib/ffi/unistd.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { tempDir } from "../support/temp.ts";

/** A test with two descriptors of the kernel, closed at its end. */
function testPair(
  name: string,
  make: () => [number, number] | number,
  body: (a: number, b: number) => void,
): void {
  Deno.test(name, () =>
    assertNoLeak(() => {
      const [a, b] = make() as [number, number];
      try {
        body(a, b);
      } finally {
        close(a);
        close(b);
      }
    }));
}

for (const [name, make] of Object.entries({ pipe, socketpair })) {
  testPair(`both ends of ${name}() are close-on-exec and do not block`, make, (a, b) => {
    for (const fd of [a, b]) {
      assertEquals(fcntl(fd, F_GETFD), FD_CLOEXEC);
      assert((fcntl(fd, F_GETFL) & O_NONBLOCK()) !== 0);
    }
  });
}

testPair("a read or write that would wait is minus EAGAIN, and the end is 0", pipe, (r, w) => {
  const p = new Uint8Array(65536);
  assertEquals(read(r, p), -errno("EAGAIN"));
  while (write(w, p) > 0);
  assertEquals(write(w, p), -errno("EAGAIN"));
  while (read(r, p) > 0);
  assertEquals(read(r, p), -errno("EAGAIN"));
});

Deno.test("read() is 0 at the end, write() minus EPIPE without a reader", () => {
  const [r, w] = pipe() as [number, number];
  assertEquals(write(w, new Uint8Array(3)), 3);
  close(w);
  assertEquals([read(r, new Uint8Array(9)), read(r, new Uint8Array(9))], [3, 0]);
  close(r);
  const [reader, writer] = pipe() as [number, number];
  close(reader);
  assertEquals(write(writer, new Uint8Array(1)), -errno("EPIPE"));
  close(writer);
});

testPair("readNothing() tells what is there and takes nothing", pipe, (r, w) => {
  assertEquals(readNothing(r), -errno("EAGAIN"));
  write(w, new Uint8Array([7]));
  assertEquals([readNothing(r), readNothing(r)], [-errno("EFAULT"), -errno("EFAULT")]);
  const p = new Uint8Array(2);
  assertEquals([read(r, p), p[0]], [1, 7]);
});

testPair("poll() says what a descriptor is ready for, and waits no longer than told", pipe, (r, w) => {
  const started = performance.now();
  assertEquals(poll(r, POLLIN, 20), 0);
  assertGreater(performance.now() - started, 19);
  assertEquals([poll(r, POLLIN, 0), poll(w, POLLOUT, Infinity)], [0, POLLOUT]);
  write(w, new Uint8Array(1));
  assertEquals(poll(r, POLLIN, Infinity), POLLIN);
});

Deno.test("poll() does not wait for what will never come", () => {
  const one = pipe() as [number, number];
  close(one[1]);
  assertEquals(poll(one[0], POLLIN, Infinity) & POLLHUP, POLLHUP);
  close(one[0]);
  const two = pipe() as [number, number];
  close(two[0]);
  assertEquals(poll(two[1], POLLOUT, Infinity) & POLLERR, POLLERR);
  close(two[1]);
});

testPair("poll() waits without work", pipe, (r) => {
  const before = cpuUsage();
  assertEquals(poll(r, POLLIN, 500), 0);
  const { user, system } = cpuUsage(before);
  // Far from 500 ms, as others may have the processors meanwhile.
  assertLess(user + system, 40_000, "microseconds of work in 500 ms");
});

Deno.test("sleep() blocks this thread for as long", () => {
  const started = performance.now();
  sleep(15);
  assertGreater(performance.now() - started, 14);
});

testPair("shutdown() ends one direction of a pair", socketpair, (a, b) => {
  assertEquals(shutdown(a, SHUT_WR), 0);
  assertEquals(read(b, new Uint8Array(1)), 0);
  assertEquals(write(b, new Uint8Array([1])), 1);
  assertEquals(read(a, new Uint8Array(1)), 1);
});

testPair("fstat() tells a pipe, and that its ends are one file", pipe, (r, w) => {
  const [one, other] = [fstat(r), fstat(w)];
  assert(typeof one !== "number");
  assertEquals(one, other);
  assertEquals(one.type, S_IFIFO);
  assertEquals(fstat(1_000_000), -errno("EBADF"));
});

testPair("fstat() tells a socket", socketpair, (a) => {
  const status = fstat(a);
  assert(typeof status !== "number");
  assertEquals(status.type, S_IFSOCK);
});

Deno.test("stat() follows links and lstat() does not, by names of any characters", () => {
  using dir = tempDir();
  const fifo = dir.join("fifo é世🌍");
  assertEquals(mkfifo(fifo, 0o600), 0);
  Deno.writeTextFileSync(dir.join("file"), "");
  Deno.symlinkSync(fifo, dir.join("link"));
  const type = (status: ReturnType<typeof stat>) => typeof status === "number" ? status : status.type;
  assertEquals([type(stat(fifo)), type(stat(dir.join("link"))), type(lstat(dir.join("link")))], [
    S_IFIFO,
    S_IFIFO,
    S_IFLNK,
  ]);
  assertEquals([type(stat(dir.path)), type(stat(dir.join("file")))], [S_IFDIR, S_IFREG]);
  assertEquals(stat(fifo), stat(dir.join("link")), "one file by two names");
  assertEquals(stat(dir.join("none")), -errno("ENOENT"));
  assertEquals(unlink(fifo), 0);
  assertEquals([stat(dir.join("link")), unlink(fifo)], [-errno("ENOENT"), -errno("ENOENT")]);
});

Deno.test("access() tells whether a file can be executed", () => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("plain"), "", { mode: 0o600 });
  Deno.writeTextFileSync(dir.join("program"), "", { mode: 0o700 });
  assertEquals(access(dir.join("program"), X_OK), 0);
  assertEquals(access(dir.join("plain"), X_OK), -errno("EACCES"));
});

Deno.test("a C string is UTF-8 with its NUL", () => {
  assertEquals([...cString("aé")], [0x61, 0xc3, 0xa9, 0]);
  assertEquals([...cString("")], [0]);
});
