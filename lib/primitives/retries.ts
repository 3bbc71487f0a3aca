import { timedOut } from "../errors.ts";
import { timeoutOf, type WaitOptions } from "../options.ts";
import { Backoff } from "./backoff.ts";
import { wait } from "./wait.ts";

/**
 * What tells that who listens may yet come: nobody listens, there is no such file, no such name (yet), no way to it, or
 * it went away while it was connected to.
 */
const NOT_YET = ["ECONNREFUSED", "ENOENT", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "ECONNRESET"];

/** Whether another attempt to connect may succeed. */
export function mayYetCome(error: unknown): boolean {
  return NOT_YET.includes((error as { code?: string }).code ?? "");
}

/** Attempts at the same, with growing pauses between them, within the limits of all together. */
export class Retries {
  /** What is attempted, for messages. */
  readonly action: string;
  readonly #signal: AbortSignal | undefined;
  readonly #timeout: number;
  readonly #end: number;
  readonly #backoff = new Backoff();
  #failure: unknown;

  constructor(action: string, options: WaitOptions) {
    this.action = action;
    this.#signal = options.signal;
    this.#timeout = timeoutOf(options);
    this.#end = performance.now() + this.#timeout;
  }

  /** The limits of the next attempt. */
  get left(): WaitOptions {
    const timeout = this.#timeout === Infinity ? undefined : Math.max(0, this.#end - performance.now());
    return { signal: this.#signal, timeout };
  }

  /** The error of an attempt that was not done in time. Its cause is why the one before failed. */
  readonly late = (): Error => {
    const error = timedOut(this.action, "no connection", this.#timeout);
    return this.#failure === undefined ? error : Object.assign(error, { cause: this.#failure });
  };

  /** Waits before the next attempt. */
  pause(failure: unknown): Promise<void> {
    this.#failure = failure;
    return wait<void>(this.left, this.late, ({ resolve }) => {
      const timer = setTimeout(resolve, this.#backoff.pause());
      return () => clearTimeout(timer);
    });
  }
}
