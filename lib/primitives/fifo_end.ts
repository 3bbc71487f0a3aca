/** Opening one end of a fifo by its path, never anything that is not a fifo. */

import { systemError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { O_NONBLOCK, O_WRONLY, open } from "../ffi/fcntl.ts";
import { unread } from "../ffi/ioctl.ts";
import { os } from "../ffi/platform.ts";
import { poll, POLLERR, POLLHUP, POLLIN, POLLOUT } from "../ffi/poll.ts";
import {
  type FileStatus,
  fstat,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFREG,
  S_IFSOCK,
  stat,
} from "../ffi/stat.ts";
import { readNothing } from "../ffi/unistd.ts";
import { FileDescriptor } from "./file_descriptor.ts";

const TYPES = new Map([
  [S_IFREG, "a regular file"],
  [S_IFDIR, "a directory"],
  [S_IFSOCK, "a socket"],
  [S_IFCHR, "a character device"],
  [S_IFBLK, "a block device"],
]);

/**
 * Opens one end without waiting: undefined when it is the write end, and no reader is there.
 *
 * @param known Whether a look before has found a fifo there.
 */
export function openEnd(path: string, access: number, known = false): FileDescriptor | undefined {
  if (!known) checkFifo(path);
  const fd = open(path, access | O_NONBLOCK());
  if (fd === -errno("ENXIO") && access === O_WRONLY) return undefined;
  return opened(path, fd);
}

/** Fails unless a fifo has the name. */
export function checkFifo(path: string): void {
  mustBeFifo(path, stat(path), "stat");
}

/** Opens one end, blocking this thread until the other side is there. */
export function openEndBlocking(path: string, access: number): FileDescriptor {
  checkFifo(path);
  const descriptor = opened(path, open(path, access));
  descriptor.setNonBlocking(true);
  return descriptor;
}

/** Whether a writer has opened the fifo since this read end was opened; it may have left again. */
export function writerCame(reader: FileDescriptor): boolean {
  const fd = reader.number("open");
  return readNothing(fd) < 0 || (poll(fd, POLLIN, 0) & (POLLIN | POLLHUP)) !== 0;
}

/** Whether anybody has the fifo or pipe of this write end open to read. */
export function hasReader(writer: FileDescriptor): boolean {
  return (poll(writer.number("write to"), POLLOUT, 0) & POLLERR) === 0;
}

/** How many bytes were written and not read yet, asked at either end; 0 where the system does not tell. */
export function unreadIn(end: FileDescriptor): number {
  return os() === "linux" ? Math.max(0, unread(end.number("look into"))) : 0;
}

/** The file of a descriptor, to compare. */
export function identityOf(descriptor: FileDescriptor): string | undefined {
  const status = fstat(descriptor.number("identify"));
  return typeof status === "number" ? undefined : status.identity;
}

function opened(path: string, fd: number): FileDescriptor {
  if (fd < 0) throw systemError(fd, { ...attempt(path, "open"), advice: adviceFor(fd) });
  const descriptor = new FileDescriptor(fd, `fifo '${path}'`);
  try {
    // Looked at again: the name may lead elsewhere since.
    mustBeFifo(path, fstat(fd), "fstat");
    return descriptor;
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

function mustBeFifo(path: string, status: FileStatus | number, syscall: string): void {
  if (typeof status === "number") {
    throw systemError(status, { ...attempt(path, syscall), advice: adviceFor(status) });
  }
  if (status.type === S_IFIFO) return;
  throw systemError(status.type === S_IFDIR ? "EISDIR" : "EINVAL", {
    ...attempt(path, syscall),
    reason: `it is ${TYPES.get(status.type) ?? "something else"}, not a fifo`,
    advice: "mkfifo() another path",
  });
}

function attempt(path: string, syscall: string): { action: string; syscall: string; path: string } {
  return { action: `Cannot open fifo '${path}'`, syscall, path };
}

function adviceFor(failure: number): string | undefined {
  return failure === -errno("ENOENT") ? "mkfifo() it first" : undefined;
}
