import { systemError } from "../errors.ts";
import { missingForCalls } from "../ffi/library.ts";
import { checkWait, countOf, type WaitOptions } from "../options.ts";
import { type Address, addressText, datagramAddress, isUnix } from "./address.ts";
import { UdpSocket } from "./udp_socket.ts";
import { bindUnixDatagram, UnixDatagram } from "./unix_datagram.ts";

/** How many received datagrams wait at most. */
const QUEUE = 1024;

/** A host and a port for datagrams. */
export interface UdpAddress {
  /** Default: "udp". */
  transport?: "udp" | undefined;
  /** A name, or an IPv4 or IPv6 address. Default: "0.0.0.0" to receive, "127.0.0.1" to send to. */
  hostname?: string | undefined;
  /** From 0 to 65535; 0 is a free one of the system's choice. */
  port: number;
}

/** A place for datagrams on this machine. */
export interface UnixDatagramAddress {
  /** What tells it from UDP. */
  transport: "unixgram";
  /** A path; one that begins with NUL is an abstract name, and "" is no name. */
  path: string;
}

/**
 * Where datagrams are received, or sent to:
 *
 * - `udp://host:port`: a name, an IPv4 address, or an IPv6 address in brackets; port 0 is a free one;
 * - `unixgram:/path`: a socket file, of at most 107 bytes; `unixgram:@name`: an abstract name (Linux);
 * - `unixgram:` to receive: a free abstract name of the system's choice (Linux);
 * - an object, as those that come with a received datagram.
 */
export type DatagramAddress = string | UdpAddress | UnixDatagramAddress;

/** A datagram that was received. */
export interface Datagram {
  /** Its bytes: whole, possibly none. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Who sent it: to send an answer to. The path "" is a Unix socket without a name, that can get none. */
  from: Required<UdpAddress> | UnixDatagramAddress;
}

/** Options of {@linkcode datagram}. */
export interface DatagramOptions {
  /** UDP: how many received datagrams wait to be asked for; more are dropped, and counted. Default: 1024. */
  queue?: number | undefined;
  /** UDP: whether it may send to broadcast addresses. Default: false. */
  broadcast?: boolean | undefined;
  /** UDP: whether several sockets may receive at one port, as several programs of one multicast group. Default: false. */
  reuseAddress?: boolean | undefined;
  /** UDP: how many routers a multicast datagram may pass, from 1 to 255. Default: 1, this network. */
  multicastTtl?: number | undefined;
  /** UDP: whether this machine gets the multicast datagrams that it sends. Default: true. */
  multicastLoopback?: boolean | undefined;
  /** UDP: the address of the interface that multicast datagrams leave by. Default: the system's choice. */
  multicastInterface?: string | undefined;
  /** The mode of a socket file, whatever the umask. Who may write may send to it. Default: 0o600. */
  mode?: number | undefined;
}

/** What joins or leaves a multicast group. */
export interface MembershipOptions {
  /** The address of the interface to listen at. Default: the system's choice. */
  interface?: string | undefined;
}

/**
 * Opens a socket for datagrams: messages of their own, without a connection. Over UDP they can be lost, come twice or
 * in another order, and anyone can send them under any address; on this machine (`unixgram:`) they arrive.
 *
 * A socket file has mode 0600 from its birth, a leftover of a dead process is taken over, and `close()` removes it, as
 * with {@linkcode listen}.
 *
 * UDP needs `--allow-net`. A Unix socket needs `--allow-ffi`, with a file also `--allow-read --allow-write`. As udp(7)
 * and unix(7).
 *
 * @throws {TypeError} The address is malformed; the message shows the right forms
 * @throws {RangeError} The path is longer than the kernel's 107 bytes
 * @throws {Deno.errors.AddrInUse} Somebody has the address
 * @throws {Deno.errors.NotSupported} A Unix socket without `--allow-ffi`
 *
 * @example
 * ```ts
 * import { datagram } from "@ipc/ipc";
 *
 * using server = await datagram("udp://127.0.0.1:0");
 * using client = await datagram("udp://127.0.0.1:0");
 * await client.send(new TextEncoder().encode("ping"), server.address);
 * const { bytes, from } = await server.receive({ timeout: 5000 });
 * await server.send(bytes, from);
 * console.log(new TextDecoder().decode((await client.receive({ timeout: 5000 })).bytes));
 * ```
 */
export async function datagram(
  address: DatagramAddress,
  options: DatagramOptions = {},
): Promise<DatagramSocket> {
  const where = datagramAddress(address, { unnamed: true });
  const queue = countOf("queue", options.queue ?? QUEUE, 1);
  const mode = countOf("mode", options.mode ?? 0o600, 0);
  if (mode > 0o777) throw new RangeError(`The option mode takes 0 to 0o777, and got ${mode}`);
  if (!isUnix(where)) return new DatagramSocket(await UdpSocket.bind(where, queue, options));
  const missing = missingForCalls();
  if (missing === undefined) return new DatagramSocket(await bindUnixDatagram(where.path, mode));
  const action = `Cannot receive at ${addressText(where)}`;
  throw systemError("EOPNOTSUPP", { action, syscall: "socket", reason: missing });
}

