import { timeoutOf, type WaitOptions } from "../options.ts";

/** A timer has 31 bits, 24 days; with more it would fire at once. A longer time-out is none. */
const LONGEST_TIMER = 0x7fffffff;

/** How a wait settles. */
interface Settle<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/**
 * A promise that the abort or the time-out of `options` can end.
 *
 * `start` begins the wait and returns what cancels it. What a cancel returns, other than undefined, came in just
 * before the end: the promise resolves with it, so that nothing is lost. A cancel that needs time returns a
 * promise; the wait can still settle as usual until it is done.
 */
export function wait<T>(
  options: WaitOptions,
  late: (timeout: number) => Error,
  start: (settle: Settle<T>) => () => T | undefined | void | Promise<void>,
): Promise<T> {
  const { signal } = options;
  const timeout = timeoutOf(options);
  // It may have been aborted since the call was checked: between two waits of one call.
  if (signal?.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const finish = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  };
  const end = async (reason: unknown) => {
    finish();
    try {
      const value = await cancel();
      if (value === undefined) reject(reason);
      else resolve(value as T);
    } catch (error) {
      reject(error);
    }
  };
  const onAbort = () => end(signal!.reason);
  const cancel = start({
    resolve(value) {
      finish();
      resolve(value);
    },
    reject(reason) {
      finish();
      reject(reason);
    },
  });
  signal?.addEventListener("abort", onAbort);
  if (timeout <= LONGEST_TIMER) timer = setTimeout(() => end(late(timeout)), timeout);
  return promise;
}
