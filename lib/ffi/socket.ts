/** `<sys/socket.h>`: sockets of this machine. Each returns its result, or minus the errno. */

import { checked } from "./call.ts";
import { lastErrno } from "./errno.ts";
import { F_SETFD, F_SETFL, fcntl, FD_CLOEXEC, O_CLOEXEC, O_NONBLOCK } from "./fcntl.ts";
import { libc } from "./library.ts";
import { os, perOs } from "./platform.ts";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = (): number => perOs({ linux: 10, darwin: 30 });
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;
export const SOL_SOCKET = (): number => perOs({ linux: 1, darwin: 0xffff });
/** Linux only. */
export const SO_PEERCRED = 17;
/** macOS only. */
export const SOL_LOCAL = 0;
/** macOS only. */
export const LOCAL_PEERCRED = 1;
/** macOS only. */
export const LOCAL_PEERPID = 2;
export const SO_KEEPALIVE = (): number => perOs({ linux: 9, darwin: 8 });
/** Seconds without a byte before the first probe (macOS calls it TCP_KEEPALIVE). */
export const TCP_KEEPIDLE = (): number => perOs({ linux: 4, darwin: 0x10 });
export const TCP_KEEPINTVL = (): number => perOs({ linux: 5, darwin: 0x101 });
export const TCP_KEEPCNT = (): number => perOs({ linux: 6, darwin: 0x102 });
/** Linux only: milliseconds that what was sent may stay unacknowledged. */
export const TCP_USER_TIMEOUT = 18;
const MSG_NOSIGNAL = (): number => perOs({ linux: 0x4000, darwin: 0x80000 });
const MSG_TRUNC = (): number => perOs({ linux: 0x20, darwin: 0 });
export const SO_REUSEADDR = (): number => perOs({ linux: 2, darwin: 4 });
export const SO_ERROR = (): number => perOs({ linux: 4, darwin: 0x1007 });
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const SO_TYPE = (): number => perOs({ linux: 3, darwin: 0x1008 });
export const SO_ACCEPTCONN = (): number => perOs({ linux: 30, darwin: 2 });

const symbols = libc({
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  accept: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "i32" },
  recvfrom: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
});

/** On Linux SOCK_CLOEXEC and SOCK_NONBLOCK have the values of the O_ flags, and work at birth. */
function atBirth(): number {
  return os() === "linux" ? O_CLOEXEC() | O_NONBLOCK() : 0;
}

function afterBirth(fd: number): number {
  if (os() !== "linux") {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK());
  }
  return fd;
}

/** Two connected Unix stream sockets, close-on-exec and non-blocking, or minus the errno. */
export function socketpair(): [number, number] | number {
  const ends = new Int32Array(2);
  const call = () => symbols().socketpair(AF_UNIX, SOCK_STREAM | atBirth(), 0, ends);
  const result = checked(call(), call);
  if (result < 0) return result;
  return [afterBirth(ends[0]!), afterBirth(ends[1]!)];
}

/** A socket, close-on-exec and non-blocking. */
export function socket(family: number, type: number): number {
  const call = () => symbols().socket(family, type | atBirth(), 0);
  const fd = checked(call(), call);
  return fd < 0 ? fd : afterBirth(fd);
}

/** Gives a socket its own address. */
export function bind(fd: number, address: Uint8Array): number {
  // Safe, here and below: the length is the view's own, and the view outlives the call.
  const call = () => symbols().bind(fd, address as BufferSource, address.byteLength);
  return checked(call(), call);
}

/** Gives a Unix socket an abstract name of the kernel's choice. Linux only. */
export function bindFree(fd: number): number {
  return bind(fd, new Uint8Array([AF_UNIX, 0]));
}

/** Lets others connect. */
export function listen(fd: number, backlog: number): number {
  return checked(symbols().listen(fd, backlog), () => symbols().listen(fd, backlog));
}

/** Takes the next connection, close-on-exec and non-blocking; minus EAGAIN when there is none. */
export function accept(fd: number): number {
  const { accept, accept4 } = symbols();
  if (os() === "linux") {
    const call = () => accept4(fd, null, null, O_CLOEXEC() | O_NONBLOCK());
    return checked(call(), call);
  }
  const accepted = checked(accept(fd, null, null), () => accept(fd, null, null));
  return accepted < 0 ? accepted : afterBirth(accepted);
}

