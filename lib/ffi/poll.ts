/** `<poll.h>`: waiting on this thread. */

import { errno, lastErrno } from "./errno.ts";
import { libc } from "./library.ts";

export const POLLIN = 0x1;
export const POLLOUT = 0x4;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;

const symbols = libc({ poll: { parameters: ["buffer", "u64", "i32"], result: "i32" } });

/** The longest that one poll(2) can be told to wait: 2^31-1 ms, 24 days. */
const MAX_WAIT = 0x7fffffff;

/**
 * Blocks this thread until `fd` is ready for one of `events`, for `timeout` milliseconds at most (Infinity: for
 * ever). Returns what it is ready for, 0 on time-out. An interrupted wait goes on for the time that is left.
 */
export function poll(fd: number, events: number, timeout: number): number {
  // struct pollfd { int fd; short events; short revents; }
  const entry = new DataView(new ArrayBuffer(8));
  entry.setInt32(0, fd, true);
  entry.setInt16(4, events, true);
  const end = performance.now() + timeout;
  for (;;) {
    const left = Math.max(0, Math.ceil(end - performance.now()));
    // Safe: one entry of eight bytes, and the count says one.
    const ready = symbols().poll(entry.buffer, 1n, left === Infinity ? -1 : Math.min(left, MAX_WAIT));
    if (ready > 0) return entry.getInt16(6, true);
    if (ready < 0 && lastErrno() !== errno("EINTR")) return POLLERR;
    if (performance.now() >= end) return 0;
  }
}

/** Blocks this thread for some milliseconds. */
export function sleep(milliseconds: number): void {
  symbols().poll(null, 0n, Math.ceil(milliseconds));
}
