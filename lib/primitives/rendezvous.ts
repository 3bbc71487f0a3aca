import type { WaitOptions } from "../options.ts";
import { wait } from "./wait.ts";

/**
 * Waiting for a fifo's other side to open. No system call tells of it without a thread that blocks in open(2):
 * epoll reports bytes and hang-ups, not opens; inotify reports an open when it has succeeded, which a reader's
 * open does not before there is a writer; and a thread blocked in open(2) cannot be called back.
 *
 * So all that wait are looked after by one timer, which looks again after 1 ms, then less and less often, every 16
 * ms in the end. A look is one or two system calls, about 2 us.
 */
const FIRST_LOOK = 1;
const RAREST_LOOK = 16;
/** So many have their look at a time, in turn: when hundreds wait, the event loop is not held up for them. */
const MOST_LOOKS = 64;

const looks = new Set<() => void>();
let delay = FIRST_LOOK;
let timer: ReturnType<typeof setTimeout> | undefined;

function lookAll(): void {
  timer = undefined;
  for (const look of [...looks].slice(0, MOST_LOOKS)) {
    look();
    // To the end of the queue, when it is still in it.
    if (looks.delete(look)) looks.add(look);
  }
  if (looks.size > 0) lookIn(Math.min(delay * 2, RAREST_LOOK));
}

function lookIn(milliseconds: number): void {
  clearTimeout(timer);
  delay = milliseconds;
  timer = setTimeout(lookAll, delay);
}

function leave(look: () => void): void {
  looks.delete(look);
  if (looks.size > 0) return;
  clearTimeout(timer);
  timer = undefined;
}

/**
 * Calls `attempt` now and then until it returns something other than undefined, or throws.
 *
 * The last look is made when the wait is ended from outside: who came just before it was not in vain. When nobody
 * did, `withdraw` is called at once, before anybody else can run: who comes after it does not find us.
 */
export function rendezvous<T>(
  attempt: () => T | undefined,
  options: WaitOptions,
  late: (timeout: number) => Error,
  withdraw: () => void = () => {},
): Promise<T> {
  return wait<T>(options, late, ({ resolve, reject }) => {
    const look = () => {
      try {
        const found = attempt();
        if (found === undefined) return;
        leave(look);
        resolve(found);
      } catch (error) {
        leave(look);
        reject(error);
      }
    };
    looks.add(look);
    if (timer === undefined || delay > FIRST_LOOK) lookIn(FIRST_LOOK);
    return () => {
      leave(look);
      const found = attempt();
      if (found === undefined) withdraw();
      return found;
    };
  });
}

/** The same, blocking this thread: `pause` is called with the milliseconds until the next look. */
export function rendezvousSync<T>(
  attempt: () => T | undefined,
  timeout: number,
  late: (timeout: number) => Error,
  pause: (milliseconds: number) => void,
): T {
  const end = performance.now() + timeout;
  for (let delay = FIRST_LOOK;; delay = Math.min(delay * 2, RAREST_LOOK)) {
    const found = attempt();
    if (found !== undefined) return found;
    const left = end - performance.now();
    if (left <= 0) throw late(timeout);
    pause(Math.min(delay, left));
  }
}
