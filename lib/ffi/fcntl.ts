/**
 * `<fcntl.h>`: open(2), fcntl(2), posix_fallocate(3), and flock(2) of `<sys/file.h>`. Each returns its result, or minus
 * the errno.
 */

import { checked } from "./call.ts";
import { errno } from "./errno.ts";
import { cString, libc } from "./library.ts";
import { os, perOs } from "./platform.ts";

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_ACCMODE = 3;
export const O_NONBLOCK = (): number => perOs({ linux: 0o4000, darwin: 0x4 });
export const O_CLOEXEC = (): number => perOs({ linux: 0o2000000, darwin: 0x1000000 });
export const O_CREAT = (): number => perOs({ linux: 0o100, darwin: 0x200 });
export const O_EXCL = (): number => perOs({ linux: 0o200, darwin: 0x800 });
/** A file without a name. Linux only; it includes O_DIRECTORY, which differs by architecture. */
export const O_TMPFILE = (): number => 0o20000000 | (Deno.build.arch === "aarch64" ? 0o40000 : 0o200000);
export const O_NOFOLLOW = (): number =>
  perOs({ linux: Deno.build.arch === "aarch64" ? 0o100000 : 0o400000, darwin: 0x100 });
export const FD_CLOEXEC = 1;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_SETOWN = (): number => perOs({ linux: 8, darwin: 6 });
/** Linux only. */
export const F_SETSIG = 10;
/** Linux only. */
export const O_ASYNC = 0o20000;
export const F_DUPFD_CLOEXEC = (): number => perOs({ linux: 1030, darwin: 67 });
/** Linux only. */
export const F_SETPIPE_SZ = 1031;
/** Linux only. */
export const F_GETPIPE_SZ = 1032;
/** Linux only. */
export const F_SETLEASE = 1024;
/** Linux only: struct flock's lock types differ elsewhere. */
export const F_WRLCK = 1;
/** Linux only. */
export const F_UNLCK = 2;
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

const symbols = libc({
  open: { parameters: ["buffer", "i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  posix_fallocate: { parameters: ["i32", "i64", "i64"], result: "i32", optional: true },
});

const openInRegisters = libc({ open: { parameters: ["buffer", "i32", "u32"], result: "i32" } });

// Apple's arm64 passes variadic arguments on the stack: eight words fill the registers before them.
const openOnStack = libc({
  open: { parameters: ["buffer", "i32", "i64", "i64", "i64", "i64", "i64", "i64", "u32"], result: "i32" },
});

const fcntlInRegisters = libc({ fcntl: { parameters: ["i32", "i32", "i64"], result: "i32" } });

const fcntlOnStack = libc({
  fcntl: { parameters: ["i32", "i32", "i64", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i32" },
});

/** Opens a file that exists, close-on-exec. Without O_NONBLOCK in `flags` a fifo blocks this thread. */
export function open(path: string, flags: number): number {
  const name = cString(path);
  const all = flags | O_CLOEXEC();
  return checked(symbols().open(name, all), () => symbols().open(name, all));
}

/** Opens a file that may be made by it, with O_CREAT or O_TMPFILE; the mode is narrowed by the umask. Close-on-exec. */
export function openNew(path: string, flags: number, mode: number): number {
  const name = cString(path);
  const all = flags | O_CLOEXEC();
  const call = os() === "darwin" && Deno.build.arch === "aarch64"
    ? () => openOnStack().open(name, all, 0n, 0n, 0n, 0n, 0n, 0n, mode)
    : () => openInRegisters().open(name, all, mode);
  return checked(call(), call);
}

/** Asks or changes a property of a descriptor. */
export function fcntl(fd: number, command: number, argument = 0): number {
  const value = BigInt(argument);
  const call = os() === "darwin" && Deno.build.arch === "aarch64"
    ? () => fcntlOnStack().fcntl(fd, command, 0n, 0n, 0n, 0n, 0n, 0n, value)
    : () => fcntlInRegisters().fcntl(fd, command, value);
  return checked(call(), call);
}

/**
 * Gives a file's first `size` bytes their place on the device, and the file at least this size. Where the C library
 * does not have it (macOS) nothing is done.
 */
export function posix_fallocate(fd: number, size: number): number {
  for (;;) {
    // It returns the errno itself, and does not set errno.
    const failure = symbols().posix_fallocate?.(fd, 0n, BigInt(size)) ?? 0;
    if (failure !== errno("EINTR")) return failure === 0 ? 0 : -failure;
  }
}

/** Locks or unlocks an open file. Without LOCK_NB it blocks this thread. */
export function flock(fd: number, operation: number): number {
  return checked(symbols().flock(fd, operation), () => symbols().flock(fd, operation));
}
