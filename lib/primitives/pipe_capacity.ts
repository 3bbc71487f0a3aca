import { succeeded, systemError } from "../errors.ts";
import { F_GETPIPE_SZ, F_SETPIPE_SZ, fcntl } from "../ffi/fcntl.ts";
import { os } from "../ffi/platform.ts";
import { countOf } from "../options.ts";
import type { FileDescriptor } from "./file_descriptor.ts";

/** How many bytes a pipe holds (F_GETPIPE_SZ). */
export function capacityOf(descriptor: FileDescriptor): number {
  const action = `Cannot ask for the capacity of ${descriptor.name}`;
  if (os() !== "linux") {
    throw systemError("EOPNOTSUPP", { action, syscall: "fcntl", reason: "only Linux tells" });
  }
  return succeeded(fcntl(descriptor.number("ask for the capacity of"), F_GETPIPE_SZ), {
    action,
    syscall: "fcntl",
  });
}

/** Makes a pipe hold at least so many bytes (F_SETPIPE_SZ rounds up to a power of two of pages). */
export function setCapacity(descriptor: FileDescriptor, capacity: number | undefined): void {
  if (capacity === undefined) return;
  countOf("capacity", capacity, 1);
  if (capacity > 0x7fffffff) {
    throw new RangeError(`The option capacity takes at most 2147483647 bytes, and got ${capacity}`);
  }
  const action = `Cannot set the capacity of ${descriptor.name} to ${capacity} bytes`;
  if (os() !== "linux") {
    throw systemError("EOPNOTSUPP", { action, syscall: "fcntl", reason: "only Linux can" });
  }
  const advice = "root may set any, others up to /proc/sys/fs/pipe-max-size";
  const result = fcntl(descriptor.number("set the capacity of"), F_SETPIPE_SZ, capacity);
  succeeded(result, { action, syscall: "fcntl", advice });
}
