/** `<sys/prctl.h>` and `<unistd.h>`: being told of a parent's end. Linux. */

import { libc } from "./library.ts";

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;

const symbols = libc({
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  getppid: { parameters: [], result: "i32" },
});

/**
 * From now on the kernel kills this process (SIGKILL) when the thread that started it ends. False when that thread's
 * process has ended already: it is not `parent` any more.
 */
export function dieWithParent(parent: number): boolean {
  const { prctl, getppid } = symbols();
  return prctl(PR_SET_PDEATHSIG, SIGKILL, 0n, 0n, 0n) !== 0 || getppid() === parent;
}
