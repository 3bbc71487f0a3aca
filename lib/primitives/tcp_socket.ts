/** TCP by system calls: faster than the runtime's, with descriptors of our own, which those of the runtime are not. */

import { succeeded, systemError, unknownHost } from "../errors.ts";
import { poll, POLLOUT } from "../ffi/poll.ts";
import {
  bind,
  getpeername,
  getsockoptInt,
  IPPROTO_TCP,
  listen,
  setsockoptInt,
  SO_ERROR,
  SO_REUSEADDR,
  SOCK_STREAM,
  socket,
  SOL_SOCKET,
  startConnect,
  TCP_NODELAY,
} from "../ffi/socket.ts";
import { familyOf, sockaddrIn } from "../ffi/socket_address.ts";
import type { WaitOptions } from "../options.ts";
import { addressText, type InetAddress } from "./address.ts";
import { builtin } from "./builtin.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { OwnSocket } from "./own_socket.ts";
import { whenReady } from "./readiness.ts";
import { addressesOf } from "./unix_socket.ts";
import { wait } from "./wait.ts";

/** Connects to the first of the host's addresses that answers. */
export async function connectTcp(
  where: InetAddress,
  noDelay: boolean,
  options: WaitOptions,
  late: () => Error,
): Promise<OwnSocket> {
  const addresses = await resolve(
    { ...where, hostname: where.hostname ?? "127.0.0.1" },
    "connect to",
    options,
    late,
  );
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await connectTo(address, where, noDelay, options, late);
    } catch (error) {
      failure = error;
      if ((error as { syscall?: string }).syscall !== "connect") break;
    }
  }
  throw failure;
}

/** A socket that listens at the first of the host's addresses. */
export async function listeningTcp(where: InetAddress, backlog: number): Promise<FileDescriptor> {
  const name = addressText(where);
  const attempt = { action: `Cannot listen at ${name}`, syscall: "listen" };
  const late = () => systemError("ETIMEDOUT", attempt);
  const [address] = await resolve({ ...where, hostname: where.hostname ?? "0.0.0.0" }, "listen at", {}, late);
  const fd = succeeded(socket(familyOf(address!), SOCK_STREAM), { ...attempt, syscall: "socket" });
  const descriptor = new FileDescriptor(fd, `listener at ${name}`);
  try {
    setsockoptInt(fd, SOL_SOCKET(), SO_REUSEADDR(), 1); // Not for two listeners: for those that ended a minute ago.
    succeeded(bind(fd, address!), { ...attempt, syscall: "bind" });
    succeeded(listen(fd, backlog), attempt);
    return descriptor;
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

async function connectTo(
  address: Uint8Array,
  where: InetAddress,
  noDelay: boolean,
  options: WaitOptions,
  late: () => Error,
): Promise<OwnSocket> {
  const name = addressText(where);
  const attempt = { action: `Cannot connect to ${name}`, syscall: "connect" };
  const fd = succeeded(socket(familyOf(address), SOCK_STREAM), { ...attempt, syscall: "socket" });
  const descriptor = new FileDescriptor(fd, `connection to ${name}`);
  try {
    const started = startConnect(fd, address);
    const look = () => {
      if (poll(fd, POLLOUT, 0) === 0) return undefined;
      const error = getsockoptInt(fd, SOL_SOCKET(), SO_ERROR());
      if (error !== 0) throw systemError(error, attempt);
      if (typeof getpeername(fd) === "number") throw systemError(started, attempt);
      return true;
    };
    if (look() === undefined) await whenReady(descriptor, look, options, late);
    setsockoptInt(fd, IPPROTO_TCP, TCP_NODELAY, noDelay ? 1 : 0);
    return new OwnSocket(descriptor, addressesOf(fd));
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

/** The addresses of a host, for the kernel. */
async function resolve(
  where: InetAddress,
  verb: string,
  options: WaitOptions,
  late: () => Error,
): Promise<Uint8Array[]> {
  const host = where.hostname!;
  const one = sockaddrIn(host, where.port);
  if (one !== undefined) return [one];
  const unknown = () => unknownHost(`Cannot ${verb} ${addressText(where)}`);
  return await wait<Uint8Array[]>(options, late, ({ resolve, reject }) => {
    builtin("node:dns").lookup(host, { all: true }, (error, found) => {
      if (error) return reject(unknown());
      const addresses = found.map(({ address }) => sockaddrIn(address, where.port));
      resolve(addresses.filter((address) => address !== undefined));
    });
    return () => {};
  });
}