/**
 * A socket that sends and receives datagrams; made by {@linkcode datagram}. `for await` gives each that comes, until it
 * is closed.
 *
 * @example
 * ```ts
 * import { datagram } from "@ipc/ipc";
 *
 * const path = `${Deno.makeTempDirSync()}/log`;
 * using log = await datagram(`unixgram:${path}`);
 * using program = await datagram("unixgram:");
 * await program.send(new TextEncoder().encode("it works"), log.address);
 * for await (const { bytes } of log) {
 *   console.log(new TextDecoder().decode(bytes));
 *   break;
 * }
 * ```
 */
export class DatagramSocket implements AsyncIterable<Datagram>, Disposable, AsyncDisposable {
  readonly #socket: UdpSocket | UnixDatagram;

  /** @internal */
  constructor(socket: UdpSocket | UnixDatagram) {
    this.#socket = socket;
  }

  /** Where it receives, as text that `send` takes: `udp://127.0.0.1:50008`, `unixgram:/path`. */
  get address(): string {
    return addressText(this.#socket.addr as Address);
  }

  /** Where it receives, with the port that the system chose where 0 was asked for. */
  get addr(): Required<UdpAddress> | UnixDatagramAddress {
    return this.#socket.addr;
  }

  /** How many datagrams came that found the queue full. (The kernel drops some of its own, and does not say so.) */
  get dropped(): number {
    return this.#socket.dropped;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#socket.closed;
  }

  /**
   * Sends one datagram. Over UDP that it left is all that can be known; on this machine it waits while the receiver's
   * queue is full.
   *
   * @param p The bytes, whole; none at all is a datagram, too.
   * @param to The receiver: an address, or the `from` of what it sent.
   * @throws {RangeError} It is too long: UDP takes 65507 bytes, a Unix socket about 200 KiB (EMSGSIZE)
   * @throws {Deno.errors.NotFound} There is no such socket file, or host
   * @throws {Deno.errors.ConnectionRefused} The socket file's process has ended
   * @throws {Deno.errors.TimedOut} The receiver's queue was full for the whole time-out
   */
  async send(p: Uint8Array, to: DatagramAddress, options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    if (!(p instanceof Uint8Array)) throw new TypeError("A datagram's bytes are a Uint8Array");
    const where = datagramAddress(to);
    if (this.#socket instanceof UnixDatagram) {
      if (!isUnix(where)) throw wrongKind(to, "unixgram:");
      await this.#socket.send(p, where.path, options);
    } else {
      if (isUnix(where)) throw wrongKind(to, "udp://");
      await this.#socket.send(p, where, options);
    }
  }

  /**
   * Waits for the next datagram. After an abort or a time-out none is lost.
   *
   * @throws {Deno.errors.TimedOut} None came within the time-out
   * @throws {Deno.errors.BadResource} It is closed, or was closed during the wait
   */
  async receive(options: WaitOptions = {}): Promise<Datagram> {
    checkWait(options);
    return await this.#socket.receive(options);
  }

  /** Each datagram that comes, until the socket is closed. Leaving the loop does not close it. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Datagram> {
    while (!this.closed) {
      let datagram: Datagram;
      try {
        datagram = await this.receive();
      } catch (error) {
        if (this.closed) return;
        throw error;
      }
      yield datagram;
    }
  }

  /**
   * Receives what is sent to a multicast group, too. (On Linux a socket at 0.0.0.0 gets also what is sent to the groups
   * of other sockets of this machine: IP_MULTICAST_ALL of ip(7).)
   *
   * @throws {Deno.errors.NotSupported} It is a Unix socket
   * @throws {Error} The system refuses: it is no group's address, or it is in it already (EINVAL, EADDRINUSE, ENODEV)
   */
  join(group: string, options: MembershipOptions = {}): void {
    this.#udp("join a group with").join(group, options.interface);
  }

  /**
   * Does not receive any more what is sent to a multicast group.
   *
   * @throws {Deno.errors.AddrNotAvailable} It is not in that group (EADDRNOTAVAIL)
   */
  leave(group: string, options: MembershipOptions = {}): void {
    this.#udp("leave a group with").leave(group, options.interface);
  }

  /** Gives the socket up, and removes its file; a wait under way rejects with `Deno.errors.BadResource`. Once or often. */
  close(): void {
    this.#socket.close();
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For `await using`: as close. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #udp(action: string): UdpSocket {
    if (this.#socket instanceof UdpSocket) return this.#socket;
    const attempt = { action: `Cannot ${action} ${this.address}`, syscall: "setsockopt" };
    throw systemError("EOPNOTSUPP", { ...attempt, reason: "only UDP has multicast groups" });
  }
}

function wrongKind(to: DatagramAddress, form: string): Error {
  return new TypeError(`Cannot send to ${Deno.inspect(to)}: this socket sends to addresses as ${form}…`);
}
