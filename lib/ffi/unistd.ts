/**
 * `<unistd.h>`: read(2), write(2), close(2), pipe(2), access(2), link(2), unlink(2), ftruncate(2). Each returns its result, or
 * minus the errno.
 */

import { checked } from "./call.ts";
import { F_SETFD, F_SETFL, fcntl, FD_CLOEXEC, O_CLOEXEC, O_NONBLOCK } from "./fcntl.ts";
import { cString, libc } from "./library.ts";
import { os } from "./platform.ts";

const symbols = libc({
  // Results fit in 32 bits, as no call asks for more than MAX_COUNT: a number comes back, not a bigint. A count
  // given as a bigint keeps the call on the runtime's fast path (0.37 us for an empty pipe; as a number 0.60 us).
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  pipe: { parameters: ["buffer"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  access: { parameters: ["buffer", "i32"], result: "i32" },
  unlink: { parameters: ["buffer"], result: "i32" },
  linkat: { parameters: ["i32", "buffer", "i32", "buffer", "i32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
});

const rangeSymbols = libc({
  close_range: { parameters: ["u32", "u32", "i32"], result: "i32", optional: true },
});

/** What one read(2) or write(2) moves at most on Linux. */
const MAX_COUNT = 0x7ffff000;

/** To ask access(2) whether a file can be executed. */
export const X_OK = 1;

/** Reads what is there, up to the length of `p`. */
export function read(fd: number, p: Uint8Array): number {
  const { read } = symbols();
  const count = BigInt(Math.min(p.byteLength, MAX_COUNT));
  // Safe: the length is the view's own, and the view outlives the call, which is synchronous.
  return checked(read(fd, p as BufferSource, count), () => read(fd, p as BufferSource, count));
}

/**
 * A read that takes nothing: the address is null, so bytes that are there stay there. Minus EFAULT: bytes are
 * there; minus EAGAIN: none, but a writer is; 0: no writer.
 */
export function readNothing(fd: number): number {
  const { read } = symbols();
  // Safe: the kernel checks the address and refuses it; nothing is written to it.
  return checked(read(fd, null, 1n), () => read(fd, null, 1n));
}

/** Writes what fits now of `p`. */
export function write(fd: number, p: Uint8Array): number {
  const { write } = symbols();
  const count = BigInt(Math.min(p.byteLength, MAX_COUNT));
  // Safe: as in read(); the kernel only reads from it.
  return checked(write(fd, p as BufferSource, count), () => write(fd, p as BufferSource, count));
}

/** Writes `p` at a place of a file. */
export function pwrite(fd: number, p: Uint8Array, offset: number): number {
  const { pwrite } = symbols();
  const count = BigInt(Math.min(p.byteLength, MAX_COUNT));
  const place = BigInt(offset);
  // Safe: as in write().
  return checked(
    pwrite(fd, p as BufferSource, count, place),
    () => pwrite(fd, p as BufferSource, count, place),
  );
}

/** Closes a descriptor. It is never repeated: the number may already be somebody else's. */
export function close(fd: number): void {
  symbols().close(fd);
}

/** Makes all descriptors from `first` on close-on-exec, where the system can (Linux 5.11, glibc 2.34). */
export function closeOnExec(first: number): void {
  const CLOSE_RANGE_CLOEXEC = 4;
  rangeSymbols().close_range?.(first, 0xffffffff, CLOSE_RANGE_CLOEXEC);
}

/** A pipe, both ends close-on-exec and non-blocking: `[read end, write end]`, or minus the errno. */
export function pipe(): [number, number] | number {
  const ends = new Int32Array(2);
  const { pipe, pipe2 } = symbols();
  if (os() === "linux") {
    const result = checked(
      pipe2(ends, O_CLOEXEC() | O_NONBLOCK()),
      () => pipe2(ends, O_CLOEXEC() | O_NONBLOCK()),
    );
    return result < 0 ? result : [ends[0]!, ends[1]!];
  }
  const result = checked(pipe(ends), () => pipe(ends));
  if (result < 0) return result;
  for (const fd of ends) {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK());
  }
  return [ends[0]!, ends[1]!];
}

/** Whether this process may do `mode` with the file: 0, or minus the errno. */
export function access(path: string, mode: number): number {
  const name = cString(path);
  return checked(symbols().access(name, mode), () => symbols().access(name, mode));
}

/** Removes a name. */
export function unlink(path: string): number {
  const name = cString(path);
  return checked(symbols().unlink(name), () => symbols().unlink(name));
}

const AT_FDCWD = -100;
const AT_SYMLINK_FOLLOW = 0x400;

/** Gives an open file a name, which must not exist, on the file system that it is on. Linux only. */
export function linkDescriptor(fd: number, path: string): number {
  const from = cString(`/proc/self/fd/${fd}`);
  const to = cString(path);
  const link = () => symbols().linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
  return checked(link(), link);
}

/** Gives a file a size in bytes. */
export function ftruncate(fd: number, size: number): number {
  const { ftruncate } = symbols();
  return checked(ftruncate(fd, BigInt(size)), () => ftruncate(fd, BigInt(size)));
}
