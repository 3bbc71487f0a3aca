/** Shared memory by hand, for tests of what lies below SharedMemory. */

import { O_CLOEXEC, open } from "../../lib/ffi/fcntl.ts";
import { type Mapping, memfd_create, mmap, munmap, PROT_READ, PROT_WRITE } from "../../lib/ffi/mman.ts";
import { close, ftruncate } from "../../lib/ffi/unistd.ts";
import { FileDescriptor } from "../../lib/primitives/file_descriptor.ts";

const O_RDWR = 2;

/** A page that is shared by all who open its path. */
export class SharedWords implements Disposable {
  readonly descriptor: FileDescriptor;
  readonly words: Int32Array<ArrayBuffer>;
  readonly address: bigint;
  readonly size: number;
  readonly #mapping: Mapping;

  /** Makes one, or opens another one's path. */
  constructor(path?: string, size = 4096) {
    this.size = size;
    this.descriptor = new FileDescriptor(path === undefined ? made(size) : opened(path), "the test's memory");
    this.#mapping = mmap(this.descriptor.number("map"), size, PROT_READ | PROT_WRITE) as Mapping;
    this.words = new Int32Array(this.#mapping.buffer);
    this.address = this.#mapping.address;
  }

  get buffer(): ArrayBuffer {
    return this.#mapping.buffer;
  }

  /** Where other processes of the user, and this one, can open it. */
  get path(): string {
    return `/proc/${Deno.pid}/fd/${this.descriptor.number("name")}`;
  }

  [Symbol.dispose](): void {
    if (this.descriptor.closed) return;
    this.#mapping.buffer.transfer(0);
    munmap(this.address, this.size);
    this.descriptor.close();
  }
}

function made(size: number): number {
  const fd = memfd_create("ipc-test", 0);
  ftruncate(fd, size);
  const again = opened(`/proc/self/fd/${fd}`);
  close(fd);
  return again;
}

function opened(path: string): number {
  return open(path, O_RDWR | O_CLOEXEC());
}
