import { type ErrnoName, errnoName } from "./ffi/errno.ts";

/** What is added to every error that a system call caused. */
export interface SystemErrorFields {
  /** The errno's name: "EEXIST". */
  code: string;
  /** The call that failed: "mkfifo". */
  syscall: string;
  /** The path that it was about. */
  path?: string;
}

/** What was tried, in words and in the system's terms. */
interface Attempt {
  /** With a capital and its object: `Cannot open fifo '/tmp/a'`. */
  action: string;
  syscall: string;
  path?: string | undefined;
  /** Why, when it is known better than the errno says. */
  reason?: string | undefined;
  /** What to do about it. */
  advice?: string | undefined;
}

type ErrorClass = new(message: string) => Error;

/** The nearest class, and what the errno means. A code without an entry makes a plain Error. */
const KNOWN: Partial<Record<ErrnoName, [ErrorClass, string]>> = {
  EPERM: [Deno.errors.PermissionDenied, "the system does not permit it"],
  ENOENT: [Deno.errors.NotFound, "it does not exist"],
  ESRCH: [Deno.errors.NotFound, "there is no such process"],
  EINTR: [Deno.errors.Interrupted, "interrupted by a signal"],
  ENXIO: [Deno.errors.NotConnected, "nobody has the other side open"],
  EBADF: [Deno.errors.BadResource, "the descriptor is not open"],
  EAGAIN: [Deno.errors.WouldBlock, "it would have to wait"],
  ENOMEM: [Error, "the system has no memory left"],
  EACCES: [Deno.errors.PermissionDenied, "permission denied"],
  EBUSY: [Deno.errors.Busy, "it is in use"],
  EEXIST: [Deno.errors.AlreadyExists, "it exists already"],
  ENOTDIR: [Deno.errors.NotADirectory, "a part of the path is not a directory"],
  EISDIR: [Deno.errors.IsADirectory, "it is a directory"],
  EINVAL: [Deno.errors.InvalidData, "the system refuses the argument"],
  ENFILE: [Error, "the system has no descriptors left"],
  EMFILE: [Error, "this process has no descriptors left (see ulimit -n)"],
  ENOSPC: [Error, "no space left on the device"],
  EROFS: [Deno.errors.PermissionDenied, "the file system is read-only"],
  EPIPE: [Deno.errors.BrokenPipe, "no reader has it open"],
  ENAMETOOLONG: [RangeError, "the name is too long (255 bytes a part, 4095 in all)"],
  ENOSYS: [Deno.errors.NotSupported, "this system does not have it"],
  ELOOP: [Deno.errors.FilesystemLoop, "too many symbolic links"],
  EOPNOTSUPP: [Deno.errors.NotSupported, "this system does not support it"],
  EADDRINUSE: [Deno.errors.AddrInUse, "somebody listens there already"],
  EADDRNOTAVAIL: [Deno.errors.AddrNotAvailable, "this machine does not have the address"],
  ENETUNREACH: [Deno.errors.NetworkUnreachable, "no network leads there"],
  EHOSTUNREACH: [Deno.errors.NetworkUnreachable, "no way leads to the host"],
  ECONNREFUSED: [Deno.errors.ConnectionRefused, "nobody listens there"],
  ECONNABORTED: [Deno.errors.ConnectionAborted, "the other side left before it was accepted"],
  EMSGSIZE: [RangeError, "it is too long for one message"],
  ETOOMANYREFS: [Error, "too many descriptors are on their way"],
  ETIMEDOUT: [Deno.errors.TimedOut, "it took too long"],
  ECONNRESET: [Deno.errors.ConnectionReset, "the other side is gone"],
  ENOTCONN: [Deno.errors.NotConnected, "it is not connected"],
};

/**
 * The typed error for a failed system call: the nearest `Deno.errors` class, with `code`, `syscall` and `path`.
 *
 * @param failure The errno's name, or its number (minus a result of lib/ffi), or such a negative result itself.
 */
export function systemError(failure: ErrnoName | number, attempt: Attempt): Error & SystemErrorFields {
  const code = typeof failure === "number" ? errnoName(Math.abs(failure)) : failure;
  const [Class, meaning] = KNOWN[code as ErrnoName] ?? [Error, "the system call failed"];
  const { action, syscall, path, reason = meaning, advice } = attempt;
  const message = `${action}: ${reason} (${syscall}: ${code})${advice === undefined ? "" : `; ${advice}`}`;
  const fields: SystemErrorFields = path === undefined ? { code, syscall } : { code, syscall, path };
  return Object.assign(new Class(message), fields);
}

/** The result of a system call when it succeeded; otherwise throws the typed error. */
export function succeeded(result: number, attempt: Attempt): number {
  if (result < 0) throw systemError(result, attempt);
  return result;
}

/** The error of a wait that reached its limit. */
export function timedOut(action: string, missing: string, timeout: number): Deno.errors.TimedOut {
  return Object.assign(new Deno.errors.TimedOut(`${action}: ${missing} within ${timeout} ms`), {
    code: "ETIMEDOUT",
  });
}

/** The error of a host name that no name service knows. */
export function unknownHost(action: string): Deno.errors.NotFound {
  const error = new Deno.errors.NotFound(`${action}: the host is not known (getaddrinfo: ENOTFOUND)`);
  return Object.assign(error, { code: "ENOTFOUND", syscall: "getaddrinfo" });
}

/** The error of using what is closed, or no longer ours. */
export function notOurs(action: string, why: string): Deno.errors.BadResource {
  return Object.assign(new Deno.errors.BadResource(`${action}: ${why}`), { code: "EBADF" });
}

/** The error of using at once what can be used by one caller at a time. */
export function busy(action: string, why: string): Deno.errors.Busy {
  return Object.assign(new Deno.errors.Busy(`${action}: ${why}`), { code: "EBUSY" });
}
