import { notOurs, succeeded, timedOut } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { accept, getsockname, IPPROTO_TCP, setsockoptInt, TCP_NODELAY } from "../ffi/socket.ts";
import type { WaitOptions } from "../options.ts";
import { addressText } from "./address.ts";
import { turn } from "./event_loop.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { OwnSocket } from "./own_socket.ts";
import { lookAgain, whenReady } from "./readiness.ts";
import { addressesOf, addrOf } from "./unix_socket.ts";

/**
 * A listening socket with a descriptor of our own, as are those of its connections. It accepts when somebody asks;
 * until then the kernel's backlog holds who comes.
 */
export class OwnListener {
  readonly addr: Deno.Addr;
  readonly #descriptor: FileDescriptor;
  readonly #action: string;

  readonly #noDelay: boolean;

  constructor(descriptor: FileDescriptor, noDelay = true) {
    this.#descriptor = descriptor;
    this.#noDelay = noDelay;
    this.addr = addrOf(getsockname(descriptor.number("listen with")));
    this.#action = `Cannot accept at ${addressText(this.addr)}`;
  }

  /** The descriptor, for calls that are made now. */
  get descriptor(): FileDescriptor {
    return this.#descriptor;
  }

  async accept(options: WaitOptions): Promise<OwnSocket> {
    if (this.#descriptor.closed) throw notOurs(this.#action, "the listener is closed");
    const late = (timeout: number) => timedOut(this.#action, "nobody connected", timeout);
    const now = this.#tryAccept();
    if (now !== undefined) {
      await turn();
      return now;
    }
    return await whenReady(this.#descriptor, () => this.#tryAccept(), options, late);
  }

  close(): void {
    this.#descriptor.close();
    lookAgain();
  }

  #tryAccept(): OwnSocket | undefined {
    if (this.#descriptor.closed) throw notOurs(this.#action, "the listener was closed during the wait");
    const fd = accept(this.#descriptor.number("accept with"));
    if (fd === -errno("EAGAIN")) return undefined;
    succeeded(fd, { action: this.#action, syscall: "accept" });
    const descriptor = new FileDescriptor(fd, `connection at ${addressText(this.addr)}`);
    const addresses = addressesOf(fd);
    if (addresses.localAddr.transport === "tcp") {
      setsockoptInt(fd, IPPROTO_TCP, TCP_NODELAY, this.#noDelay ? 1 : 0);
    }
    return new OwnSocket(descriptor, addresses);
  }
}
