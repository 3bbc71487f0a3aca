import { systemError } from "../errors.ts";
import { F_GETFL, fcntl, O_ACCMODE, O_RDONLY, O_WRONLY } from "../ffi/fcntl.ts";
import { getsockoptInt, SO_ACCEPTCONN, SO_TYPE, SOCK_STREAM, SOL_SOCKET } from "../ffi/socket.ts";
import { fstat, S_IFIFO, S_IFREG, S_IFSOCK } from "../ffi/stat.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { OwnListener } from "./own_listener.ts";
import { OwnSocket } from "./own_socket.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";
import { SocketListener } from "./socket_listener.ts";
import { SocketStream } from "./socket_stream.ts";
import { addressesOf } from "./unix_socket.ts";

/**
 * What a descriptor is: an end of a pipe or fifo, a connected stream socket, a listening one, a file (memory
 * included), or something that this library has no class for.
 */
export type DescriptorKind = "reader" | "writer" | "socket" | "listener" | "file" | "other";

/**
 * A descriptor that came from another process, owned: it is closed with this object, unless it is taken as what it is.
 *
 * Both processes have the same open file: a file's position, and whether reads of a socket wait, are shared with the
 * sender as long as it keeps its own.
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
 * await sendDescriptors(client, new Uint8Array([1]), [reader]);
 * reader.close();
 * using received = await receiveDescriptors(server);
 * const [descriptor] = received!.descriptors;
 * console.log(descriptor!.kind);
 * using theirs = descriptor!.reader();
 * await writer.write("hello\n");
 * console.log((await theirs.lines().next()).value);
 * writer.close();
 * ```
 */
export class ReceivedDescriptor implements Disposable {
  /** What it is. */
  readonly kind: DescriptorKind;
  readonly #descriptor: FileDescriptor;

  /** @internal */
  constructor(fd: number) {
    this.#descriptor = new FileDescriptor(fd, "received descriptor");
    this.kind = kindOf(fd);
  }

  /** Its number in this process, for {@linkcode spawn}'s `fds` for instance. It stays this object's. */
  get fd(): number {
    return this.#descriptor.number("use");
  }

  /** A path that opens it: `Deno.open(descriptor.path)` has a position of its own. Linux and macOS. */
  get path(): string {
    return `/dev/fd/${this.fd}`;
  }

  /**
   * It, as the read end of a pipe or fifo.
   *
   * @throws {Deno.errors.InvalidData} It is something else
   */
  reader(): PipeReader {
    return new PipeReader(this.#openedAnew("reader", O_RDONLY));
  }

  /**
   * It, as the write end of a pipe or fifo.
   *
   * @throws {Deno.errors.InvalidData} It is something else
   */
  writer(): PipeWriter {
    return new PipeWriter(this.#openedAnew("writer", O_WRONLY));
  }

  /**
   * It, as a connection. Its `close()` ends it for this process only: the sender may have it, too.
   *
   * @throws {Deno.errors.InvalidData} It is something else
   */
  socket(): SocketStream {
    const descriptor = this.#take("socket");
    return new SocketStream(new OwnSocket(descriptor, addressesOf(descriptor.number("take")), true));
  }

  /**
   * It, as a listening socket. A socket file stays its maker's, and is not removed here.
   *
   * @throws {Deno.errors.InvalidData} It is something else
   */
  listener(): SocketListener {
    return new SocketListener(new OwnListener(this.#take("listener")));
  }

  /**
   * It, as memory or another file; for `from()` of {@linkcode SharedMemory} and what is built on it.
   *
   * @internal
   */
  file(): FileDescriptor {
    return this.#openedAnew("file", fcntl(this.fd, F_GETFL) & O_ACCMODE);
  }

  /** Closes it, unless it was taken. Once or often. */
  close(): void {
    this.#descriptor.close();
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  #take(kind: DescriptorKind): FileDescriptor {
    this.#mustBe(kind);
    const taken = new FileDescriptor(this.#descriptor.release("take", "it was taken"), `received ${kind}`);
    taken.setNonBlocking(true);
    return taken;
  }

  #openedAnew(kind: DescriptorKind, access: number): FileDescriptor {
    this.#mustBe(kind);
    const own = this.#descriptor.duplicate("take", access); // With flags of its own, where that can be had.
    if (kind !== "file") own.setNonBlocking(true);
    this.#descriptor.closeBecause("it was taken");
    return own;
  }

  #mustBe(kind: DescriptorKind): void {
    this.#descriptor.number("take");
    if (this.kind === kind) return;
    throw systemError("EINVAL", {
      action: `Cannot take the received descriptor as a ${kind}`,
      syscall: "fstat",
      reason: this.kind === "other" ? "it is something else" : `it is a ${this.kind}`,
    });
  }
}

/** What kind of thing a descriptor leads to. */
export function kindOf(fd: number): DescriptorKind {
  const status = fstat(fd);
  const type = typeof status === "number" ? 0 : status.type;
  if (type === S_IFREG) return "file";
  if (type === S_IFIFO) {
    const access = fcntl(fd, F_GETFL) & O_ACCMODE;
    return access === O_RDONLY ? "reader" : access === O_WRONLY ? "writer" : "other";
  }
  if (type !== S_IFSOCK || getsockoptInt(fd, SOL_SOCKET(), SO_TYPE()) !== SOCK_STREAM) return "other";
  return getsockoptInt(fd, SOL_SOCKET(), SO_ACCEPTCONN()) === 1 ? "listener" : "socket";
}
