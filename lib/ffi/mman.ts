/** `<sys/mman.h>`: mmap(2), munmap(2), madvise(2), memfd_create(2), shm_open(3). Results, or minus the errno. */

import { checked } from "./call.ts";
import { lastErrno } from "./errno.ts";
import { O_CLOEXEC } from "./fcntl.ts";
import { cString, libc } from "./library.ts";
import { os, perOs } from "./platform.ts";

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = (): number => perOs({ linux: 0x20, darwin: 0x1000 });
const MAP_NORESERVE = (): number => perOs({ linux: 0x4000, darwin: 0x40 });
/** Linux only, from 5.14 on. */
const MADV_POPULATE_READ = 22;
/** Linux only. */
export const MFD_CLOEXEC = 1;
/** Linux only. */
export const MFD_ALLOW_SEALING = 2;
/** Linux only, from 6.3 on: the memory can never be executed as a program. */
export const MFD_NOEXEC_SEAL = 8;
/** Linux only: a fcntl(2) command on a memfd. */
export const F_ADD_SEALS = 1033;
/** Linux only. */
export const F_GET_SEALS = 1034;
/** Linux only. */
export const F_SEAL_SEAL = 1;
/** Linux only. */
export const F_SEAL_SHRINK = 2;
/** Linux only. */
export const F_SEAL_GROW = 4;
/** Linux only: nobody can write but through the mappings that there are. */
export const F_SEAL_FUTURE_WRITE = 16;

const symbols = libc({
  mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
  munmap: { parameters: ["usize", "usize"], result: "i32" },
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" },
  shm_unlink: { parameters: ["buffer"], result: "i32" },
});
const shmOpenInRegisters = libc({ shm_open: { parameters: ["buffer", "i32", "u32"], result: "i32" } });
// Darwin's is variadic, and Apple's arm64 passes such arguments on the stack: eight words fill the registers before.
const shmOpenOnStack = libc({
  shm_open: { parameters: ["buffer", "i32", "i64", "i64", "i64", "i64", "i64", "i64", "u32"], result: "i32" },
});
const linuxOnly = libc({ memfd_create: { parameters: ["buffer", "u32"], result: "i32" } });

/** Where a file is mapped: its address, and a buffer over it. */
export interface Mapping {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
}

/**
 * Maps the first `size` bytes of a file: MAP_SHARED, or MAP_PRIVATE, where what is written stays here. The caller owns the mapping, detaches the buffer
 * (`buffer.transfer(0)`) before munmap(), and knows that the file has `size` bytes: touching a page behind
 * a file's end is SIGBUS.
 */
export function mmap(
  fd: number,
  size: number,
  protection: number,
  flags: number = MAP_SHARED,
): Mapping | number {
  let address = 0n;
  const map = () => {
    address = symbols().mmap(0n, BigInt(size), protection, flags, fd, 0n);
    return BigInt.asIntN(64, address) === -1n ? -1 : 0; // MAP_FAILED is (void *) -1.
  };
  const failure = checked(map(), map);
  if (failure < 0) return failure;
  const pointer = Deno.UnsafePointer.create(address)!;
  // Safe: the kernel has mapped `size` bytes there; the owner detaches the buffer before it unmaps them.
  return { address, buffer: Deno.UnsafePointerView.getArrayBuffer(pointer, size) };
}

/**
 * Puts empty memory of this process where a file was mapped: an operation that is still under way on a detached view,
 * in another thread, then does not crash, nor meet what is mapped there next.
 */
export function mapNothing(address: bigint, size: number): number {
  const flags = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS() | MAP_NORESERVE();
  // Safe: the caller owns the mapping that is replaced, and has detached its buffer.
  const result = symbols().mmap(address, BigInt(size), PROT_READ | PROT_WRITE, flags, -1, 0n);
  return result === address ? 0 : -lastErrno();
}

/**
 * Makes every page of a mapping present, so that no read of it can be SIGBUS for want of room. Minus EINVAL on a system
 * that does not have it.
 */
export function populate(address: bigint, size: number): number {
  const advise = () => symbols().madvise(address, BigInt(size), MADV_POPULATE_READ);
  return checked(advise(), advise);
}

/** Removes a mapping. Nothing may use its buffer any more. */
export function munmap(address: bigint, size: number): number {
  // Safe: the owner has detached every view.
  return checked(symbols().munmap(address, BigInt(size)), () => symbols().munmap(address, BigInt(size)));
}

/** Memory without a name, close-on-exec. Linux only. */
export function memfd_create(name: string, flags: number): number {
  const label = cString(name);
  const create = () => linuxOnly().memfd_create(label, flags | MFD_CLOEXEC);
  return checked(create(), create);
}

/** Opens or makes a shared memory object, close-on-exec. `name` begins with its slash. */
export function shm_open(name: string, flags: number, mode: number): number {
  const path = cString(name);
  const all = flags | O_CLOEXEC();
  const open = os() === "darwin" && Deno.build.arch === "aarch64"
    ? () => shmOpenOnStack().shm_open(path, all, 0n, 0n, 0n, 0n, 0n, 0n, mode)
    : () => shmOpenInRegisters().shm_open(path, all, mode);
  return checked(open(), open);
}

/** Removes a shared memory object's name. */
export function shm_unlink(name: string): number {
  const path = cString(name);
  return checked(symbols().shm_unlink(path), () => symbols().shm_unlink(path));
}
