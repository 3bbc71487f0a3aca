import { notOurs, systemError } from "../errors.ts";
import { F_GETFD, F_GETFL, fcntl, FD_CLOEXEC, O_ACCMODE, O_RDONLY, O_WRONLY } from "../ffi/fcntl.ts";
import { SHUT_WR, shutdown } from "../ffi/socket.ts";
import { fstat, S_IFIFO, S_IFSOCK } from "../ffi/stat.ts";
import { close } from "../ffi/unistd.ts";
import { builtin } from "./builtin.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";

/** Halves of two-way streams that were taken with the other half, and not asked for yet. */
const otherHalves = new Map<number, PipeReader | PipeWriter>();

/**
 * In a child: the reader of a pipe that the parent handed over under this number, whatever its language
 * ({@linkcode spawn}'s `fds`, Python's `pass_fds`, a shell's `3< fifo`).
 *
 * The reader owns the descriptor: closing it is noticed by the writers. Numbers 0 to 2 stay open for Deno.stdin
 * and its like. To be called in the main thread.
 *
 * Needs `--allow-ffi`.
 *
 * @throws {Deno.errors.BadResource} Nothing was inherited under this number, or it was taken before
 * @throws {Deno.errors.InvalidData} It is not a pipe's read end
 *
 * @example
 * ```ts
 * import { inheritedReader } from "@ipc/ipc";
 *
 * try {
 *   using reader = inheritedReader(3);
 *   for await (const line of reader.lines()) console.log(line);
 * } catch (error) {
 *   if (!(error instanceof Deno.errors.BadResource)) throw error;
 *   console.log("started without descriptor 3");
 * }
 * ```
 */
export function inheritedReader(fd: number): PipeReader {
  return take(fd, "read", O_RDONLY, PipeReader);
}

/**
 * In a child: the writer of a pipe that the parent handed over under this number; see {@linkcode inheritedReader}.
 * The pipe's reader sees the end when this writer (and every other) is closed.
 *
 * @throws {Deno.errors.BadResource} Nothing was inherited under this number, or it was taken before
 * @throws {Deno.errors.InvalidData} It is not a pipe's write end
 *
 * @example
 * ```ts
 * import { inheritedWriter } from "@ipc/ipc";
 *
 * try {
 *   using writer = inheritedWriter(4);
 *   await writer.write("hello, parent\n");
 * } catch (error) {
 *   if (!(error instanceof Deno.errors.BadResource)) throw error;
 *   console.log("started without descriptor 4");
 * }
 * ```
 */
export function inheritedWriter(fd: number): PipeWriter {
  return take(fd, "write", O_WRONLY, PipeWriter);
}

function take<T extends PipeReader | PipeWriter>(
  fd: number,
  use: "read" | "write",
  access: number,
  Class: new(...args: never[]) => T,
): T {
  if (!Number.isInteger(fd) || fd < 0) {
    throw new TypeError(`A descriptor is a whole number from 0 on, not ${fd}`);
  }
  const half = otherHalves.get(fd);
  if (half instanceof Class) {
    otherHalves.delete(fd);
    return half;
  }
  const action = `Cannot ${use} inherited descriptor ${fd}`;
  const flags = fcntl(fd, F_GETFD);
  // What this process opened itself is close-on-exec, by this library and by the runtime: never inherited.
  if (flags < 0 || (flags & FD_CLOEXEC) !== 0) {
    throw notOurs(action, "this process was not started with it, or it was taken before");
  }
  const status = fstat(fd);
  const type = typeof status === "number" ? 0 : status.type;
  const mode = fcntl(fd, F_GETFL) & O_ACCMODE;
  const attempt = { action, syscall: "fstat" };
  if (type !== S_IFIFO && type !== S_IFSOCK) {
    throw systemError("EINVAL", { ...attempt, reason: "it is neither a pipe nor a two-way stream" });
  }
  if (type === S_IFIFO && mode !== access && (mode === O_RDONLY || mode === O_WRONLY)) {
    throw systemError("EINVAL", {
      ...attempt,
      reason: `it is the other end of a pipe, to ${use === "read" ? "write" : "read"}`,
    });
  }
  const inherited = new FileDescriptor(fd, `inherited descriptor ${fd}`);
  const own = inherited.duplicate("take", access);
  own.setNonBlocking(true); // Where it could not be opened anew, it shares flags with the number.
  const make = Class as unknown as new(descriptor: FileDescriptor, onClose?: (fd: number) => void) => T;
  if (type === S_IFIFO) {
    letGo(fd);
    return new make(own);
  }
  const copy = new FileDescriptor(own.copy("take"), own.name);
  const reader = new PipeReader(own);
  const writer = new PipeWriter(copy, (fd) => shutdown(fd, SHUT_WR));
  letGo(fd);
  otherHalves.set(fd, use === "read" ? writer : reader);
  return (use === "read" ? reader : writer) as T;
}

/** Closes the inherited number, so that the other side sees it when our handle is closed. */
function letGo(fd: number): void {
  if (fd <= 2) return;
  try {
    builtin("node:fs").closeSync(fd); // The runtime keeps a copy of what node:child_process handed over; this drops the copy.
  } catch {
    // It had no copy.
  }
  if (fcntl(fd, F_GETFD) === 0) close(fd);
}
