/** Sockets of the runtime's own: TCP without `--allow-ffi` (or with scope names), and Unix sockets without it. */

import { systemError } from "../errors.ts";
import type { WaitOptions } from "../options.ts";
import {
  type Address,
  addressText,
  type InetAddress,
  isUnix,
  type PathAddress,
  streamAddress,
} from "./address.ts";
import { ConnListener } from "./conn_listener.ts";
import { ConnSocket } from "./conn_socket.ts";
import { SocketFile, withoutMode } from "./socket_file.ts";
import { wait } from "./wait.ts";

/** Between two questions whether a silent socket file has a listener. */
const ASK_AGAIN = 20;

/** Connects, with the limits of our options. */
export async function connectConn(
  where: Address,
  noDelay: boolean,
  options: WaitOptions,
  late: () => Error,
): Promise<ConnSocket> {
  const conn = await opened(where, options, late);
  if (isUnix(where)) return new ConnSocket(conn, { remoteAddr: { transport: "unix", path: where.path } });
  (conn as Deno.TcpConn).setNoDelay(noDelay);
  return new ConnSocket(conn);
}

/** A TCP listener. */
export function listenConnTcp(
  { hostname, port }: InetAddress,
  backlog: number,
  noDelay: boolean,
): ConnListener {
  const host = hostname === undefined ? {} : { hostname };
  const listener = Deno.listen({ ...host, port, tcpBacklog: backlog });
  return new ConnListener(listener, (conn) => (conn as Deno.TcpConn).setNoDelay(noDelay));
}

/** A Unix listener, and its file unless the name is abstract. */
export async function listenConnUnix(
  path: string,
  mode: number,
): Promise<{ listener: ConnListener; file?: SocketFile }> {
  if (path.startsWith("\0")) return { listener: new ConnListener(Deno.listen({ transport: "unix", path })) };
  const { made, file } = await SocketFile.claim(path, mode, () => bindConn(path, mode), () => isLive(path));
  return { listener: new ConnListener(made, undefined, { transport: "unix", path }), file };
}

/**
 * The runtime's listener removes what has the name that it was given when it is closed, be it its own file or not. So
 * it gets another name, which is gone when the file has the right one.
 */
function bindConn(path: string, mode: number): Deno.Listener {
  const at = `${/^(.*\/)?/.exec(path)![0]}.${crypto.randomUUID().slice(0, 6)}`;
  const where = streamAddress(`unix:${at}`) as PathAddress; // Or it says that it is too long.
  const listener = withoutMode(~mode, () => Deno.listen({ transport: "unix", path: where.path }));
  try {
    Deno.linkSync(at, path);
  } catch (error) {
    listener.close(); // And its file is gone.
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    const action = `Cannot listen at ${addressText({ transport: "unix", path })}`;
    throw systemError("EADDRINUSE", { action, syscall: "bind", path });
  }
  Deno.removeSync(at);
  return listener;
}

/** Whether somebody listens there. Who has just made the file listens a moment later: it is asked twice. */
async function isLive(path: string): Promise<boolean> {
  for (let asked = 0;; asked++) {
    try {
      (await Deno.connect({ transport: "unix", path })).close();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      if (!(error instanceof Deno.errors.ConnectionRefused)) return true;
    }
    if (asked > 0) return false;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
  }
}

function opened(where: Address, options: WaitOptions, late: () => Error): Promise<Deno.Conn> {
  return wait<Deno.Conn>(options, late, ({ resolve, reject }) => {
    const controller = new AbortController();
    let ended = false;
    const opening: Promise<Deno.Conn> = isUnix(where)
      ? Deno.connect({ transport: "unix", path: where.path })
      : Deno.connect({
        hostname: where.hostname ?? "127.0.0.1",
        port: where.port,
        signal: controller.signal,
      });
    opening.then((conn) => ended ? conn.close() : resolve(conn), (error) => ended || reject(error));
    return () => {
      ended = true;
      controller.abort();
    };
  });
}
