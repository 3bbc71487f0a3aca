/**
 * Runs a program whose waits all take `signal`. Ctrl-C (SIGINT) and SIGTERM abort it, so that every
 * `using` and `finally` on the way out cleans up; the exit code is then what a shell expects, 130 or 143.
 */
export async function interruptible(program: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  const stop = (exitCode: number) => {
    Deno.exitCode = exitCode;
    interruption.abort();
  };
  const onInterrupt = () => stop(130);
  const onTerminate = () => stop(143);
  Deno.addSignalListener("SIGINT", onInterrupt);
  Deno.addSignalListener("SIGTERM", onTerminate);
  try {
    await program(interruption.signal);
  } catch (error) {
    const aborted = interruption.signal.aborted && error instanceof Error && error.name === "AbortError";
    if (!aborted) throw error;
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
    Deno.removeSignalListener("SIGTERM", onTerminate);
  }
}
