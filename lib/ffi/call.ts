import { errno, type ErrnoName, lastErrno } from "./errno.ts";

/**
 * The result of a C call, with errors as the kernel itself returns them: minus the errno. Nothing else compares
 * a result with -1.
 *
 * The runtime may make a failing call of its own between ours and the reading of errno (DESIGN.md, section 5), so
 * an error is believed when repeating the call gives the same one twice. EAGAIN is believed at once: it is the
 * answer of every empty pipe, and what follows it (waiting) is right for any error. So are what happened to a
 * connection: a socket tells it once, and repeating a read would say that it ended well. An interrupted call is repeated.
 */
export function checked(result: number, again: () => number): number {
  return result !== -1 ? result : confirmed(again);
}

function confirmed(again: () => number): number {
  let before = lastErrno();
  if (before === errno("EAGAIN") || TOLD_ONCE.some((name) => errno(name) === before)) return -before;
  for (;;) {
    const result = again();
    if (result !== -1) return result;
    const now = lastErrno();
    if (now === before && now !== errno("EINTR")) return -now;
    if (now === errno("EAGAIN")) return -now;
    before = now;
  }
}

const TOLD_ONCE: ErrnoName[] = ["ECONNRESET", "ECONNABORTED", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"];
