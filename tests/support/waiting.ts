/** Telling that something waits: a promise, or another process inside a system call. */

import { until } from "./watchdog.ts";

/** Whether the promise is pending, now and after a while. Busy machines can only make it look so, never not. */
export async function stillWaits(promise: Promise<unknown>, milliseconds = 40): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return !settled;
}

/**
 * Waits until the process runs `program` and its first thread sleeps, which programs as small as `cat` and `echo`
 * do only in the system call that they are started for.
 */
export async function asleep(pid: number, program: string): Promise<void> {
  await until(`${program} (${pid}) to sleep`, () => {
    const [, name, state] = Deno.readTextFileSync(`/proc/${pid}/stat`).match(/^\d+ \((.*)\) (\S)/)!;
    return name === program && state === "S";
  });
}
