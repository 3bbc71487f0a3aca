/** How a worker ended. */
export interface WorkerEnd {
  /** Its exit code; minus the number of the signal that ended it; undefined for a thread that an error ended. */
  exitCode: number | undefined;
  /** The signal that ended it. */
  signal: Deno.Signal | null;
  /** What it threw, where nobody caught it. */
  failure?: { reason: unknown } | undefined;
}

/**
 * A worker of a {@linkcode Pool} ended while it ran a task: by `Deno.exit()`, a signal, a crash, without memory, or with an
 * error outside of the task that nobody caught, which is the `cause`. The pool goes on, with another worker.
 *
 * @example
 * ```ts
 * import { Pool, WorkerEndedError } from "@ipc/ipc";
 *
 * const work = "data:text/javascript,export const leave = (code) => Deno.exit(code)";
 * await using pool = new Pool(work, { size: 1 });
 * await pool.apply("leave", [3]).catch((error) => console.log(error instanceof WorkerEndedError, error.exitCode));
 * ```
 */
export class WorkerEndedError extends Error {
  /** Its name. */
  override name = "WorkerEndedError";
  /** The worker's exit code; minus the number of the signal that ended it. Undefined when an error ended a thread. */
  readonly exitCode: number | undefined;
  /** The signal that ended it. */
  readonly signal: Deno.Signal | null;

  /** @internal */
  constructor(action: string, worker: string, { exitCode, signal, failure }: WorkerEnd) {
    super(`${action}: ${worker} ended, ${howOf({ exitCode, signal, failure })}`);
    if (failure !== undefined) this.cause = failure.reason;
    this.exitCode = exitCode;
    this.signal = signal;
  }
}

function howOf({ exitCode, signal, failure }: WorkerEnd): string {
  if (failure !== undefined) return `as nobody caught ${thrown(failure.reason)}`;
  if (signal === null) return `with exit code ${exitCode}`;
  const advice = ADVICE[signal];
  return `by ${signal}${advice === undefined ? "" : ` (${advice})`}`;
}

function thrown(reason: unknown): string {
  return reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
}

const HEAP = "the runtime does so when its heap is full; --v8-flags=--max-old-space-size sets the limit";

/** What mostly is behind a signal. */
const ADVICE: Partial<Record<Deno.Signal, string>> = {
  SIGKILL: "the kernel does so when memory is short",
  SIGTRAP: HEAP,
  SIGABRT: HEAP,
};
