/**
 * Waiting until a descriptor is ready that node:net's Socket does not adopt (datagrams), or whose bytes it must not
 * read (descriptors travel with them). On Linux the kernel sends a signal when it becomes ready: SIGURG, as that one
 * is ignored where nobody listens. That takes about 80 us. Elsewhere a look is taken every 16 ms.
 */

import { F_GETFL, F_SETFL, F_SETOWN, F_SETSIG, fcntl, O_ASYNC } from "../ffi/fcntl.ts";
import { os } from "../ffi/platform.ts";
import type { WaitOptions } from "../options.ts";
import { builtin } from "./builtin.ts";
import type { FileDescriptor } from "./file_descriptor.ts";
import { rendezvous } from "./rendezvous.ts";
import { wait } from "./wait.ts";

/**
 * A look is taken so often in any case, in milliseconds: the kernel tells one process only, and a descriptor can be
 * shared with others.
 */
const SAFE = 100;

const looks = new Set<() => void>();
const waiting = new Map<FileDescriptor, number>();

/** Lets all who wait look again: after a descriptor was closed, their attempts fail. */
export function lookAgain(): void {
  for (const look of looks) look();
}

/**
 * Calls `look` whenever the descriptor may be ready, until the function that is returned is called. That neither
 * keeps the process running nor notices anything that was ready before. Linux only.
 */
export function onReady(descriptor: FileDescriptor, look: () => void): () => void {
  if (looks.size === 0) Deno.addSignalListener("SIGURG", lookAgain);
  looks.add(look);
  count(descriptor, 1);
  return () => {
    if (!looks.delete(look)) return;
    count(descriptor, -1);
    if (looks.size === 0) Deno.removeSignalListener("SIGURG", lookAgain);
  };
}

/**
 * Calls `attempt` now, and whenever the descriptor may be ready, until it returns something other than undefined, or
 * throws.
 */
export function whenReady<T>(
  descriptor: FileDescriptor,
  attempt: () => T | undefined,
  options: WaitOptions,
  late: (timeout: number) => Error,
): Promise<T> {
  if (os() !== "linux") return rendezvous(attempt, options, late);
  return wait<T>(options, late, ({ resolve, reject }) => {
    const look = () => {
      if (!looks.has(look)) return;
      try {
        const found = attempt();
        if (found === undefined) return;
        leave();
        resolve(found);
      } catch (error) {
        leave();
        reject(error);
      }
    };
    const leave = () => {
      clearInterval(running);
      stop();
    };
    const running = setInterval(look, SAFE); // Listening to a signal would not keep the process running.
    const stop = onReady(descriptor, look);
    queueMicrotask(look); // It may have become ready before it was told to tell.
    return () => {
      leave();
      return attempt();
    };
  });
}

/** Lets the kernel tell while somebody waits. */
function count(descriptor: FileDescriptor, change: 1 | -1): void {
  const before = waiting.get(descriptor) ?? 0;
  const now = before + change;
  if (now === 0) waiting.delete(descriptor);
  else waiting.set(descriptor, now);
  if ((before === 0 || now === 0) && !descriptor.closed) tell(descriptor.number("wait for"), now > 0);
}

function tell(fd: number, on: boolean): void {
  const flags = fcntl(fd, F_GETFL);
  if (on) {
    fcntl(fd, F_SETSIG, builtin("node:os").constants.signals.SIGURG);
    fcntl(fd, F_SETOWN(), Deno.pid);
  }
  fcntl(fd, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC);
}
