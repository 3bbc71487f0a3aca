/** Flags and numbers of open descriptors, as the kernel lists them (Linux). */

import { openDescriptors } from "./descriptors.ts";

const NONBLOCK = 0o4000;
const CLOEXEC = 0o2000000;

/** Whether reads and writes of the descriptor answer at once, in this process or another. */
export function isNonBlocking(fd: number, pid: number | "self" = "self"): boolean {
  return (flagsOf(fd, pid) & NONBLOCK) !== 0;
}

/** The descriptors from 3 on that every child of this process gets: what it got itself in that way. */
export function inheritable(): number[] {
  return [...openDescriptors().keys()]
    .filter((fd) => fd > 2)
    .filter((fd) => (flagsOf(fd, "self") & CLOEXEC) === 0)
    .sort((a, b) => a - b);
}

/** What `make` returns, and the descriptors that it opened, lowest first. */
export function opening<T>(make: () => T): { made: T; fds: number[] } {
  const before = openDescriptors();
  const made = make();
  const fds = [...openDescriptors().keys()].filter((fd) => !before.has(fd)).sort((a, b) => a - b);
  return { made, fds };
}

function flagsOf(fd: number, pid: number | "self"): number {
  try {
    const info = Deno.readTextFileSync(`/proc/${pid}/fdinfo/${fd}`);
    return parseInt(/^flags:\s*(\d+)/m.exec(info)![1]!, 8);
  } catch (error) {
    // The listing's own descriptor is closed by now.
    if (pid === "self" && error instanceof Deno.errors.NotFound) return CLOEXEC;
    throw error;
  }
}
