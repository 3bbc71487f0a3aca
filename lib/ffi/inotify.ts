/** `<sys/inotify.h>`: inotify(7). Linux only. Each returns its result, or minus the errno. */

import { checked } from "./call.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./fcntl.ts";
import { cString, libc } from "./library.ts";

export const IN_MODIFY = 0x2;
/** Its mode, its owner, or how many names it has. */
export const IN_ATTRIB = 0x4;
export const IN_CLOSE_WRITE = 0x8;
export const IN_CLOSE_NOWRITE = 0x10;
/** In an event: so many came that some were dropped. */
export const IN_Q_OVERFLOW = 0x4000;

/** `struct inotify_event { int wd; uint32_t mask, cookie, len; char name[len]; }`, without the name. */
export const EVENT_SIZE = 16;

const symbols = libc({
  inotify_init1: { parameters: ["i32"], result: "i32" },
  inotify_add_watch: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  inotify_rm_watch: { parameters: ["i32", "i32"], result: "i32" },
});

/** A queue of events, non-blocking and close-on-exec. */
export function inotify_init(): number {
  const flags = O_NONBLOCK() | O_CLOEXEC();
  return checked(symbols().inotify_init1(flags), () => symbols().inotify_init1(flags));
}

/** Watches a file. Two paths of the same file have the same number. */
export function inotify_add_watch(fd: number, path: string, mask: number): number {
  const name = cString(path);
  const add = () => symbols().inotify_add_watch(fd, name, mask);
  return checked(add(), add);
}

/** Stops watching. */
export function inotify_rm_watch(fd: number, watch: number): number {
  return checked(symbols().inotify_rm_watch(fd, watch), () => symbols().inotify_rm_watch(fd, watch));
}
