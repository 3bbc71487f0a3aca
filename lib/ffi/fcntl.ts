/** `<fcntl.h>`: open(2) and fcntl(2). Each returns its result, or minus the errno. */

import { checked } from "./call.ts";
import { cString, libc } from "./library.ts";
import { os, perOs } from "./platform.ts";

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_ACCMODE = 3;
export const O_NONBLOCK = (): number => perOs({ linux: 0o4000, darwin: 0x4 });
export const O_CLOEXEC = (): number => perOs({ linux: 0o2000000, darwin: 0x1000000 });
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

const symbols = libc({ open: { parameters: ["buffer", "i32"], result: "i32" } });

const fcntlInRegisters = libc({ fcntl: { parameters: ["i32", "i32", "i64"], result: "i32" } });

// Apple's arm64 passes variadic arguments on the stack: eight words fill the registers before them.
const fcntlOnStack = libc({
  fcntl: { parameters: ["i32", "i32", "i64", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i32" },
});

/** Opens a file that exists, close-on-exec. Without O_NONBLOCK in `flags` a fifo blocks this thread. */
export function open(path: string, flags: number): number {
  const name = cString(path);
  const all = flags | O_CLOEXEC();
  return checked(symbols().open(name, all), () => symbols().open(name, all));
}

/** Asks or changes a property of a descriptor. */
export function fcntl(fd: number, command: number, argument = 0): number {
  const value = BigInt(argument);
  const call = os() === "darwin" && Deno.build.arch === "aarch64"
    ? () => fcntlOnStack().fcntl(fd, command, 0n, 0n, 0n, 0n, 0n, 0n, value)
    : () => fcntlInRegisters().fcntl(fd, command, value);
  return checked(call(), call);
}
