import type { FileDescriptor } from "./file_descriptor.ts";

/**
 * What several processes use at once, over memory that they share: {@linkcode SharedMemory} and everything built on it.
 * Given to a child or sent over a Unix socket it stays this process's, too.
 */
export interface SharedHandle extends Disposable {
  /**
   * A descriptor of the memory for somebody else, at `least` or above, close-on-exec.
   *
   * @internal
   */
  descriptorForOthers(least: number): FileDescriptor;
}

/** Whether it is one. */
export function isSharedHandle(value: unknown): value is SharedHandle {
  return typeof (value as Partial<SharedHandle> | null | undefined)?.descriptorForOthers === "function";
}
