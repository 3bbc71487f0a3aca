/** `<sys/stat.h>`: mkfifo(3) and what a file is. Each returns its result, or minus the errno. */

import { checked } from "./call.ts";
import { cString, libc } from "./library.ts";
import { os } from "./platform.ts";

export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFDIR = 0o040000;
export const S_IFBLK = 0o060000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;
/** The sticky bit. */
export const S_ISVTX = 0o1000;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS_AND_BTIME = 0xfff;

const symbols = libc({
  mkfifo: { parameters: ["buffer", "u32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
});

/** macOS: with 64-bit inodes the functions of x86-64 have names of their own. */
const darwinSymbols = libc({
  stat: { parameters: ["buffer", "buffer"], result: "i32", optional: true },
  lstat: { parameters: ["buffer", "buffer"], result: "i32", optional: true },
  fstat: { parameters: ["i32", "buffer"], result: "i32", optional: true },
  stat$INODE64: { parameters: ["buffer", "buffer"], result: "i32", optional: true },
  lstat$INODE64: { parameters: ["buffer", "buffer"], result: "i32", optional: true },
  fstat$INODE64: { parameters: ["i32", "buffer"], result: "i32", optional: true },
});

/** What identifies a file, and its type. */
export interface FileStatus {
  /** The S_IF… value. */
  type: number;
  /**
   * Device, inode, type and birth: equal for two names or descriptors of one file. The number of an inode alone
   * is soon given to the next file that is made.
   */
  identity: string;
  /** The permission bits, with S_ISVTX and its like. */
  mode: number;
  /** In bytes. */
  size: number;
  /** How much of it has a place on the device, in bytes. */
  allocated: number;
  /** How many names it has. */
  links: number;
  /** Its owner. */
  uid: number;
}

/** Makes a fifo. The mode is narrowed by the umask. */
export function mkfifo(path: string, mode: number): number {
  const name = cString(path);
  return checked(symbols().mkfifo(name, mode), () => symbols().mkfifo(name, mode));
}

/** Sets a descriptor's mode. On Linux, a socket's before bind(2) is that of the file to be, narrowed by the umask. */
export function fchmod(fd: number, mode: number): number {
  return checked(symbols().fchmod(fd, mode), () => symbols().fchmod(fd, mode));
}

/** What `path` leads to, through symbolic links. */
export function stat(path: string): FileStatus | number {
  return status(cString(path), AT_FDCWD, 0);
}

/** What `path` itself is, a symbolic link included. */
export function lstat(path: string): FileStatus | number {
  return status(cString(path), AT_FDCWD, AT_SYMLINK_NOFOLLOW);
}

/** What a descriptor leads to. */
export function fstat(fd: number): FileStatus | number {
  return status(cString(""), fd, AT_EMPTY_PATH);
}

function status(path: Uint8Array<ArrayBuffer>, fd: number, flags: number): FileStatus | number {
  // Both structs are smaller: statx 256 bytes, Darwin's stat 144.
  const out = new DataView(new ArrayBuffer(256));
  const call = () => {
    if (os() === "linux") {
      return symbols().statx(fd, path, flags, STATX_BASIC_STATS_AND_BTIME, out.buffer);
    }
    const c = darwinSymbols();
    if (flags & AT_EMPTY_PATH) return (c.fstat$INODE64 ?? c.fstat)!(fd, out.buffer);
    if (flags & AT_SYMLINK_NOFOLLOW) return (c.lstat$INODE64 ?? c.lstat)!(path, out.buffer);
    return (c.stat$INODE64 ?? c.stat)!(path, out.buffer);
  };
  const result = checked(call(), call);
  if (result < 0) return result;
  // statx(2) has one layout on every architecture. The birth is 0 where a file system does not keep it.
  if (os() === "linux") {
    const mode = out.getUint16(28, true);
    const birth = `${out.getBigInt64(80, true)}.${out.getUint32(88, true)}`;
    const device = `${out.getUint32(136, true)}:${out.getUint32(140, true)}`;
    return {
      type: mode & S_IFMT,
      identity: `${device}:${out.getBigUint64(32, true)}:${mode & S_IFMT}:${birth}`,
      mode: mode & ~S_IFMT,
      size: Number(out.getBigUint64(40, true)),
      allocated: Number(out.getBigUint64(48, true)) * 512,
      links: out.getUint32(16, true),
      uid: out.getUint32(20, true),
    };
  }
  // Darwin's struct stat with 64-bit inodes.
  const mode = out.getUint16(4, true);
  const birth = `${out.getBigInt64(80, true)}.${out.getBigInt64(88, true)}`;
  return {
    type: mode & S_IFMT,
    identity: `${out.getInt32(0, true)}:${out.getBigUint64(8, true)}:${mode & S_IFMT}:${birth}`,
    mode: mode & ~S_IFMT,
    size: Number(out.getBigInt64(96, true)),
    allocated: Number(out.getBigInt64(104, true)) * 512,
    links: out.getUint16(6, true),
    uid: out.getUint32(16, true),
  };
}