/** Connects to an address; minus EAGAIN when a Unix listener's backlog is full. */
export function connect(fd: number, address: Uint8Array): number {
  const call = () => symbols().connect(fd, address as BufferSource, address.byteLength);
  return checked(call(), call);
}

/**
 * Begins to connect, and returns minus the errno, 0 when it is connected already. The errno is not confirmed, as the
 * call cannot be repeated: believe it only when the socket's state says that it failed.
 */
export function startConnect(fd: number, address: Uint8Array): number {
  return symbols().connect(fd, address as BufferSource, address.byteLength) === 0 ? 0 : -lastErrno();
}

/** Ends one direction of a socket, for every process that has it. */
export function shutdown(fd: number, how: number): number {
  return checked(symbols().shutdown(fd, how), () => symbols().shutdown(fd, how));
}

/** Sends one datagram to an address; minus EAGAIN when the receiver's queue is full. */
export function sendto(fd: number, p: Uint8Array, address: Uint8Array): number {
  const call = () =>
    symbols().sendto(
      fd,
      p as BufferSource,
      BigInt(p.byteLength),
      MSG_NOSIGNAL(),
      address as BufferSource,
      address.byteLength,
    );
  return checked(call(), call);
}

/** Receives one datagram into `p`: its whole length, also where that is more than fits (Linux), and its sender. */
export function recvfrom(
  fd: number,
  p: Uint8Array,
): { length: number; from: Uint8Array<ArrayBuffer> } | number {
  const from = new Uint8Array(SOCKADDR_SIZE);
  const length = new Uint32Array(1);
  const call = () => {
    length[0] = SOCKADDR_SIZE;
    return symbols().recvfrom(fd, p as BufferSource, BigInt(p.byteLength), MSG_TRUNC(), from, length);
  };
  const result = checked(call(), call);
  return result < 0 ? result : { length: result, from: from.subarray(0, length[0]) };
}

/** An option's value, as many bytes as the kernel gives. */
export function getsockopt(
  fd: number,
  level: number,
  name: number,
  most: number,
): DataView<ArrayBuffer> | number {
  const value = new Uint8Array(most);
  const length = new Uint32Array([most]);
  const call = () => symbols().getsockopt(fd, level, name, value, length);
  const result = checked(call(), call);
  return result < 0 ? result : new DataView(value.buffer, 0, length[0]);
}

/** An option whose value is an int. */
export function getsockoptInt(fd: number, level: number, name: number): number {
  const value = getsockopt(fd, level, name, 4);
  return typeof value === "number" ? value : value.getInt32(0, true);
}

/** Sets an option whose value is an int. */
export function setsockoptInt(fd: number, level: number, name: number, value: number): number {
  const bytes = new Int32Array([value]);
  const call = () => symbols().setsockopt(fd, level, name, bytes, 4);
  return checked(call(), call);
}

/** The socket's own address (its bytes, as many as the kernel gives). */
export function getsockname(fd: number): Uint8Array<ArrayBuffer> | number {
  return addressOf((address, length) => symbols().getsockname(fd, address, length));
}

/** The address of the socket's other side. */
export function getpeername(fd: number): Uint8Array<ArrayBuffer> | number {
  return addressOf((address, length) => symbols().getpeername(fd, address, length));
}

/** sockaddr_storage; sockaddr_un has 110 bytes on Linux, 106 on macOS. */
const SOCKADDR_SIZE = 128;

function addressOf(
  ask: (address: BufferSource, length: Uint32Array<ArrayBuffer>) => number,
): Uint8Array<ArrayBuffer> | number {
  const address = new Uint8Array(SOCKADDR_SIZE);
  const length = new Uint32Array([SOCKADDR_SIZE]);
  const call = () => {
    length[0] = SOCKADDR_SIZE;
    return ask(address, length);
  };
  const result = checked(call(), call);
  return result < 0 ? result : address.slice(0, length[0]);
}
