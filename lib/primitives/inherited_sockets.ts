import { notOurs, systemError } from "../errors.ts";
import { F_GETFD, F_SETFD, fcntl, FD_CLOEXEC } from "../ffi/fcntl.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { OwnListener } from "./own_listener.ts";
import { kindOf } from "./received_descriptor.ts";
import { SocketListener } from "./socket_listener.ts";

/** The first descriptor that a service manager passes (SD_LISTEN_FDS_START). */
const FIRST = 3;

/** A listener that {@linkcode inheritedListeners} found. */
export interface InheritedListener {
  /** Its name: `FileDescriptorName=` of the systemd unit; "unknown" when it was given none. */
  name: string;
  /** The listening socket. */
  listener: SocketListener;
}

/**
 * The sockets that a service manager listens with for this process (socket activation): systemd's `.socket` units,
 * `systemd-socket-activate`, and everything else that sets LISTEN_FDS and LISTEN_PID. An empty array when there are
 * none, so that a program can fall back to {@linkcode listen}.
 *
 * They are this process's from then on: a second call finds them taken. Their socket files stay the manager's.
 *
 * Needs `--allow-env=LISTEN_FDS,LISTEN_PID,LISTEN_FDNAMES`, and `--allow-ffi` when there are some. As sd_listen_fds(3).
 *
 * @throws {Deno.errors.InvalidData} One of them does not listen for streams (a datagram socket, a fifo)
 * @throws {Deno.errors.BadResource} They were taken before
 *
 * @example
 * ```ts
 * import { inheritedListeners, listen } from "@ipc/ipc";
 *
 * const [inherited] = inheritedListeners();
 * await using listener = inherited?.listener ?? await listen("tcp://127.0.0.1:0");
 * console.log(`serving at ${listener.address}`);
 * ```
 */
export function inheritedListeners(): InheritedListener[] {
  if (Deno.env.get("LISTEN_PID") !== `${Deno.pid}`) return []; // They are for an ancestor, or there are none.
  const count = Number(Deno.env.get("LISTEN_FDS"));
  if (!Number.isInteger(count) || count < 1) return [];
  const names = (Deno.env.get("LISTEN_FDNAMES") ?? "").split(":");
  const descriptors = Array.from({ length: count }, (_, i) => descriptorOf(FIRST + i));
  return descriptors.map((descriptor, i) => {
    fcntl(descriptor.number("take"), F_SETFD, FD_CLOEXEC);
    descriptor.setNonBlocking(true);
    return { name: names[i] || "unknown", listener: new SocketListener(new OwnListener(descriptor)) };
  });
}

/** An inherited listening socket; nothing is changed yet. */
function descriptorOf(fd: number): FileDescriptor {
  const action = `Cannot take inherited listener ${fd}`;
  const flags = fcntl(fd, F_GETFD);
  if (flags < 0 || (flags & FD_CLOEXEC) !== 0) {
    throw notOurs(action, "this process was not started with it, or it was taken before");
  }
  if (kindOf(fd) !== "listener") {
    throw systemError("EINVAL", { action, syscall: "getsockopt", reason: "it does not listen for streams" });
  }
  return new FileDescriptor(fd, `inherited listener ${fd}`);
}
