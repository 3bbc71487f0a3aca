import type { RemoteInfo, Socket } from "node:dgram";
import { notOurs, systemError, timedOut, unknownHost } from "../errors.ts";
import type { ErrnoName } from "../ffi/errno.ts";
import { countOf, type WaitOptions } from "../options.ts";
import { addressText, type InetAddress } from "./address.ts";
import { Arrivals } from "./arrivals.ts";
import { builtin } from "./builtin.ts";
import type { Datagram, DatagramOptions, UdpAddress } from "./datagram.ts";
import { wait } from "./wait.ts";

/** A UDP socket of node:dgram's, whose datagrams wait in a bounded queue. */
export class UdpSocket {
  readonly addr: Required<UdpAddress>;
  readonly #socket: Socket;
  readonly #most: number;
  readonly #arrivals = new Arrivals<Datagram>();
  #dropped = 0;
  #closed = false;

  private constructor(socket: Socket, most: number) {
    const { address, port } = socket.address();
    this.addr = { transport: "udp", hostname: address, port };
    this.#socket = socket;
    this.#most = most;
    socket.on("message", (bytes, from) => this.#arrive(bytes as Uint8Array<ArrayBuffer>, from));
    socket.on(
      "error",
      (error) => this.#arrivals.fail(failed(error, `Cannot receive at ${this.#name}`, "recvmsg")),
    );
    socket.unref(); // Who waits keeps the process running, the socket alone does not.
  }

  static async bind(where: InetAddress, most: number, options: DatagramOptions): Promise<UdpSocket> {
    const { hostname = "0.0.0.0", port } = where;
    const { broadcast, reuseAddress = false, multicastTtl, multicastLoopback, multicastInterface } = options;
    if (multicastTtl !== undefined && countOf("multicastTtl", multicastTtl, 1) > 255) {
      throw new RangeError(`The option multicastTtl takes 1 to 255, and got ${multicastTtl}`);
    }
    const action = `Cannot receive at ${addressText(where)}`;
    const socket = builtin("node:dgram").createSocket({
      type: hostname.includes(":") ? "udp6" : "udp4",
      reuseAddr: reuseAddress,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.bind({ port, address: hostname, exclusive: true }, () => {
          socket.off("error", reject);
          resolve();
        });
      });
      if (broadcast !== undefined) socket.setBroadcast(broadcast);
      if (multicastTtl !== undefined) socket.setMulticastTTL(multicastTtl);
      if (multicastLoopback !== undefined) socket.setMulticastLoopback(multicastLoopback);
      if (multicastInterface !== undefined) socket.setMulticastInterface(multicastInterface);
      return new UdpSocket(socket, most);
    } catch (error) {
      socket.close();
      throw failed(error, action, "bind");
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  get dropped(): number {
    return this.#dropped;
  }

  async send(p: Uint8Array, to: InetAddress, options: WaitOptions): Promise<void> {
    this.#mustBeOpen("send from");
    const { hostname = "127.0.0.1", port } = to;
    const action = `Cannot send to ${addressText(to)}`;
    const late = (timeout: number) => timedOut(action, "it did not leave", timeout);
    const bytes = options.signal || options.timeout ? p.slice() : p; // The caller may go on before it has left.
    await wait<void>(options, late, ({ resolve, reject }) => {
      this.#socket.send(
        bytes,
        port,
        hostname,
        (error) => error ? reject(failed(error, action, "sendmsg")) : resolve(),
      );
      return () => {};
    });
  }

  async receive(options: WaitOptions): Promise<Datagram> {
    this.#mustBeOpen("receive at");
    const here = this.#arrivals.take();
    if (here !== undefined) return here;
    const late = (timeout: number) => timedOut(`Cannot receive at ${this.#name}`, "nothing came", timeout);
    const next = this.#arrivals.next(options, late);
    this.#socket.ref();
    try {
      return await next;
    } finally {
      if (!this.#closed && !this.#arrivals.wanted) this.#socket.unref();
    }
  }

  join(group: string, at: string | undefined): void {
    this.#change("join", group, () => this.#socket.addMembership(group, at));
  }

  leave(group: string, at: string | undefined): void {
    this.#change("leave", group, () => this.#socket.dropMembership(group, at));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
    this.#arrivals.takeAll();
    this.#arrivals.end(notOurs(`Cannot receive at ${this.#name}`, "it was closed during the wait"));
  }

  get #name(): string {
    return addressText(this.addr);
  }

  #arrive(bytes: Uint8Array<ArrayBuffer>, { address, port }: RemoteInfo): void {
    if (this.#arrivals.count >= this.#most) return void this.#dropped++;
    // As a plain array, which a Buffer is not everywhere.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#arrivals.arrive({ bytes: plain, from: { transport: "udp", hostname: address, port } });
  }

  #change(verb: string, group: string, change: () => void): void {
    this.#mustBeOpen("change");
    try {
      change();
    } catch (error) {
      throw failed(error, `Cannot ${verb} the group ${Deno.inspect(group)} at ${this.#name}`, "setsockopt");
    }
  }

  #mustBeOpen(action: string): void {
    if (this.#closed) throw notOurs(`Cannot ${action} ${this.#name}`, "it is closed");
  }
}

/** What node:dgram says of a failure, in our terms. */
function failed(error: unknown, action: string, syscall: string): unknown {
  const { code, syscall: known = syscall } = error as { code?: string; syscall?: string };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return unknownHost(action);
  if (code === "UNKNOWN") {
    const advice = "a broadcast address needs the option broadcast";
    return systemError(code as ErrnoName, {
      action,
      syscall: known,
      reason: "the runtime does not say why",
      advice,
    });
  }
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  return systemError(code as ErrnoName, { action, syscall: known });
}
