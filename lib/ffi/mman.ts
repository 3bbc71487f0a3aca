/** `<sys/mman.h>`: mmap(2), munmap(2), memfd_create(2), shm_open(3). Results, or minus the errno. */

import { checked } from "./call.ts";
import { lastErrno } from "./errno.ts";
import { O_CLOEXEC } from "./fcntl.ts";
import { cString, libc } from "./library.ts";

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
/** Linux only. */
export const MFD_CLOEXEC = 1;
/** Linux only. */
export const MFD_ALLOW_SEALING = 2;
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

const symbols = libc({
  mmap: { parameters: ["usize", "usize", "i32", "i32", "i32", "i64"], result: "usize" },
  munmap: { parameters: ["usize", "usize"], result: "i32" },
  shm_open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  shm_unlink: { parameters: ["buffer"], result: "i32" },
});
const linuxOnly = libc({ memfd_create: { parameters: ["buffer", "u32"], result: "i32" } });

/** Where a file is mapped: its address, and a buffer over it. */
export interface Mapping {
  readonly address: bigint;
  readonly buffer: ArrayBuffer;
}

/**
 * Maps the first `size` bytes of a file, shared. The caller owns the mapping, detaches the buffer
 * (`buffer.transfer(0)`) before munmap(), and knows that the file has `size` bytes: touching a page behind
 * a file's end is SIGBUS.
 */
export function mmap(fd: number, size: number, protection: number): Mapping | number {
  const map = () => symbols().mmap(0n, BigInt(size), protection, MAP_SHARED, fd, 0n);
  const address = map();
  // MAP_FAILED is (void *) -1.
  if (BigInt.asIntN(64, address) === -1n) return -lastErrno();
  const pointer = Deno.UnsafePointer.create(address)!;
  // Safe: the kernel has mapped `size` bytes there; the owner detaches the buffer before it unmaps them.
  return { address, buffer: Deno.UnsafePointerView.getArrayBuffer(pointer, size) };
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
  const open = () => symbols().shm_open(path, flags | O_CLOEXEC(), mode);
  return checked(open(), open);
}

/** Removes a shared memory object's name. */
export function shm_unlink(name: string): number {
  const path = cString(name);
  return checked(symbols().shm_unlink(path), () => symbols().shm_unlink(path));
}
