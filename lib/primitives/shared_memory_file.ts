import { succeeded, systemError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import {
  F_SETLEASE,
  F_SETSIG,
  F_UNLCK,
  F_WRLCK,
  fcntl,
  flock,
  LOCK_EX,
  LOCK_NB,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  open,
  openNew,
  posix_fallocate,
} from "../ffi/fcntl.ts";
import {
  F_ADD_SEALS,
  F_GET_SEALS,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  memfd_create,
  MFD_ALLOW_SEALING,
  MFD_NOEXEC_SEAL,
  shm_open,
  shm_unlink,
} from "../ffi/mman.ts";
import { os } from "../ffi/platform.ts";
import { sleep } from "../ffi/poll.ts";
import { type FileStatus, fstat, lstat, S_IFREG, S_ISVTX } from "../ffi/stat.ts";
import { close, ftruncate, linkDescriptor, unlink } from "../ffi/unistd.ts";
import { builtin } from "./builtin.ts";
import { FileDescriptor } from "./file_descriptor.ts";

/** Where Linux has the objects of shm_open(3), as files. */
export const FOLDER = "/dev/shm";
/** A file that a reaper looks at is closed to others for some microseconds; one that is being made, until it has a size. */
const MOMENT = 1000;
/** So often is looked, 1 ms apart, before a name counts as used: a reaper may have it open for some microseconds. */
const LOOKS = 5;
/** A name that changes hands that often while one looks is somebody's game. */
const MOST_TURNS = 100;

/** A name of shm_open(3) without its slash: as Python has it. */
export function checkName(name: unknown): string {
  if (typeof name !== "string") {
    throw new TypeError(`A name of shared memory is a string, not ${typeof name}`);
  }
  const quoted = JSON.stringify(name);
  if (name === "") {
    throw new TypeError("A name of shared memory cannot be empty; leave it out for memory without one");
  }
  if (name.includes("/")) {
    throw new TypeError(`The name ${quoted} has a slash in it; POSIX's leading slash is added here`);
  }
  if (name === "." || name === "..") throw new TypeError(`The name ${quoted} is a folder's`);
  if (name.includes("\0")) throw new TypeError(`The name ${quoted} has a NUL in it, and no name can`);
  if (!name.isWellFormed()) throw new TypeError(`The name ${quoted} is not well-formed Unicode`);
  const bytes = new TextEncoder().encode(name).length;
  const most = os() === "darwin" ? 30 : 255; // Darwin's PSHMNAMLEN is 31 with the slash.
  if (bytes <= most) return name;
  const { message } = systemError("ENAMETOOLONG", {
    action: `Cannot use the name ${quoted.slice(0, 40)}…`,
    syscall: "shm_open",
    reason: `it has ${bytes} bytes, and ${most} is the most`,
  });
  throw Object.assign(new RangeError(message), { code: "ENAMETOOLONG", syscall: "shm_open" });
}

/** What the memory is called in messages. */
export function describe(name: string | undefined): string {
  return name === undefined ? "shared memory" : `shared memory '${name}'`;
}

/** The path of a name, where it has one. */
function pathOfName(name: string): string {
  return os() === "linux" ? `${FOLDER}/${name}` : `/${name}`;
}

/** Memory without a name, empty pages all of it. */
export function makeUnnamed(size: number, action: string): FileDescriptor {
  if (os() !== "linux") return makeUnlinked(size, action);
  let made = memfd_create("ipc", MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (made === -errno("EINVAL")) made = memfd_create("ipc", MFD_ALLOW_SEALING); // Before Linux 6.3.
  const fd = succeeded(made, { action, syscall: "memfd_create" });
  // Opened anew, as inotify does not see the descriptor that memfd_create(2) returns.
  const anew = open(`/proc/self/fd/${fd}`, O_RDWR);
  if (anew >= 0) close(fd);
  return sized(new FileDescriptor(anew >= 0 ? anew : fd, "shared memory"), size, action);
}

/** Nobody can change the size any more, nor, when there is a sole writer, write but through mappings there are. */
export function sealMemory(descriptor: FileDescriptor, soleWriter: boolean, action: string): void {
  if (os() !== "linux") return;
  const seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (soleWriter ? F_SEAL_FUTURE_WRITE : 0);
  succeeded(fcntl(descriptor.number("seal"), F_ADD_SEALS, seals), { action, syscall: "fcntl" });
}

/** Seals what somebody else made against shrinking, when it lets itself be sealed. */
export function sealedAgainstShrinking(descriptor: FileDescriptor): boolean {
  if (os() !== "linux") return false;
  const fd = descriptor.number("seal");
  const isSealed = () => {
    const seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK) !== 0;
  };
  if (isSealed()) return true;
  fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
  return isSealed();
}

/**
 * Makes memory with a name: `prepare` gets it while nobody else can see it, and it appears whole. A name that this
 * library made and nobody has open is taken over.
 *
 * Ours are told from others' by the sticky bit, which means nothing on a file and is there from the first moment.
 */
export function makeNamed(
  name: string,
  size: number,
  mode: number,
  action: string,
  prepare: (descriptor: FileDescriptor) => void,
): FileDescriptor {
  const path = pathOfName(name);
  const attempt = { action, path };
  makeWay(name, action);
  const made = os() === "linux"
    ? openNew(FOLDER, O_TMPFILE() | O_RDWR, mode | S_ISVTX)
    : -errno("EOPNOTSUPP");
  const unnamedIsUnknown = ["EOPNOTSUPP", "EISDIR", "EINVAL"] as const;
  if (unnamedIsUnknown.some((code) => made === -errno(code))) {
    return makeInTheOpen(name, size, mode, action, prepare);
  }
  succeeded(made, { ...attempt, syscall: "open", path: FOLDER });
  const descriptor = new FileDescriptor(made, describe(name));
  try {
    sized(descriptor, size, action, path);
    prepare(descriptor);
    for (let turns = 0;; turns++) {
      const result = linkDescriptor(made, path);
      if (result >= 0) return descriptor;
      if (result !== -errno("EEXIST") || turns === MOST_TURNS) {
        succeeded(result, { ...attempt, syscall: "linkat" });
      }
      makeWay(name, action);
    }
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

/** Where a file must have its name before its contents (macOS): it is seen while it is made. */
function makeInTheOpen(
  name: string,
  size: number,
  mode: number,
  action: string,
  prepare: (descriptor: FileDescriptor) => void,
): FileDescriptor {
  const path = pathOfName(name);
  const sticky = os() === "linux" ? S_ISVTX : 0;
  const fd = shm_open(`/${name}`, O_RDWR | O_CREAT() | O_EXCL(), mode | sticky);
  const descriptor = new FileDescriptor(succeeded(fd, { action, path, syscall: "shm_open" }), describe(name));
  try {
    sized(descriptor, size, action, path);
    prepare(descriptor);
    return descriptor;
  } catch (error) {
    shm_unlink(`/${name}`);
    descriptor.close();
    throw error;
  }
}

/** macOS: a name that is gone before anybody can use it. */
function makeUnlinked(size: number, action: string): FileDescriptor {
  const name = `/ipc-${crypto.randomUUID().slice(0, 18)}`;
  const fd = succeeded(shm_open(name, O_RDWR | O_CREAT() | O_EXCL(), 0o600), { action, syscall: "shm_open" });
  shm_unlink(name);
  return sized(new FileDescriptor(fd, "shared memory"), size, action);
}

/** Gives new memory its size. A file in /dev/shm gets its pages now: a page that is missing later is SIGBUS. */
function sized(descriptor: FileDescriptor, size: number, action: string, path?: string): FileDescriptor {
  try {
    const fd = descriptor.number("size");
    succeeded(ftruncate(fd, size), { action: `${action}, ${size} bytes`, syscall: "ftruncate", path });
    if (path !== undefined) allocate(descriptor, size, action, path);
    return descriptor;
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

/** Every page of the file, now or never. */
export function allocate(descriptor: FileDescriptor, size: number, action: string, path?: string): void {
  const result = posix_fallocate(descriptor.number("size"), size);
  succeeded(result, {
    action: `${action}, ${size} bytes`,
    syscall: "posix_fallocate",
    path,
    ...(result === -errno("ENOSPC") ? { advice: `see df ${FOLDER}; docker run has --shm-size` } : {}),
  });
}

/** Opens a name, and nothing that is not a file, nor one whose name was removed meanwhile. */
export function openNamed(name: string, access: number, action: string): [FileDescriptor, FileStatus] {
  const path = pathOfName(name);
  const attempt = { action, path, syscall: "shm_open" };
  const end = performance.now() + MOMENT;
  for (;;) {
    const fd = os() === "linux"
      ? open(path, access | O_NOFOLLOW() | O_NONBLOCK())
      : shm_open(`/${name}`, access, 0);
    const patient = performance.now() < end;
    if (fd === -errno("EAGAIN") && patient) { // Somebody asks whether it is in use.
      sleep(1);
      continue;
    }
    if (fd === -errno("EAGAIN")) {
      throw systemError("EBUSY", { ...attempt, reason: "another process has a lease on it" });
    }
    succeeded(fd, attempt);
    const descriptor = new FileDescriptor(fd, describe(name));
    try {
      const status = statusOf(descriptor, action);
      if (os() !== "linux" || (status.links > 0 && status.size > 0)) return [descriptor, status];
      // Removed meanwhile; or not yet given its size, as Python does after it has made the name.
      descriptor.close();
      if (!patient) throw systemError("EINVAL", { ...attempt, reason: "it is empty" });
      if (status.links > 0) sleep(1);
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }
}

/** What a descriptor leads to, which must be a file. */
export function statusOf(descriptor: FileDescriptor, action: string): FileStatus {
  const status = fstat(descriptor.number("look at"));
  if (typeof status === "number") throw systemError(status, { action, syscall: "fstat" });
  if (os() === "linux" && status.type !== S_IFREG) {
    throw systemError("EINVAL", { action, syscall: "fstat", reason: "it is neither memory nor a file" });
  }
  return status;
}

/** Removes a name; when an identity is given, only while it is this file's, and without an error when it is gone. */
export function removeName(name: string, identity: string | undefined, action: string): void {
  const path = pathOfName(name);
  if (os() === "linux" && identity !== undefined) {
    const status = lstat(path);
    if (typeof status === "number" || status.identity !== identity) return;
  }
  const result = os() === "linux" ? unlink(path) : shm_unlink(`/${name}`);
  if (result === -errno("ENOENT") && identity !== undefined) return;
  succeeded(result, { action, path, syscall: "shm_unlink" });
}

/** Lets a name be made: removes it when it is a dead one of ours, throws when it is not. */
function makeWay(name: string, action: string): void {
  const left = removeIfLeft(name, true, LOOKS);
  if (left === "removed" || left === "missing") return;
  const reason = {
    foreign: "it exists already, and is not one that this library made for this user",
    used: "it exists already, and somebody has it open",
  }[left];
  throw systemError("EEXIST", { action, syscall: "shm_open", path: pathOfName(name), reason });
}

/**
 * Removes a name that this library made and that nobody has open, or only finds it.
 *
 * The kernel tells whether anybody else has a file open, in whatever pid namespace, by granting a write lease or not
 * (fcntl(2), F_SETLEASE). Who opens it during the lease waits for some microseconds, and then sees that it has no name.
 *
 * Two that look at the same time would each keep the other from the lease: of those that look more than once only one
 * goes on, by a lock on the file, which nobody uses else.
 */
export function removeIfLeft(
  name: string,
  remove: boolean,
  looks = 1,
): "removed" | "missing" | "foreign" | "used" {
  const path = pathOfName(name);
  if (os() !== "linux") return "missing"; // The kernel of macOS tells neither; shm_open() finds out whether it exists.
  const before = lstat(path);
  if (typeof before === "number") return before === -errno("ENOENT") ? "missing" : "foreign";
  if (before.type !== S_IFREG || (before.mode & S_ISVTX) === 0) return "foreign";
  const fd = open(path, O_RDONLY | O_NOFOLLOW() | O_NONBLOCK());
  if (fd < 0) return fd === -errno("ENOENT") ? "missing" : fd === -errno("EAGAIN") ? "used" : "foreign";
  try {
    if (looks > 1 && flock(fd, LOCK_EX | LOCK_NB) < 0) return "used";
    // A lease that is broken tells by a signal: one that is ignored where nobody listens, unlike SIGIO, which kills.
    fcntl(fd, F_SETSIG, builtin("node:os").constants.signals.SIGURG);
    for (let look = 1;; look++) {
      const lease = fcntl(fd, F_SETLEASE, F_WRLCK);
      if (lease >= 0) break;
      if (lease === -errno("EACCES")) return "foreign";
      if (look === looks) return "used";
      sleep(1);
    }
    const now = lstat(path);
    if (typeof now === "number") return "missing";
    if (now.identity !== before.identity) return "used";
    if (!remove) return "removed";
    return unlink(path) >= 0 ? "removed" : "foreign";
  } finally {
    fcntl(fd, F_SETLEASE, F_UNLCK);
    close(fd);
  }
}
