/**
 * Runs the programs of tests/children, each a process of its own.
 *
 * @module
 */
import { Capture } from "./capture.ts";
import { guarded } from "./guarded.ts";
import { PATIENCE_MS, until, within } from "./watchdog.ts";

/** How to start a test child. */
export interface StartOptions {
  /** Arguments of the program. */
  args?: string[];
  /** Flags of `deno run`; all permissions by default. */
  flags?: string[];
  /** Added to the environment. */
  env?: Record<string, string>;
}

/** A running test child; whatever it prints is kept. Killed when disposed. */
export class TestChild implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #name: string;
  readonly #stdout: Capture;
  readonly #stderr: Capture;

  /** See {@linkcode startChild}. */
  constructor(name: string, process: Deno.ChildProcess) {
    this.#name = name;
    this.#process = process;
    this.#stdout = new Capture(process.stdout);
    this.#stderr = new Capture(process.stderr);
  }

  /** Process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** What it printed so far. */
  get stdout(): string {
    return this.#stdout.text;
  }

  /** What it printed on stderr so far. */
  get stderr(): string {
    return this.#stderr.text;
  }

  /** Resolves when it has ended. */
  get status(): Promise<Deno.CommandStatus> {
    return this.#process.status;
  }

  /** Waits until it has printed `text`; fails when it ends without. */
  async printed(text: string, milliseconds: number = PATIENCE_MS): Promise<void> {
    let ended = false;
    this.#stdout.done.then(() => ended = true);
    await until(
      `${this.#name} to print "${text}"`,
      () => this.stdout.includes(text) || ended,
      milliseconds,
    );
    if (!this.stdout.includes(text)) throw this.#failure(`ended before it printed "${text}"`);
  }

  /** Writes `text` to its stdin. */
  async write(text: string): Promise<void> {
    const writer = this.#process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    writer.releaseLock();
  }

  /** Ends its stdin. */
  async closeStdin(): Promise<void> {
    await this.#process.stdin.close();
  }

  /** Sends a signal. */
  kill(signo: Deno.Signal = "SIGTERM"): void {
    this.#process.kill(signo);
  }

  /** Waits for its end and returns what it printed; fails unless its exit code is `code`. */
  async finished(code = 0, milliseconds: number = PATIENCE_MS): Promise<string> {
    const [status] = await within(
      milliseconds,
      `${this.#name} to end`,
      () => Promise.all([this.status, this.#stdout.done, this.#stderr.done]),
    );
    if (status.code !== code) {
      throw this.#failure(`ended with ${status.signal ?? status.code} instead of ${code}`);
    }
    return this.stdout;
  }

  /** Kills it if it still runs and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.stdin.close().catch(() => {});
    await this.status;
    await Promise.all([this.#stdout.cancel(), this.#stderr.cancel()]);
  }

  #failure(problem: string): Error {
    return new Error(`${this.#name} ${problem}\n${this.stdout}${this.stderr}`.trimEnd());
  }
}

/** Starts the program `tests/children/NAME.ts`: `await using child = startChild("echo");`. */
export function startChild(name: string, options: StartOptions = {}): TestChild {
  const program = new URL(`../children/${name}.ts`, import.meta.url).href;
  const run = ["run", "--no-prompt", ...options.flags ?? ["-A"], program, ...options.args ?? []];
  const [command, args] = guarded(Deno.execPath(), run);
  const process = new Deno.Command(command, {
    args,
    env: { NO_COLOR: "1", ...options.env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new TestChild(name, process);
}
