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
    if (truncated) {
      for (const fd of descriptors) close(fd);
      const action = `Cannot receive handles from ${this.#socket.descriptor.name}`;
      const reason = "more came than this process has room for, and all were closed";
      throw systemError("EMFILE", { action, syscall: "recvmsg", reason, advice: "see ulimit -n" });
    }
    if (descriptors.length > 0) {
      // The kernel ends a read with the first piece that has descriptors: the last byte is their sender's.
      this.#arrivals.push({ at: this.#read, handles: descriptors.map((fd) => new ReceivedDescriptor(fd)) });
    }
    return count === 0 ? null : count;
  }

  /** The handles of the messages up to a place in the stream of bytes, the last of which has been taken. */
  take(place: number): ReceivedDescriptor[] {
    const taken: ReceivedDescriptor[] = [];
    while (this.#arrivals.length > 0 && this.#arrivals[0]!.at <= place) {
      taken.push(...this.#arrivals.shift()!.handles);
    }
    return taken;
  }

  /** Closes the connection, and what nobody has taken. */
  close(): void {
    for (const handle of this.take(Infinity)) handle.close();
    void this.#socket.close();
  }
}
