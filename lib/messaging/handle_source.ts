import { systemError } from "../errors.ts";
import { close } from "../ffi/unistd.ts";
import type { WaitOptions } from "../options.ts";
import type { OwnSocket } from "../primitives/own_socket.ts";
import { ReceivedDescriptor } from "../primitives/received_descriptor.ts";

/** Handles that came, and where in the stream of bytes. */
interface Arrival {
  /** The place of the last byte that was read with them: it belongs to their message. */
  at: number;
  handles: ReceivedDescriptor[];
  /** Why they are not all of those that were sent. */
  lost?: Error | undefined;
}

/** Reads a Unix socket together with the handles that travel in it, and keeps these for the messages they belong to. */
export class HandleSource {
  readonly #socket: OwnSocket;
  #read = 0;
  #arrivals: Arrival[] = [];

  constructor(socket: OwnSocket) {
    this.#socket = socket;
  }

  /** As {@linkcode SocketStream.read}. */
  async read(p: Uint8Array, options: WaitOptions = {}): Promise<number | null> {
    const { count, descriptors, truncated } = await this.#socket.receive(p, options);
    this.#read += count;
    // The kernel ends a read with the first piece that has descriptors: the last byte is their sender's.
    if (truncated) {
      for (const fd of descriptors) close(fd);
      this.#arrivals.push({ at: this.#read, handles: [], lost: this.#noRoom() });
    } else if (descriptors.length > 0) {
      this.#arrivals.push({ at: this.#read, handles: descriptors.map((fd) => new ReceivedDescriptor(fd)) });
    }
    return count === 0 ? null : count;
  }

  /**
   * The handles of the messages up to a place in the stream of bytes, the last of which has been taken.
   *
   * @throws {Error} Some were lost for want of room (EMFILE); those that were not are closed
   */
  take(place: number): ReceivedDescriptor[] {
    const arrivals = this.#upTo(place);
    const lost = arrivals.find(({ lost }) => lost !== undefined)?.lost;
    if (lost === undefined) return arrivals.flatMap(({ handles }) => handles);
    closeAll(arrivals);
    throw lost;
  }

  /** Closes the handles of the messages up to a place. */
  drop(place: number): void {
    closeAll(this.#upTo(place));
  }

  /** Closes the connection, and what nobody has taken. */
  close(): void {
    this.drop(Infinity);
    void this.#socket.close();
  }

  #upTo(place: number): Arrival[] {
    const next = this.#arrivals.findIndex(({ at }) => at > place);
    return this.#arrivals.splice(0, next < 0 ? Infinity : next);
  }

  #noRoom(): Error {
    const action = `Cannot receive handles from ${this.#socket.descriptor.name}`;
    const reason = "more came than this process has room for, and all were closed";
    return systemError("EMFILE", { action, syscall: "recvmsg", reason, advice: "see ulimit -n" });
  }
}

function closeAll(arrivals: Arrival[]): void {
  for (const { handles } of arrivals) handles.forEach((handle) => handle.close());
}
