import { succeeded, systemError, timedOut } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { os } from "../ffi/platform.ts";
import { AF_UNIX, bindFree, getsockname, recvfrom, sendto, SOCK_DGRAM, socket } from "../ffi/socket.ts";
import { sockaddrUn, socketAddress } from "../ffi/socket_address.ts";
import type { WaitOptions } from "../options.ts";
import { addressText } from "./address.ts";
import type { Datagram, UnixDatagramAddress } from "./datagram.ts";
import { turn } from "./event_loop.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { lookAgain, whenReady } from "./readiness.ts";
import { rendezvous } from "./rendezvous.ts";
import { SocketFile } from "./socket_file.ts";
import { boundUnix, isLiveUnix } from "./unix_socket.ts";

/** The longest datagram: Linux lets nobody send more than about 208 KiB (net.core.wmem_default). */
const LONGEST = 256 * 1024;

/** A Unix datagram socket, bound to `path`; "" is a free name. */
export async function bindUnixDatagram(path: string, mode: number): Promise<UnixDatagram> {
  if (path === "") return new UnixDatagram(boundFree());
  if (path.startsWith("\0")) return new UnixDatagram(boundUnix(path, SOCK_DGRAM, mode));
  const bind = () => boundUnix(path, SOCK_DGRAM, mode);
  const { made, file } = await SocketFile.claim(path, mode, bind, () => isLiveUnix(path));
  return new UnixDatagram(made, file);
}

/** On Linux the kernel chooses an abstract name; elsewhere there is none, and no answer can be sent. */
function boundFree(): FileDescriptor {
  const attempt = { action: "Cannot receive at unixgram:", syscall: "bind" };
  const descriptor = new FileDescriptor(succeeded(socket(AF_UNIX, SOCK_DGRAM), attempt), "socket");
  if (os() === "linux") succeeded(bindFree(descriptor.number("bind")), attempt);
  return descriptor;
}

/** A Unix datagram socket. The kernel's queue is the only one: a sender waits when it is full, and none is dropped. */
export class UnixDatagram {
  readonly addr: UnixDatagramAddress;
  readonly dropped = 0;
  readonly #descriptor: FileDescriptor;
  readonly #file: SocketFile | undefined;
  readonly #space = new Uint8Array(LONGEST);

  constructor(descriptor: FileDescriptor, file?: SocketFile) {
    this.#descriptor = descriptor;
    this.#file = file;
    this.addr = sourceOf(getsockname(descriptor.number("ask")));
  }

  get closed(): boolean {
    return this.#descriptor.closed;
  }

  async send(p: Uint8Array, path: string, options: WaitOptions): Promise<void> {
    const action = `Cannot send to ${addressText({ transport: "unixgram", path })}`;
    const address = sockaddrUn(path);
    const attempt = () => {
      const result = sendto(this.#descriptor.number("send from"), p, address);
      // No system call tells when another socket's queue has room: a look is taken every 16 ms.
      if (result === -errno("EAGAIN") || result === -errno("ENOBUFS")) return undefined;
      return succeeded(result, { action, syscall: "sendto", path });
    };
    if (attempt() !== undefined) return;
    await rendezvous(attempt, options, (timeout) => timedOut(action, "its queue was full", timeout));
  }

  async receive(options: WaitOptions): Promise<Datagram> {
    const action = `Cannot receive at ${addressText(this.addr)}`;
    const attempt = () => {
      const received = recvfrom(this.#descriptor.number("receive at"), this.#space);
      if (received === -errno("EAGAIN")) return undefined;
      if (typeof received === "number") throw systemError(received, { action, syscall: "recvfrom" });
      const { length, from } = received;
      if (length > LONGEST) throw systemError("EMSGSIZE", { action, syscall: "recvfrom" });
      return { bytes: this.#space.slice(0, length), from: sourceOf(from) };
    };
    const late = (timeout: number) => timedOut(action, "nothing came", timeout);
    const now = attempt();
    if (now !== undefined) {
      await turn();
      return now;
    }
    return await whenReady(this.#descriptor, attempt, options, late);
  }

  close(): void {
    if (this.closed) return;
    this.#file?.remove(); // First, so that nobody sends to what nobody receives from.
    this.#descriptor.close();
    lookAgain();
  }
}

function sourceOf(bytes: Uint8Array | number): UnixDatagramAddress {
  const address = typeof bytes === "number" ? undefined : socketAddress(bytes);
  return { transport: "unixgram", path: address !== undefined && "path" in address ? address.path : "" };
}
