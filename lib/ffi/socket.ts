/** `<sys/socket.h>`: pairs of connected sockets. Each returns its result, or minus the errno. */

import { checked } from "./call.ts";
import { F_SETFD, F_SETFL, fcntl, FD_CLOEXEC, O_CLOEXEC, O_NONBLOCK } from "./fcntl.ts";
import { libc } from "./library.ts";
import { os } from "./platform.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
export const SHUT_RD = 0;
export const SHUT_WR = 1;

const symbols = libc({
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
});

/** Two connected Unix stream sockets, close-on-exec and non-blocking, or minus the errno. */
export function socketpair(): [number, number] | number {
  const ends = new Int32Array(2);
  // On Linux SOCK_CLOEXEC and SOCK_NONBLOCK have the values of the O_ flags.
  const atBirth = os() === "linux" ? O_CLOEXEC() | O_NONBLOCK() : 0;
  const call = () => symbols().socketpair(AF_UNIX, SOCK_STREAM | atBirth, 0, ends);
  const result = checked(call(), call);
  if (result < 0) return result;
  if (atBirth === 0) {
    for (const fd of ends) {
      fcntl(fd, F_SETFD, FD_CLOEXEC);
      fcntl(fd, F_SETFL, O_NONBLOCK());
    }
  }
  return [ends[0]!, ends[1]!];
}

/** Ends one direction of a socket, for every process that has it. */
export function shutdown(fd: number, how: number): number {
  return checked(symbols().shutdown(fd, how), () => symbols().shutdown(fd, how));
}
