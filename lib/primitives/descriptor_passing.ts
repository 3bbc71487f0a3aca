import { systemError } from "../errors.ts";
import { F_GETFL, F_SETFL, fcntl, O_ACCMODE, O_NONBLOCK, open } from "../ffi/fcntl.ts";
import { os } from "../ffi/platform.ts";
import { fstat, S_IFIFO } from "../ffi/stat.ts";
import { close } from "../ffi/unistd.ts";
import { checkWait, countOf, type WaitOptions } from "../options.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import type { OwnSocket } from "./own_socket.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";
import { ReceivedDescriptor } from "./received_descriptor.ts";
import { isSharedHandle, type SharedHandle } from "./shared_handle.ts";
import { SocketListener } from "./socket_listener.ts";
import { SocketStream } from "./socket_stream.ts";

/** So many at once, and the same for the bytes by default. */
const MOST_DESCRIPTORS = 64;
const MOST_BYTES = 65536;

/** What {@linkcode sendDescriptors} sends. A number is a descriptor of this process (`openSync` of node:fs). */
export type SendableDescriptor =
  | PipeReader
  | PipeWriter
  | SocketStream
  | SocketListener
  | SharedHandle
  | ReceivedDescriptor
  | number;

/** Options of {@linkcode receiveDescriptors}. */
export interface ReceiveDescriptorsOptions extends WaitOptions {
  /** How many bytes are received at most. Default: 65536. */
  maxBytes?: number | undefined;
  /** How many descriptors may come with them; more are an error. Default: 64. */
  maxDescriptors?: number | undefined;
}

/** What {@linkcode receiveDescriptors} received. `using` closes the descriptors that were not taken. */
export interface ReceivedDescriptors extends Disposable {
  /** The bytes, at least one. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The descriptors that came with them, in the sender's order; often none. */
  descriptors: ReceivedDescriptor[];
}

/**
 * Sends open descriptors to the process on the other side of a Unix socket: pipe ends, connections, listeners, shared
 * memory and what is built on it, files.
 * They arrive with the first of the bytes; Python receives them with `socket.recv_fds`.
 *
 * - The receiver gets a copy: this process's handles stay its own, and are to be closed if the receiver's end shall
 *   be the last.
 * - A receiver that reads in another way (`read`, `lines`) gets the bytes, and the descriptors are lost.
 * - A pipe's end blocks in the receiver, as programs expect. A socket shares this setting with the sender's handle: it
 *   does not block, and must not be made to, while the sender uses it.
 * - After an abort the bytes may have been sent in part; the descriptors go with the first.
 *
 * Needs `--allow-ffi`. As SCM_RIGHTS of unix(7).
 *
 * @param bytes At least one, as descriptors cannot travel alone.
 * @param handles Up to 64.
 * @throws {RangeError} No bytes, or more than 64 handles
 * @throws {Deno.errors.NotSupported} The stream is not a Unix socket with a descriptor of its own, or a handle is not
 * @throws {Deno.errors.BrokenPipe} The other side is gone
 * @throws {Deno.errors.BadResource} A handle, or the stream, is closed
 *
 * @example
 * ```ts
 * import { connect, listen, receiveDescriptors, sendDescriptors } from "@ipc/ipc";
 * import { closeSync, openSync } from "node:fs";
 *
 * const path = `${Deno.makeTempDirSync()}/socket`;
 * await using listener = await listen(`unix:${path}`);
 * await using client = await connect(`unix:${path}`);
 * await using server = await listener.accept();
 *
 * const file = openSync("/etc/passwd", "r");
 * await sendDescriptors(client, new TextEncoder().encode("passwd"), [file]);
 * closeSync(file);
 * using received = await receiveDescriptors(server);
 * console.log(Deno.readTextFileSync(received!.descriptors[0]!.path).length);
 * ```
 */
export async function sendDescriptors(
  stream: SocketStream,
  bytes: Uint8Array,
  handles: SendableDescriptor[],
  options: WaitOptions = {},
): Promise<void> {
  checkWait(options);
  const socket = unixSocketOf(stream, "send descriptors over");
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError("The bytes to send with descriptors are a Uint8Array");
  }
  if (bytes.byteLength === 0) throw new RangeError("Cannot send descriptors alone: give at least one byte");
  if (handles.length > MOST_DESCRIPTORS) {
    throw new RangeError(`Cannot send ${handles.length} descriptors at once: at most ${MOST_DESCRIPTORS}`);
  }
  const copies: FileDescriptor[] = [];
  try {
    for (const handle of handles) copies.push(copyOf(handle));
    await socket.send(bytes, copies.map((copy) => copy.number("send")), options);
  } finally {
    for (const copy of copies) copy.close();
  }
}

