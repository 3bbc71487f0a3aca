/** Processes as the kernel lists them. */

import { until } from "./watchdog.ts";

/** Whether the process exists and has not ended: a zombie counts as ended. */
export function isRunning(pid: number): boolean {
  const state = statusOf(pid)?.State;
  return state !== undefined && !/^[ZX]/.test(state);
}

/**
 * Whether the process's first thread has given up its memory, and with it all that it had of shared objects: the kernel
 * does that first when it ends one, and closes its files afterwards. That takes long where nothing has a core for itself.
 */
export function hasNoMemory(pid: number): boolean {
  return statusOf(pid)?.VmSize === undefined;
}

/** Waits until the process has ended. */
export function untilGone(pid: number): Promise<void> {
  return until(`process ${pid} to end`, () => !isRunning(pid));
}

/** Ended children of this process that nobody waited for. */
export function zombies(): number[] {
  return [...Deno.readDirSync("/proc")]
    .map(({ name }) => Number(name))
    .filter((pid) => pid > 0)
    .filter((pid) => {
      const status = statusOf(pid);
      return status?.PPid === `${Deno.pid}` && status.State?.startsWith("Z") === true;
    });
}

/** Sends SIGKILL, unless it has ended. */
export function killIfRunning(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Kills the process at the end of a block, for children that would outlive a failing test. */
export function killedAtEnd(pid: number): Disposable {
  return { [Symbol.dispose]: () => killIfRunning(pid) };
}

function statusOf(pid: number): Record<string, string> | undefined {
  try {
    const lines = Deno.readTextFileSync(`/proc/${pid}/status`).trimEnd().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2)));
  } catch {
    return undefined;
  }
}

/** Whether the first thread of a process sleeps: in a system call, or because it has nothing to do. */
export function isAsleep(pid: number): boolean {
  return statusOf(pid)?.State?.startsWith("S") === true;
}

/** Whether a thread of this process sleeps, by the number that the kernel has for it. */
export function isThreadAsleep(thread: number): boolean {
  return /\) S /.test(Deno.readTextFileSync(`/proc/self/task/${thread}/stat`));
}
