/**
 * A process ended before its function had returned: by `Deno.exit()`, a signal, a crash, or with nothing left to do.
 *
 * @example
 * ```ts
 * import { Process, ProcessEndedError } from "@ipc/ipc";
 *
 * await using process = new Process("data:text/javascript,export default () => Deno.exit(3)");
 * process.start();
 * await process.result.catch((error) => console.log(error instanceof ProcessEndedError, error.exitCode));
 * ```
 */
export class ProcessEndedError extends Error {
  /** Its name. */
  override name = "ProcessEndedError";
  /** Its exit code; minus the number of the signal that ended it. */
  readonly exitCode: number;
  /** The signal that ended it. */
  readonly signal: Deno.Signal | null;

  /** @internal */
  constructor(who: string, exitCode: number, signal: Deno.Signal | null) {
    const how = signal === null ? `it exited with code ${exitCode}` : `${signal} ended it`;
    super(`${who} has no result: ${how} before its function had returned`);
    this.exitCode = exitCode;
    this.signal = signal;
  }
}
