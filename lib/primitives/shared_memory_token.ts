import { systemError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { F_DUPFD_CLOEXEC, fcntl, O_NONBLOCK, open } from "../ffi/fcntl.ts";
import { os } from "../ffi/platform.ts";
import { type FileStatus, stat } from "../ffi/stat.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { checkName, describe, openNamed, statusOf } from "./shared_memory_file.ts";

/**
 * Something shared, on its way to another thread or process of this machine: plain data that can be posted, sent in a
 * message, or given as JSON in an argument. What it leads to must be open at the sharer's when it is received, or have
 * a name. It gives nobody a right: the receiver must be of the same user, or be let by the name's mode.
 */
export interface SharedToken {
  /** What is shared: "SharedMemory", "Lock", … */
  readonly kind: string;
  /** The process that shared it. */
  readonly pid: number;
  /** Its descriptor there. */
  readonly fd: number;
  /** What tells the memory from every other. */
  readonly identity: string;
  /** Whether it can be read only. */
  readonly readOnly: boolean;
  /** Its name, when it has one. */
  readonly name?: string;
}

/** Checks that a value is a token for this kind. */
export function checkToken(token: unknown, kind: string): SharedToken {
  const { kind: theirs, pid, fd, identity, readOnly, name } = (token ?? {}) as Record<
    keyof SharedToken,
    unknown
  >;
  const isNumber = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (
    typeof theirs !== "string" || typeof identity !== "string" || typeof readOnly !== "boolean"
    || !isNumber(pid) || !isNumber(fd)
  ) throw new TypeError(`Cannot receive this as a ${kind}: give it what share() returned`);
  if (theirs !== kind) {
    throw new TypeError(`Cannot receive a ${theirs} as a ${kind}: use ${theirs}.from()`);
  }
  if (name !== undefined) checkName(name);
  return token as SharedToken;
}

/** Opens what a token leads to: at its sharer's, or by its name. */
export function openToken(token: SharedToken, access: number): [FileDescriptor, FileStatus] {
  const { pid, fd, identity, name } = token;
  const action = `Cannot receive ${describe(name)}`;
  const opened = os() === "linux" ? openAt(pid, fd, identity, access) : copyAt(pid, fd);
  if (opened >= 0) {
    const descriptor = new FileDescriptor(opened, describe(name));
    try {
      const status = statusOf(descriptor, action);
      if (status.identity === identity) return [descriptor, status];
    } catch {
      // It is something else now.
    }
    descriptor.close();
  }
  if (name !== undefined) {
    const [descriptor, status] = openNamed(name, access, action);
    if (status.identity === identity) return [descriptor, status];
    descriptor.close();
  }
  const path = `/proc/${pid}/fd/${fd}`;
  if (opened === -errno("EACCES") || opened === -errno("EPERM")) {
    throw systemError(opened, {
      action,
      syscall: "open",
      path,
      advice: "hand it over with spawn's fds, or send it",
    });
  }
  throw systemError("ENOENT", {
    action,
    syscall: "open",
    path,
    reason: `process ${pid} does not have it open, or is not of this pid namespace`,
    advice: "keep it open there until it is received",
  });
}

function openAt(pid: number, fd: number, identity: string, access: number): number {
  const path = `/proc/${pid === Deno.pid ? "self" : pid}/fd/${fd}`;
  // Looked at before it is opened: opening what is there now could have effects of its own.
  const status = stat(path);
  if (typeof status === "number") return status;
  return status.identity === identity ? open(path, access | O_NONBLOCK()) : -errno("ENOENT");
}

function copyAt(pid: number, fd: number): number {
  return pid === Deno.pid ? fcntl(fd, F_DUPFD_CLOEXEC(), 3) : -errno("ENOENT");
}
