/** `<errno.h>`: the numbers by name, for both systems (they differ above 34), and the last one of this thread. */

import { libc } from "./library.ts";
import { perOs } from "./platform.ts";

const COMMON = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
} as const;

const LINUX = {
  ...COMMON,
  EAGAIN: 11,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EOVERFLOW: 75,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETOOMANYREFS: 109,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EINPROGRESS: 115,
  EDQUOT: 122,
  EOWNERDEAD: 130,
} as const;

/** The name of an error number, as in errno(3). */
export type ErrnoName = keyof typeof LINUX;

const DARWIN: Record<ErrnoName, number> = {
  ...COMMON,
  EDEADLK: 11,
  EAGAIN: 35,
  EINPROGRESS: 36,
  ENOTSOCK: 38,
  EMSGSIZE: 40,
  EPROTOTYPE: 41,
  ENOPROTOOPT: 42,
  EOPNOTSUPP: 102,
  EAFNOSUPPORT: 47,
  EADDRINUSE: 48,
  EADDRNOTAVAIL: 49,
  ENETDOWN: 50,
  ENETUNREACH: 51,
  ECONNABORTED: 53,
  ECONNRESET: 54,
  ENOBUFS: 55,
  EISCONN: 56,
  ENOTCONN: 57,
  ETOOMANYREFS: 59,
  ETIMEDOUT: 60,
  ECONNREFUSED: 61,
  EHOSTUNREACH: 65,
  ELOOP: 62,
  ENAMETOOLONG: 63,
  ENOTEMPTY: 66,
  EDQUOT: 69,
  ENOSYS: 78,
  EOVERFLOW: 84,
  EOWNERDEAD: 105,
};

/** The number of an error on this system. */
export function errno(name: ErrnoName): number {
  return perOs<Record<ErrnoName, number>>({ linux: LINUX, darwin: DARWIN })[name];
}

/** The name of an error number on this system; a number that no table knows survives as "errno 123". */
export function errnoName(number: number): ErrnoName | `errno ${number}` {
  const table = Object.entries(perOs<Record<ErrnoName, number>>({ linux: LINUX, darwin: DARWIN }));
  return table.find(([, value]) => value === number)?.[0] as ErrnoName ?? `errno ${number}`;
}

const symbols = libc({
  __errno_location: { parameters: [], result: "pointer", optional: true },
  __error: { parameters: [], result: "pointer", optional: true },
});

let cell: Int32Array | undefined;

/** This thread's errno. It is read from memory, not by a call, so that no call of ours comes in between. */
export function lastErrno(): number {
  if (cell === undefined) {
    const { __errno_location, __error } = symbols();
    const pointer = (__errno_location ?? __error)!();
    // Safe: the C library keeps a thread's errno in place until the thread ends, and an isolate stays on its thread.
    cell = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(pointer!, 4));
  }
  return cell[0]!;
}
