/** How long a call may wait. After an abort or a time-out the object is still usable. */
export interface WaitOptions {
  /** Ends the wait: the promise rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
  /** Ends the wait after so many milliseconds: the promise rejects with `Deno.errors.TimedOut`. Default: no limit. */
  timeout?: number | undefined;
}

/** How long a `…Sync` call may block this thread, on which no AbortSignal can be heard. */
export interface SyncWaitOptions {
  /** Ends the wait after so many milliseconds: throws `Deno.errors.TimedOut`. Default: no limit. */
  timeout?: number | undefined;
}

/** Options of `lines()`. */
export interface LinesOptions extends WaitOptions {
  /** The longest line, in bytes; a longer one is a RangeError. Default: 64 MiB. */
  maxLineLength?: number | undefined;
}

/** Options of `bytes()` and `text()`. */
export interface ReadAllOptions extends WaitOptions {
  /** How many bytes are kept in memory at most; more are a RangeError. Default: 64 MiB. */
  maxLength?: number | undefined;
}

/** The time-out of options, in milliseconds: Infinity when there is none. */
export function timeoutOf(options: SyncWaitOptions): number {
  const { timeout = Infinity } = options;
  if (typeof timeout !== "number") {
    throw new TypeError(`The option timeout takes a number of milliseconds, and got ${typeof timeout}`);
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`The option timeout takes 0 or more milliseconds, and got ${timeout}`);
  }
  return timeout;
}

/** Checks options before anything is done, and throws the reason of a signal that is aborted already. */
export function checkWait(options: WaitOptions): void {
  timeoutOf(options);
  const { signal } = options;
  if (signal === undefined) return;
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError("The option signal takes an AbortSignal; a POSIX signal is a signo or a name");
  }
  signal.throwIfAborted();
}

/** An option that counts something: a whole number from `least` on. */
export function countOf(name: string, value: unknown, least: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`The option ${name} takes a number, and got ${typeof value}`);
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`The option ${name} takes a whole number of at least ${least}, and got ${value}`);
  }
  return value;
}
