/** Unix sockets by system calls: their descriptors are ours, which those of the runtime are not. */

import { succeeded, systemError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { os } from "../ffi/platform.ts";
import {
  AF_UNIX,
  bind,
  connect,
  getpeername,
  getsockname,
  listen,
  SOCK_DGRAM,
  SOCK_STREAM,
  socket,
  socketpair,
} from "../ffi/socket.ts";
import { sockaddrUn, socketAddress } from "../ffi/socket_address.ts";
import { fchmod } from "../ffi/stat.ts";
import { close } from "../ffi/unistd.ts";
import type { WaitOptions } from "../options.ts";
import { addressText } from "./address.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { type Addresses, OwnSocket } from "./own_socket.ts";
import { rendezvous } from "./rendezvous.ts";
import { withoutMode } from "./socket_file.ts";

/** Connects to a Unix socket. It waits only while the listener's backlog is full. */
export async function connectUnix(path: string, options: WaitOptions, late: () => Error): Promise<OwnSocket> {
  const name = addressText({ transport: "unix", path });
  const attempt = { action: `Cannot connect to ${name}`, syscall: "connect", path };
  const fd = succeeded(socket(AF_UNIX, SOCK_STREAM), { ...attempt, syscall: "socket" });
  const descriptor = new FileDescriptor(fd, `connection to ${name}`);
  try {
    const address = sockaddrUn(path);
    const look = () => {
      const result = connect(fd, address);
      return result === -errno("EAGAIN") ? undefined : succeeded(result, attempt);
    };
    if (look() === undefined) await rendezvous(look, options, late);
    return new OwnSocket(descriptor, { ...addressesOf(fd), remoteAddr: { transport: "unix", path } });
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

/** A Unix socket of a type, bound to `path`; its file has `mode` from its birth on, narrowed by the umask. */
export function boundUnix(path: string, type: number, mode: number): FileDescriptor {
  const name = addressText({ transport: type === SOCK_DGRAM ? "unixgram" : "unix", path });
  const attempt = { action: `Cannot listen at ${name}`, syscall: "bind", path };
  const fd = succeeded(socket(AF_UNIX, type), { ...attempt, syscall: "socket" });
  const descriptor = new FileDescriptor(fd, `socket at ${name}`);
  try {
    const address = sockaddrUn(path);
    if (os() === "linux") {
      fchmod(fd, mode);
      succeeded(bind(fd, address), attempt);
    } else withoutMode(~mode, () => succeeded(bind(fd, address), attempt));
    return descriptor;
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

/** {@linkcode boundUnix}, ready to accept streams. */
export function listeningUnix(path: string, backlog: number, mode: number): FileDescriptor {
  const descriptor = boundUnix(path, SOCK_STREAM, mode);
  const result = listen(descriptor.number("listen with"), backlog);
  if (result < 0) descriptor.close();
  succeeded(result, {
    action: `Cannot listen at ${addressText({ transport: "unix", path })}`,
    syscall: "listen",
  });
  return descriptor;
}

/**
 * Whether a socket of any kind is behind the file. A datagram's connect tells without disturbing it: a socket of
 * another type is EPROTOTYPE, and no socket ECONNREFUSED.
 */
export function isLiveUnix(path: string): boolean {
  const fd = succeeded(socket(AF_UNIX, SOCK_DGRAM), {
    action: `Cannot look at unix:${path}`,
    syscall: "socket",
  });
  const result = connect(fd, sockaddrUn(path));
  close(fd);
  return result !== -errno("ECONNREFUSED") && result !== -errno("ENOENT");
}

/** Two connected Unix sockets of this process. */
export function unixPair(name: string): [FileDescriptor, FileDescriptor] {
  const ends = socketpair();
  if (typeof ends === "number") {
    throw systemError(ends, { action: `Cannot make ${name}`, syscall: "socketpair" });
  }
  return [new FileDescriptor(ends[0], name), new FileDescriptor(ends[1], name)];
}

/** Where the two sides of a connected socket are. */
export function addressesOf(fd: number): Addresses {
  return { localAddr: addrOf(getsockname(fd)), remoteAddr: addrOf(getpeername(fd)) };
}

/** What Deno calls an address of the kernel's. */
export function addrOf(bytes: Uint8Array | number): Deno.Addr {
  const address = typeof bytes === "number" ? undefined : socketAddress(bytes);
  if (address === undefined) return { transport: "unix", path: "" };
  return "path" in address ? { transport: "unix", ...address } : { transport: "tcp", ...address };
}
