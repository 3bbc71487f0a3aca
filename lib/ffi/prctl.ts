/** `<sys/prctl.h>` and `<unistd.h>`: being told of a parent's end. Linux. */

import { libc } from "./library.ts";

const PR_SET_PDEATHSIG = 1;
export const SIGKILL = 9;
export const SIGTERM = 15;

const symbols = libc({
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  getppid: { parameters: [], result: "i32" },
});

/**
 * From now on the kernel sends this process a signal when the thread that started it ends: SIGKILL unless told. False
 * when that thread's process has ended already: it is not `parent` any more.
 */
export function dieWithParent(parent: number, signal: typeof SIGKILL | typeof SIGTERM = SIGKILL): boolean {
  const { prctl, getppid } = symbols();
  return prctl(PR_SET_PDEATHSIG, BigInt(signal), 0n, 0n, 0n) !== 0 || getppid() === parent;
}
