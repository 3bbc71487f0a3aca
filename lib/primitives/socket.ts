import { systemError, unknownHost } from "../errors.ts";
import type { ErrnoName } from "../ffi/errno.ts";
import { missingForCalls } from "../ffi/library.ts";
import { checkWait, countOf, type WaitOptions } from "../options.ts";
import {
  type Address,
  addressText,
  type InetAddress,
  isUnix,
  type SocketAddress,
  streamAddress,
} from "./address.ts";
import { connectConn, listenConnTcp, listenConnUnix } from "./conn_opening.ts";
import type { ConnSocket } from "./conn_socket.ts";
import { OwnListener } from "./own_listener.ts";
import { OwnSocket } from "./own_socket.ts";
import { mayYetCome, Retries } from "./retries.ts";
import { SocketFile } from "./socket_file.ts";
import { SocketListener } from "./socket_listener.ts";
import { SocketStream } from "./socket_stream.ts";
import { connectTcp, listeningTcp } from "./tcp_socket.ts";
import { connectUnix, isLiveUnix, listeningUnix, unixPair } from "./unix_socket.ts";

const BACKLOG = 1024;

/** Options of {@linkcode listen}. */
export interface ListenOptions {
  /** The mode of a socket file, whatever the umask. Who may write may connect. Default: 0o600. */
  mode?: number | undefined;
  /** How many may wait to be accepted; the kernel may allow fewer. Default: 1024. */
  backlog?: number | undefined;
  /** TCP: whether what is written is sent at once (TCP_NODELAY). Default: true. */
  noDelay?: boolean | undefined;
}

/** Options of {@linkcode connect}. */
export interface ConnectOptions extends WaitOptions {
  /**
   * Tries again, after 10 ms, then less and less often up to every second, while who listens may yet come: nobody
   * listens (ECONNREFUSED), or there is no socket file (ENOENT); the host's name is not known (ENOTFOUND), or there is no
   * way to it (EHOSTUNREACH, ENETUNREACH), as when it is just starting; it leaves while it is connected to (ECONNRESET). A
   * name with a typing error is tried again, too, so give it a `timeout` or a `signal`: the `cause` of the TimedOut is the
   * last failure. Default: false.
   */
  retry?: boolean | undefined;
  /** TCP: whether what is written is sent at once (TCP_NODELAY). Default: true. */
  noDelay?: boolean | undefined;
}

/**
 * Listens at an address, for other processes to {@linkcode connect} to.
 *
 * - TCP has no owner and no authentication: whoever reaches the port is a client, any user of this machine included.
 * - A socket file has mode 0600 from its birth: only this user (and root) can connect. A leftover of a process that
 *   has died is taken over; a file of any other kind, a symbolic link included, and the socket of a live process are
 *   left as they are. `close()` removes the file.
 *
 * TCP needs `--allow-net`, a socket file `--allow-read --allow-write`. With `--allow-ffi` both are faster, and their
 * connections have descriptors of their own; a socket file without it needs `--allow-net --allow-sys`, too. As
 * socket(2), bind(2), listen(2).
 *
 * @throws {TypeError} The address is malformed; the message shows the right forms
 * @throws {RangeError} The path is longer than the kernel's 107 bytes
 * @throws {Deno.errors.AddrInUse} Somebody listens there, or another file has the name
 * @throws {Deno.errors.AddrNotAvailable} This machine does not have the address
 *
 * @example
 * ```ts
 * import { connect, listen } from "@ipc/ipc";
 *
 * const path = `${Deno.makeTempDirSync()}/socket`;
 * await using listener = await listen(`unix:${path}`);
 * await using client = await connect(`unix:${path}`);
 * await using server = await listener.accept();
 * await server.write("welcome\n");
 * console.log((await client.lines().next()).value);
 * ```
 */
export async function listen(address: SocketAddress, options: ListenOptions = {}): Promise<SocketListener> {
  const where = streamAddress(address);
  const { mode = 0o600, backlog = BACKLOG, noDelay = true } = options;
  countOf("backlog", backlog, 1);
  if (countOf("mode", mode, 0) > 0o777) {
    throw new RangeError(`The option mode takes 0 to 0o777, and got ${mode}`);
  }
  try {
    if (!isUnix(where)) {
      if (!ownsTcp(where)) return new SocketListener(listenConnTcp(where, backlog, noDelay));
      return new SocketListener(new OwnListener(await listeningTcp(where, backlog), noDelay));
    }
    if (missingForCalls() !== undefined) {
      const { listener, file } = await listenConnUnix(where.path, mode);
      return new SocketListener(listener, file);
    }
    if (where.path.startsWith("\0")) {
      return new SocketListener(new OwnListener(listeningUnix(where.path, backlog, mode)));
    }
    const bind = () => listeningUnix(where.path, backlog, mode);
    const { made, file } = await SocketFile.claim(where.path, mode, bind, () => isLiveUnix(where.path));
    return new SocketListener(new OwnListener(made), file);
  } catch (error) {
    throw failed(error, `Cannot listen at ${addressText(where)}`, "bind", where);
  }
}

