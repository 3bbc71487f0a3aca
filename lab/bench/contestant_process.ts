import type { Command } from "./runtimes.ts";
import { cpuSeconds, residentBytes } from "./usage.ts";

/** The figures that a program printed. One that is missing is NaN: the runner refuses it. */
export type Report = (name: string) => number;

/** Options of {@linkcode ContestantProcess.start}. */
export interface StartOptions {
  /** Kills the process when aborted. */
  readonly signal: AbortSignal;
  /** Milliseconds after which the process is killed. */
  readonly deadline: number;
}

/**
 * A running contestant. All languages follow the same few lines over stdin and stdout:
 *
 * - one that others connect to prints `listening` as soon as they can;
 * - the program opens what it needs, warms up, prints `ready name=number …` and waits for a line on stdin;
 * - it does the measured work, prints `done name=number …`, and ends when its stdin does.
 *
 * Between `done` and the end the process idles, so that its CPU time and memory can still be read.
 */
export class ContestantProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string, void>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stderr: Promise<string>;
  readonly #options: StartOptions;
  readonly #timer: ReturnType<typeof setTimeout>;
  #expired = false;
  #ended = false;

  /** Starts the command with more arguments at its end. */
  static start(command: Command, args: readonly string[], options: StartOptions): ContestantProcess {
    const child = new Deno.Command(command.path, {
      args: [...command.args, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" }, // what it complains of ends up in the table
    }).spawn();
    return new ContestantProcess(child, options);
  }

  private constructor(child: Deno.ChildProcess, options: StartOptions) {
    this.#child = child;
    this.#options = options;
    this.#lines = lines(child.stdout);
    this.#stdin = child.stdin.getWriter();
    this.#stderr = new Response(child.stderr).text();
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#kill();
    }, options.deadline);
    options.signal.addEventListener("abort", this.#kill);
    child.status.then(() => this.#ended = true);
  }

  /** Waits for the line `word`, and returns the figures that follow it. */
  async report(word: "listening" | "ready" | "done"): Promise<Report> {
    const { value } = await this.#lines.next();
    if (value === undefined) throw await this.#failure(`ended before '${word}'`);
    const [first, ...pairs] = value.split(" ");
    if (first !== word) throw new Error(`Expected '${word}' from the contestant, got '${value}'`);
    const figures = new URLSearchParams(pairs.join("&"));
    return (name) => Number(figures.get(name) ?? NaN);
  }

  /** Lets a process go on that has said `ready`. */
  go(): Promise<void> {
    return this.#stdin.write(new TextEncoder().encode("go\n"));
  }

  /** Its number. */
  get pid(): number {
    return this.#child.pid;
  }

  /** User and system time so far, in seconds. */
  get cpu(): number | null {
    return cpuSeconds(this.#child.pid);
  }

  /** Resident memory now, in bytes. */
  get memory(): number | null {
    return residentBytes(this.#child.pid);
  }

  /** Lets the process end, and rejects when it fails doing so. */
  async finish(): Promise<void> {
    await this.#stdin.close().catch(() => {}); // the process may have ended before
    const { success } = await this.#child.status;
    if (!success) throw await this.#failure("failed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#kill();
    await this.#stdin.close().catch(() => {});
    await this.#lines.return().catch(() => {});
    await this.#child.status;
    await this.#stderr;
    this.#options.signal.removeEventListener("abort", this.#kill);
  }

  readonly #kill = (): void => {
    if (!this.#ended) this.#child.kill("SIGKILL");
  };

  async #failure(what: string): Promise<Error> {
    this.#options.signal.throwIfAborted();
    if (this.#expired) return new Error(`not done within ${this.#options.deadline / 1000} s`);
    const { code, signal } = await this.#child.status;
    const said = withoutMiddle((await this.#stderr).trim());
    return new Error(said === "" ? `${what}, ${signal ?? `exit code ${code}`}` : said);
  }
}

/** Some languages say first what went wrong, others last. */
function withoutMiddle(text: string): string {
  return text.length <= 2000 ? text : `${text.slice(0, 1000)}\n…\n${text.slice(-1000)}`;
}

async function* lines(stdout: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = "";
  for await (
    const text of stdout.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
  ) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
