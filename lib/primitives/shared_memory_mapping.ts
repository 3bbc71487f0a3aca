import { notOurs, systemError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import {
  MAP_PRIVATE,
  MAP_SHARED,
  mapNothing,
  mmap,
  munmap,
  populate,
  PROT_READ,
  PROT_WRITE,
} from "../ffi/mman.ts";
import type { FileDescriptor } from "./file_descriptor.ts";

/**
 * Where a file is in this thread's reach: mapped once, with a buffer of its own, so that closing it is nobody else's
 * concern.
 */
export class MemoryMapping {
  readonly size: number;
  readonly #name: string;
  readonly #buffer: ArrayBuffer;
  #address: bigint;

  /**
   * A mapping to read from is a private copy that the kernel makes page by page when written to: it shows what others
   * write, and a write to it ends up in the copy. With PROT_READ alone a write would be SIGSEGV, and end the process.
   */
  constructor(descriptor: FileDescriptor, size: number, readOnly: boolean, action: string) {
    const flags = readOnly ? MAP_PRIVATE : MAP_SHARED;
    const mapping = mmap(descriptor.number("map"), size, PROT_READ | PROT_WRITE, flags);
    if (typeof mapping === "number") {
      throw systemError(mapping, { action: `${action}, ${size} bytes`, syscall: "mmap" });
    }
    this.size = size;
    this.#name = descriptor.name;
    this.#buffer = mapping.buffer;
    this.#address = mapping.address;
  }

  get closed(): boolean {
    return this.#address === 0n;
  }

  /** Its bytes; detached, of length 0, once it is closed. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  /** For system calls that take an address. */
  get address(): bigint {
    if (this.#address === 0n) throw notOurs(`Cannot use ${this.#name}`, "it is closed");
    return this.#address;
  }

  /** Has every page here now, so that none can be missing later: that would be SIGBUS. */
  populate(action: string): void {
    const result = populate(this.#address, this.size);
    if (result >= 0 || result === -errno("EINVAL")) return; // Before Linux 5.14 it is not known beforehand.
    this.close();
    throw systemError("ENOSPC", {
      action,
      syscall: "madvise",
      reason: "its creator took no room for all of its pages, and there is none left",
    });
  }

  /** Detaches every view, and lets the file go. */
  close(): void {
    const address = this.#address;
    this.#address = 0n;
    if (address === 0n) return;
    // Who transferred the buffer has views that cannot be detached from here: the mapping stays.
    if (this.#buffer.detached) return;
    this.#buffer.transfer(0);
    if (mapNothing(address, this.size) < 0) munmap(address, this.size);
    else leave(address, this.size);
  }
}

/**
 * Addresses of closed mappings. A view can be in use by an operation of the runtime in another thread when it is closed
 * (WebCrypto, node:zlib): it goes on in empty memory that nothing else comes to be mapped at for a while.
 */
const left: { address: bigint; size: number; until: number }[] = [];
const LONGEST_OPERATION = 30_000;
const MOST_LEFT = 1000;

function leave(address: bigint, size: number): void {
  const now = performance.now();
  left.push({ address, size, until: now + LONGEST_OPERATION });
  while (left.length > MOST_LEFT || left[0]!.until < now) {
    const oldest = left.shift()!;
    munmap(oldest.address, oldest.size);
  }
}