/**
 * Receives bytes from a Unix socket, and the open descriptors that came with them: those that another process sent
 * with {@linkcode sendDescriptors}, Python's `socket.send_fds`, or sendmsg(2).
 *
 * - They are close-on-exec, and owned: dispose of the result, or take each.
 * - A sender can send any descriptor: look at its `kind`. More than expected are closed, all of them, with an error.
 *
 * Needs `--allow-ffi`. As SCM_RIGHTS of unix(7).
 *
 * @returns null at the end.
 * @throws {Deno.errors.InvalidData} More descriptors than `maxDescriptors`, or than this process has room for
 * (MSG_CTRUNC): all that came are closed, and the bytes are lost
 * @throws {Deno.errors.TimedOut} Nothing within the time-out; nothing was taken either
 * @throws {Deno.errors.NotSupported} The stream is not a Unix socket with a descriptor of its own
 * @throws {Deno.errors.Busy} A read of the stream is under way, or `lines()` has read ahead
 *
 * @example
 * ```ts
 * import { connect, listen, pipe, receiveDescriptors, sendDescriptors } from "@ipc/ipc";
 *
 * const path = `${Deno.makeTempDirSync()}/socket`;
 * await using listener = await listen(`unix:${path}`);
 * await using client = await connect(`unix:${path}`);
 * await using server = await listener.accept();
 *
 * const { reader, writer } = pipe();
 * await sendDescriptors(client, new Uint8Array([1]), [writer]);
 * writer.close();
 * using received = await receiveDescriptors(server, { maxDescriptors: 1, timeout: 5000 });
 * const theirs = received!.descriptors[0]!.writer();
 * await theirs.write("hello\n");
 * theirs.close();
 * for await (const line of reader.lines()) console.log(line);
 * reader.close();
 * ```
 */
export async function receiveDescriptors(
  stream: SocketStream,
  options: ReceiveDescriptorsOptions = {},
): Promise<ReceivedDescriptors | null> {
  checkWait(options);
  const most = countOf("maxDescriptors", options.maxDescriptors ?? MOST_DESCRIPTORS, 0);
  const room = new Uint8Array(countOf("maxBytes", options.maxBytes ?? MOST_BYTES, 1));
  const socket = unixSocketOf(stream, "receive descriptors from");
  const { count, descriptors: fds, truncated } = await socket.receive(room, options);
  if (truncated || fds.length > most) {
    for (const fd of fds) close(fd);
    throw systemError("EINVAL", {
      action: `Cannot receive descriptors from ${socket.descriptor.name}`,
      syscall: "recvmsg",
      reason: truncated
        ? "more came than this process has room for, and all were closed"
        : `${fds.length} came, where at most ${most} were expected, and all were closed`,
      advice: truncated ? "see ulimit -n" : "raise maxDescriptors",
    });
  }
  if (count === 0) return null;
  const descriptors = fds.map((fd) => new ReceivedDescriptor(fd));
  return {
    bytes: room.slice(0, count),
    descriptors,
    [Symbol.dispose]() {
      for (const descriptor of descriptors) descriptor.close();
    },
  };
}

function unixSocketOf(stream: SocketStream, action: string): OwnSocket {
  const socket = stream.own(action);
  if (stream.remoteAddr.transport === "unix") return socket;
  throw systemError("EOPNOTSUPP", {
    action: `Cannot ${action} ${socket.descriptor.name}`,
    syscall: "sendmsg",
    reason: "only Unix sockets carry them",
  });
}

/** A copy to send, closed when it was sent. */
function copyOf(handle: SendableDescriptor): FileDescriptor {
  if (handle instanceof PipeReader || handle instanceof PipeWriter) return ownFlags(handle.lend(3));
  if (handle instanceof SocketStream) {
    const socket = handle.own("send");
    return new FileDescriptor(socket.lend("send"), socket.descriptor.name);
  }
  if (handle instanceof SocketListener) return handle.copy("send");
  if (handle instanceof ReceivedDescriptor) return borrowed(handle.fd);
  if (typeof handle === "number") return borrowed(handle);
  if (isSharedHandle(handle)) return handle.descriptorForOthers(3);
  throw new TypeError(
    "A descriptor to send is a pipe's end, a SocketStream, a SocketListener, shared memory, a ReceivedDescriptor or a number "
      + "(a Deno.FsFile does not tell its descriptor: use openSync of node:fs)",
  );
}

function borrowed(fd: number): FileDescriptor {
  if (!Number.isInteger(fd) || fd < 0) {
    throw new TypeError(`A descriptor is a whole number from 0 on, not ${fd}`);
  }
  const theirs = new FileDescriptor(fd, `descriptor ${fd}`); // Not closed: the number stays the caller's.
  return new FileDescriptor(theirs.copy("send"), theirs.name);
}

/** The same end of a pipe with flags of its own, where that can be had: then it can block in the receiver. */
function ownFlags(copy: FileDescriptor): FileDescriptor {
  const fd = copy.number("send");
  const status = fstat(fd);
  if (os() !== "linux" || typeof status === "number" || status.type !== S_IFIFO) return copy;
  const anew = open(`/proc/self/fd/${fd}`, fcntl(fd, F_GETFL) & O_ACCMODE | O_NONBLOCK());
  if (anew < 0) return copy;
  fcntl(anew, F_SETFL, fcntl(anew, F_GETFL) & ~O_NONBLOCK());
  copy.close();
  return new FileDescriptor(anew, copy.name);
}
