/**
 * Deadlines for tests: what waits for another process must fail with a clear message, never hang.
 *
 * @module
 */

import { Capture } from "./capture.ts";

/** Long enough for any single step on a busy machine; a test that needs it has failed. */
export const PATIENCE_MS = 30_000;

/** Thrown when a deadline passes. */
export class WatchdogError extends Error {
  override name = "WatchdogError";
}

/**
 * Runs `body` and fails when it has not settled within `milliseconds`, with an error that names what was
 * waited for. The signal that `body` receives is aborted then.
 */
export async function within<T>(
  milliseconds: number,
  waitedFor: string,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new WatchdogError(`Gave up after ${milliseconds} ms waiting for ${waitedFor}`);
    reject(error);
    controller.abort(error);
  }, milliseconds);
  try {
    return await Promise.race([body(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until `condition` holds, looking every few milliseconds; fails as {@linkcode within} does. */
export async function until(
  waitedFor: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds: number = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  for (let pause = 1; !await condition(); pause = Math.min(pause * 2, 50)) {
    if (performance.now() >= deadline) {
      throw new WatchdogError(`Gave up after ${milliseconds} ms waiting for ${waitedFor}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** What became of a command. */
export interface Finished {
  /** Exit code; 128 + number when a signal ended it. */
  code: number;
  /** The signal that ended it. */
  signal: Deno.Signal | null;
  /** Everything it printed. */
  stdout: string;
  /** Everything it printed as errors. */
  stderr: string;
}

/**
 * Runs a command to its end without input and returns what it printed. On expiry the child is killed, and
 * the error says what was waited for and what the child had printed.
 */
export async function finish(
  command: string | URL,
  options: Omit<Deno.CommandOptions, "stdin" | "stdout" | "stderr" | "signal"> = {},
  milliseconds: number = PATIENCE_MS,
): Promise<Finished> {
  const child = new Deno.Command(command, { ...options, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
  const stdout = new Capture(child.stdout);
  const stderr = new Capture(child.stderr);
  const name = [command, ...options.args ?? []].join(" ");
  try {
    const [{ code, signal }] = await within(
      milliseconds,
      `"${name}" to end`,
      () => Promise.all([child.status, stdout.done, stderr.done]),
    );
    return { code, signal, stdout: stdout.text, stderr: stderr.text };
  } catch (error) {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended, and another process holds its output open.
    }
    await Promise.all([child.status, stdout.cancel(), stderr.cancel()]);
    throw new WatchdogError(`${(error as Error).message}\n${stdout.text}${stderr.text}`.trimEnd());
  }
}