/**
 * Connects to where a process listens, be it this project's {@linkcode listen} or a server in any language.
 *
 * TCP needs `--allow-net`. With `--allow-ffi` it is faster, and the connection has a descriptor of its own. A socket
 * file needs `--allow-ffi`, or else `--allow-net --allow-read --allow-write`. As connect(2).
 *
 * @throws {TypeError} The address is malformed; the message shows the right forms
 * @throws {Deno.errors.ConnectionRefused} Nobody listens there (ECONNREFUSED); `retry` waits for it
 * @throws {Deno.errors.NotFound} There is no such socket file (ENOENT), or host (ENOTFOUND); `retry` waits for it
 * @throws {Deno.errors.NetworkUnreachable} There is no way to it (ENETUNREACH, EHOSTUNREACH); `retry` waits for one
 * @throws {Deno.errors.PermissionDenied} The socket file's mode excludes this user
 * @throws {Deno.errors.TimedOut} No connection within the time-out
 *
 * @example
 * ```ts
 * import { connect, listen } from "@ipc/ipc";
 *
 * await using listener = await listen("tcp://127.0.0.1:0");
 * await using client = await connect(listener.address, { retry: true, timeout: 5000 });
 * await using server = await listener.accept();
 * await client.write("ping\n");
 * console.log((await server.lines().next()).value);
 * ```
 */
export async function connect(address: SocketAddress, options: ConnectOptions = {}): Promise<SocketStream> {
  const where = streamAddress(address);
  return await connectWithin(where, options, retriesFor(where, options));
}

/**
 * The attempts of {@linkcode connectWithin}.
 *
 * @internal
 */
export function retriesFor(where: Address, options: ConnectOptions): Retries {
  checkWait(options);
  return new Retries(`Cannot connect to ${addressText(where)}`, options);
}

/**
 * As {@linkcode connect}, within limits that count for more than this.
 *
 * @internal
 */
export async function connectWithin(
  where: Address,
  options: ConnectOptions,
  retries: Retries,
): Promise<SocketStream> {
  const { retry = false, noDelay = true } = options;
  for (;;) {
    try {
      return new SocketStream(await connectOnce(where, noDelay, retries.left, retries.late));
    } catch (error) {
      if (options.signal?.aborted && error === options.signal.reason) throw error;
      const known = failed(error, retries.action, "connect", where);
      if (!retry || !mayYetCome(known)) throw known;
      await retries.pause(known);
    }
  }
}

/**
 * Two connected streams of this process.
 *
 * @internal
 */
export function socketPair(): [SocketStream, SocketStream] {
  const [a, b] = unixPair("socket pair");
  return [new SocketStream(new OwnSocket(a)), new SocketStream(new OwnSocket(b))];
}

/**
 * Whether TCP is done by system calls: where FFI is granted, and the network, too, which a call would not ask for. The
 * kernel knows no scope names, as in fe80::1%eth0.
 */
function ownsTcp({ hostname = "0.0.0.0", port }: InetAddress): boolean {
  if (missingForCalls() !== undefined || hostname.includes("%")) return false;
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  return Deno.permissions.querySync({ name: "net", host }).state === "granted";
}

async function connectOnce(
  where: Address,
  noDelay: boolean,
  options: WaitOptions,
  late: () => Error,
): Promise<OwnSocket | ConnSocket> {
  if (!isUnix(where)) {
    if (ownsTcp(where)) return await connectTcp(where, noDelay, options, late);
  } else if (missingForCalls() === undefined) return await connectUnix(where.path, options, late);
  return await connectConn(where, noDelay, options, late);
}

/** What the runtime says of a failure, in our terms. */
function failed(error: unknown, action: string, syscall: string, where: Address): unknown {
  if (!(error instanceof Error) || "syscall" in error || error instanceof Deno.errors.TimedOut) return error;
  const { code } = error as { code?: unknown };
  const path = isUnix(where) ? { path: where.path } : {};
  if (typeof code === "string") return systemError(code as ErrnoName, { action, syscall, ...path });
  if (!error.message.includes("failed to lookup address")) return error;
  return unknownHost(action);
}
