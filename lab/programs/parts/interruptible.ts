import { abortOnSignal } from "../../../mod.ts";

/**
 * Runs a program whose waits all take `signal`. Ctrl-C (SIGINT) and SIGTERM abort it, so that every
 * `using` and `finally` on the way out cleans up; the exit code is then what a shell expects, 130 or 143.
 */
export async function interruptible(program: (signal: AbortSignal) => Promise<void>): Promise<void> {
  using interrupted = abortOnSignal("SIGINT");
  using terminated = abortOnSignal("SIGTERM");
  const signal = AbortSignal.any([interrupted, terminated]);
  try {
    await program(signal);
  } catch (error) {
    if (!signal.aborted || !(error instanceof Error && error.name === "AbortError")) throw error;
  } finally {
    if (signal.aborted) Deno.exitCode = interrupted.aborted ? 130 : 143;
  }
}
