import { notOurs, systemError } from "../errors.ts";
import { F_GETFD, F_GETFL, fcntl, FD_CLOEXEC, O_ACCMODE, O_RDONLY, O_WRONLY } from "../ffi/fcntl.ts";
import { fstat, S_IFIFO } from "../ffi/stat.ts";
import { close } from "../ffi/unistd.ts";
import { builtin } from "./builtin.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { OwnSocket } from "./own_socket.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";
import { type DescriptorKind, kindOf } from "./received_descriptor.ts";
import { SocketStream } from "./socket_stream.ts";
import { addressesOf } from "./unix_socket.ts";

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

/**
 * In a child: the connection that the parent handed over under this number: the other end of `fds: { 5: "pipe" }` of
 * {@linkcode spawn}, or a socket of a parent in any language (inetd's descriptor 0, too).
 *
 * It owns the descriptor, as {@linkcode inheritedReader}'s reader does. Its `close()` ends it for this process: another
 * one that has the same socket still has it. `closeWrite()` ends writing for all who have it.
 *
 * @throws {Deno.errors.BadResource} Nothing was inherited under this number, or it was taken before
 * @throws {Deno.errors.InvalidData} It is not a connected stream socket
 *
 * @example
 * ```ts
 * import { inheritedSocket } from "@ipc/ipc";
 *
 * try {
 *   using parent = inheritedSocket(5);
 *   for await (const line of parent.lines()) await parent.write(`got ${line}\n`);
 * } catch (error) {
 *   if (!(error instanceof Deno.errors.BadResource)) throw error;
 *   console.log("started without descriptor 5");
 * }
 * ```
 */
export function inheritedSocket(fd: number): SocketStream {
  const action = `Cannot use inherited descriptor ${fd}`;
  mustBeInherited(fd, action);
  const kind = kindOf(fd);
  if (kind !== "socket") throw wrongKind(kind, action);
  const inherited = new FileDescriptor(fd, `inherited descriptor ${fd}`);
  const own = new FileDescriptor(inherited.copy("take"), inherited.name);
  own.setNonBlocking(true);
  letGo(fd);
  return new SocketStream(new OwnSocket(own, addressesOf(own.number("take")), true));
}

/**
 * A descriptor of a file or memory that this process was started with under this number, taken.
 *
 * @internal
 */
export function inheritedFile(fd: number, action: string): FileDescriptor {
  mustBeInherited(fd, action);
  const kind = kindOf(fd);
  if (kind !== "file") throw wrongKind(kind, action);
  const inherited = new FileDescriptor(fd, `inherited descriptor ${fd}`);
  const own = inherited.duplicate("take", fcntl(fd, F_GETFL) & O_ACCMODE);
  letGo(fd);
  return own;
}

function take<T extends PipeReader | PipeWriter>(
  fd: number,
  use: "read" | "write",
  access: number,
  Class: new(descriptor: FileDescriptor) => T,
): T {
  const action = `Cannot ${use} inherited descriptor ${fd}`;
  mustBeInherited(fd, action);
  const status = fstat(fd);
  const mode = fcntl(fd, F_GETFL) & O_ACCMODE;
  const isPipe = typeof status !== "number" && status.type === S_IFIFO;
  if (!isPipe) throw wrongKind(kindOf(fd), action);
  if (mode !== access && (mode === O_RDONLY || mode === O_WRONLY)) {
    throw systemError("EINVAL", {
      action,
      syscall: "fstat",
      reason: `it is the other end of a pipe, to ${use === "read" ? "write" : "read"}`,
    });
  }
  const own = new FileDescriptor(fd, `inherited descriptor ${fd}`).duplicate("take", access);
  own.setNonBlocking(true); // Where it could not be opened anew, it shares flags with the number.
  letGo(fd);
  return new Class(own);
}

/** What this process opened itself is close-on-exec, by this library and by the runtime: never inherited. */
function mustBeInherited(fd: number, action: string): void {
  if (!Number.isInteger(fd) || fd < 0) {
    throw new TypeError(`A descriptor is a whole number from 0 on, not ${fd}`);
  }
  const flags = fcntl(fd, F_GETFD);
  if (flags < 0 || (flags & FD_CLOEXEC) !== 0) {
    throw notOurs(action, "this process was not started with it, or it was taken before");
  }
}

function wrongKind(kind: DescriptorKind, action: string): Error {
  const reason = {
    reader: "it is a pipe's read end",
    writer: "it is a pipe's write end",
    socket: "it is a two-way stream",
    listener: "it is a listening socket",
    file: "it is a file",
    other: "it is neither a pipe nor a two-way stream",
  }[kind];
  const advice = {
    reader: "use inheritedReader()",
    writer: "use inheritedWriter()",
    socket: "use inheritedSocket()",
    listener: "use inheritedListeners()",
    file: "use SharedMemory.inherited() or its like",
    other: undefined,
  }[kind];
  return systemError("EINVAL", { action, syscall: "fstat", reason, advice });
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
