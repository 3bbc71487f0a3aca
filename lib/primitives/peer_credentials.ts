import { systemError } from "../errors.ts";
import { os } from "../ffi/platform.ts";
import {
  getsockopt,
  LOCAL_PEERCRED,
  LOCAL_PEERPID,
  SO_PEERCRED,
  SOL_LOCAL,
  SOL_SOCKET,
} from "../ffi/socket.ts";
import type { SocketStream } from "./socket_stream.ts";

/** Who is on the other side of a Unix socket. */
export interface PeerCredentials {
  /** Its process id, when it connected, or listened. It may have ended since, and the number be another's. */
  pid: number;
  /** Its effective user id. */
  uid: number;
  /** Its effective group id. */
  gid: number;
}

/**
 * Who is on the other side of a Unix socket, by the word of the kernel: a client when it connected, a server when it
 * began to listen.
 *
 * - Decide by `uid` and `gid`. A `pid` can belong to another process by now.
 * - It speaks of who made the connection. A descriptor that was handed on does not change it.
 *
 * Needs `--allow-ffi`. As SO_PEERCRED of unix(7).
 *
 * @throws {Deno.errors.NotSupported} It is not a Unix socket, or was made without `--allow-ffi`
 * @throws {Deno.errors.BadResource} It is closed
 *
 * @example
 * ```ts
 * import { connect, listen, peerCredentials } from "@ipc/ipc";
 *
 * const path = `${Deno.makeTempDirSync()}/socket`;
 * await using listener = await listen(`unix:${path}`);
 * await using client = await connect(`unix:${path}`);
 * await using server = await listener.accept();
 * console.log(peerCredentials(server).uid === Deno.uid());
 * console.log(peerCredentials(client).pid === Deno.pid);
 * ```
 */
export function peerCredentials(stream: SocketStream): PeerCredentials {
  const { descriptor } = stream.own("ask for the other side's credentials of");
  const fd = descriptor.number("ask for the other side's credentials of");
  const attempt = {
    action: `Cannot ask for the other side's credentials of ${descriptor.name}`,
    syscall: "getsockopt",
  };
  if (stream.remoteAddr.transport !== "unix") {
    throw systemError("EOPNOTSUPP", { ...attempt, reason: "only a Unix socket knows them" });
  }
  const ask = (level: number, name: number, most: number) => {
    const value = getsockopt(fd, level, name, most);
    if (typeof value !== "number") return value;
    throw systemError(value, attempt);
  };
  if (os() === "linux") {
    // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
    const value = ask(SOL_SOCKET(), SO_PEERCRED, 12);
    return { pid: value.getInt32(0, true), uid: value.getUint32(4, true), gid: value.getUint32(8, true) };
  }
  // struct xucred { u_int version; uid_t uid; short ngroups; gid_t groups[16]; }
  const value = ask(SOL_LOCAL, LOCAL_PEERCRED, 76);
  const pid = ask(SOL_LOCAL, LOCAL_PEERPID, 4).getInt32(0, true);
  return { pid, uid: value.getUint32(4, true), gid: value.getUint32(12, true) };
}
