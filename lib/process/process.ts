import { timedOut } from "../errors.ts";
import { Connection } from "../messaging/connection.ts";
import { limitOf } from "../messaging/connection_line.ts";
import { bytesCodec } from "../messaging/plain_codecs.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { type ChildProcess, spawn } from "../primitives/child_process.ts";
import type { PipeReader } from "../primitives/pipe_reader.ts";
import { socketPair } from "../primitives/socket.ts";
import type { SocketStream } from "../primitives/socket_stream.ts";
import { canGuard, childArguments, moduleUrl } from "./child_program.ts";
import { CommandLine } from "./command_line.ts";
import { identity } from "./identity.ts";
import type { Answer, Order } from "./order.ts";
import { prefixLines, type ProcessOutput } from "./output.ts";
import type { ProcessPermissions } from "./permission_flags.ts";
import { ProcessEndedError } from "./process_ended_error.ts";
import { ProcessWaits } from "./process_waits.ts";
import { failureOf } from "./remote_error.ts";
import "./travellers.ts";
import { type Packed, Packer } from "./travelling.ts";

/** Options of {@linkcode Process}. */
export interface ProcessOptions {
  /** The export to run. Default: "default". */
  entry?: string | undefined;
  /** What it is called with: values as structured clone carries them, and handles of this library. */
  args?: readonly unknown[] | undefined;
  /** Default: "Process-1" and so on. */
  name?: string | undefined;
  /** This process may end before the child, which then ends at once. Default: false, and this process waits for it. */
  daemon?: boolean | undefined;
  /** Default: "inherit", those of this process. */
  permissions?: ProcessPermissions | undefined;
  /** Default: "inherit". */
  stdout?: ProcessOutput | undefined;
  /** Default: "inherit". */
  stderr?: ProcessOutput | undefined;
  /** Added to the environment. */
  env?: Record<string, string> | undefined;
  /** The folder to run in. Default: this process's. */
  cwd?: string | URL | undefined;
  /** The largest value of all the arguments, and of the result, in bytes. Default: 64 MiB. */
  maxMessageSize?: number | undefined;
  /**
   * Modules that it will load as well.
   *
   * @internal
   */
  modules?: readonly string[] | undefined;
  /**
   * Talks with it, once it has its order, over the line that its answer comes over otherwise: until the child has ended.
   *
   * @internal
   */
  talk?: ((line: Connection<Uint8Array>, ended: Promise<unknown>) => Promise<void>) | undefined;
}

/** So long after a child's end its last lines are waited for: a program that it has left behind may have its output open. */
const OUTPUT_MS = 300;

let count = 0;
const active = new Set<Process>();

/** The children that run. */
export function running(): Process[] {
  return [...active];
}

/**
 * Runs a function in a process of its own: an export of a module, in a new Deno with this one's configuration and, by
 * default, its permissions.
 *
 * - When this process ends, however it ends, its children end: the kernel kills them (Linux; elsewhere their event loops
 *   tell them). It waits for them before it ends by itself, for daemons it does not.
 * - Arguments and the result travel by structured clone. Ends of pipes, sockets and connections in them move to the
 *   other process, and cannot be used any more here; what lives in shared memory is from then on used by both.
 * - The function's process ends when the function has returned: what it has not awaited is cut off. Its stdin is at its end.
 * - What the function throws, the promise {@linkcode Process.result} rejects with. Where nobody has asked for that, it
 *   is printed.
 * - A child gets the permissions that this process has, as far as can be known: a kind that is granted as a whole, and
 *   the entries of lists on the command line (Linux). For others name them in the option `permissions`.
 *
 * Needs `--allow-run`, `--allow-env` and `--allow-ffi`; the child needs none for itself, but `--allow-ffi` to be given
 * handles. As Python's `multiprocessing.Process` with the method "spawn".
 *
 * @example
 * ```ts
 * import { Process } from "@ipc/ipc";
 *
 * const work = "data:text/javascript,export const add = (a, b) => a + b";
 * await using process = new Process<number>(work, { entry: "add", args: [1, 2] });
 * process.start();
 * console.log(await process.result);
 * console.log(await process.join());
 * ```
 */
// deno-lint-ignore no-explicit-any -- Whatever the function returns.
export class Process<T = any> implements AsyncDisposable {
  /** What it is called. */
  readonly name: string;
  /** Whether this process may end before it. */
  readonly daemon: boolean;
  readonly #module: string;
  readonly #options: ProcessOptions;
  readonly #limit: number;
  readonly #ended = Promise.withResolvers<void>();
  readonly #result = Promise.withResolvers<T>();
  readonly #waits: ProcessWaits;
  #asked = false;
  #child: ChildProcess | undefined;
  #status: Deno.CommandStatus | undefined;

  /**
   * Starts nothing yet.
   *
   * @param moduleUrl Absolute: `import.meta.resolve("./work.ts")`. file:, https:, data:, jsr: or npm:.
   * @throws {TypeError} The URL is not absolute, or an option is of the wrong kind
   */
  constructor(module: string | URL, options: ProcessOptions = {}) {
    this.#module = moduleUrl(module);
    this.#limit = limitOf(options);
    checkOptions(options);
    this.#options = { ...options };
    this.name = options.name ?? nextName();
    this.daemon = options.daemon ?? false;
    this.#waits = new ProcessWaits(this.daemon);
    this.#result.promise.catch(() => {}); // It is printed, or whoever asks gets a promise of its own.
  }

  /** The process id. */
  get pid(): number {
    return this.#started("tell the pid of").pid;
  }

  /** Whether it was started and has not ended yet. */
  get isAlive(): boolean {
    return this.#child !== undefined && this.#status === undefined;
  }

  /**
   * Its exit code: 0 when its function returned, 1 when that threw, otherwise what it ended itself with; minus the number
   * of the signal that ended it. Undefined as long as it runs.
   */
  get exitCode(): number | undefined {
    return this.#status === undefined ? undefined : exitCodeOf(this.#status);
  }

  /**
   * What its function returns. It rejects with what that threw, with the remote stack. Before start() it waits for that, too.
   *
   * @throws {ProcessEndedError} The process ended before its function had returned
   */
  get result(): Promise<T> {
    return this.resultWithin({});
  }

  /**
   * The same, as long as somebody waits.
   *
   * @internal
   */
  resultWithin(options: WaitOptions): Promise<T> {
    this.#asked = true;
    return this.#waits.waitFor(options, this.#result.promise, () => undefined as never);
  }

  /** Its stdout, when that is "piped". */
  get stdout(): PipeReader {
    return this.#started("read from").stdoutReader;
  }

  /** Its stderr, when that is "piped". */
  get stderr(): PipeReader {
    return this.#started("read from").stderrReader;
  }

  /**
   * Starts it.
   *
   * @throws {TypeError} It was started before; or an argument cannot be carried: the message has the path to it
   * @throws {RangeError} The arguments are larger than `maxMessageSize`
   * @throws {Deno.errors.NotCapable} This process has not the permissions to give, or not those to start one
   */
  start(): void {
    if (this.#child !== undefined) throw this.#cannot("start", "it was started before");
    if (Deno.build.standalone) throw this.#cannot("start", "a compiled program has no Deno to run it with");
    const { permissions = "inherit", stdout = "inherit", stderr = "inherit", env, cwd } = this.#options;
    const packed = this.#packed();
    const [ours, theirs] = socketPair();
    let child: ChildProcess;
    let callsC: boolean;
    try {
      const { loads } = packed;
      const program = {
        modules: [this.#module, ...this.#options.modules ?? []],
        loads,
        permissions,
        name: this.name,
      };
      const args = childArguments(program, CommandLine.own());
      callsC = args.includes("--allow-all") || args.includes("--allow-ffi");
      if (loads.length > 0 && !callsC) {
        throw this.#cannot("start", "handles of this library are for processes with --allow-ffi");
      }
      child = spawn(Deno.execPath(), {
        args,
        noOrphans: !callsC && canGuard(),
        stdin: theirs,
        stdout: stdout === "inherit" ? "inherit" : "piped",
        stderr: stderr === "inherit" ? "inherit" : "piped",
        ...(env === undefined ? {} : { env }),
        ...(cwd === undefined ? {} : { cwd }),
      });
    } catch (error) {
      packed.stay();
      ours.close();
      theirs.close();
      throw error;
    }
    packed.gone();
    this.#child = child;
    active.add(this);
    this.#waits.started(child);
    // With no more to come the child's stdin is at its end. Where the kernel does not end it, the line has to.
    const onlyAnswers = callsC && Deno.build.os === "linux" && this.#options.talk === undefined;
    void this.#attend(child, packed, ours, onlyAnswers);
  }

  /**
   * Waits until it has ended.
   *
   * @returns Its exit code: {@linkcode Process.exitCode}.
   * @throws {Deno.errors.TimedOut} It has not ended within the time-out, and runs on
   * @throws {TypeError} It was not started
   */
  async join(options: WaitOptions = {}): Promise<number> {
    checkWait(options);
    this.#started("join");
    const late = (timeout: number) => timedOut(`Cannot join ${this.name}`, "it did not end", timeout);
    await this.#waits.waitFor(options, this.#ended.promise, late);
    return this.exitCode!;
  }

  /** Asks it to end: SIGTERM. Nothing happens when it has ended. Its own children end with it. */
  terminate(): void {
    this.#send("SIGTERM", "terminate");
  }

  /** Ends it: SIGKILL. Nothing happens when it has ended. */
  kill(): void {
    this.#send("SIGKILL", "kill");
  }

  /** For `await using`: ends it when it runs, by SIGTERM, and waits for it: without end where it listens to that and goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child === undefined) return;
    this.terminate();
    await this.join();
    await this.#child[Symbol.asyncDispose]();
  }

  #send(name: Deno.Signal, verb: string): void {
    const child = this.#started(verb);
    try {
      if (this.isAlive) child.kill(name);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended a moment ago.
    }
  }

  #packed(): Packed {
    const { entry = "default", args = [] } = this.#options;
    const order: Order = {
      name: this.name,
      daemon: this.daemon,
      parent: { pid: Deno.pid, name: identity().name },
      module: this.#module,
      entry,
      args: [...args],
      limit: this.#limit,
    };
    const packed = new Packer().pack(order);
    if (packed.bytes.length <= this.#limit) return packed;
    packed.stay();
    const why = `they have ${packed.bytes.length} bytes, and maxMessageSize is ${this.#limit}`;
    throw new RangeError(`Cannot send the arguments of ${this.name}: ${why}`);
  }

  async #attend(child: ChildProcess, order: Packed, line: SocketStream, atEnd: boolean): Promise<void> {
    const limit = { maxMessageSize: this.#limit, handles: true };
    const connection = new Connection(line, bytesCodec, this.name, limit);
    const output = this.#passOn(child);
    connection.sendWithHandles(order.bytes, order.copies.map((copy) => copy.number("send")))
      .then(() => atEnd ? line.closeWrite() : undefined)
      .catch(() => {}) // It has ended: its exit code tells.
      .finally(() => order.stay());
    const { talk } = this.#options;
    if (talk !== undefined) await talk(connection, child.status);
    const answer = await this.#waits.answer(child, connection);
    connection.close();
    if (answer !== undefined) this.#settle(answer);
    const status = await child.status;
    await within(OUTPUT_MS, output);
    this.#status = status;
    this.#waits.ended();
    active.delete(this as Process);
    // Nothing happens when there was an answer.
    this.#result.reject(new ProcessEndedError(this.name, exitCodeOf(status), status.signal));
    this.#ended.resolve();
  }

  #settle(answer: Answer | Error): void {
    if (answer instanceof Error) this.#result.reject(answer);
    else if ("result" in answer) {
      this.#result.resolve(answer.result as T);
    } else {
      const error = failureOf(answer.failure, `${this.name} (process ${this.pid})`);
      this.#result.reject(error);
      if (!this.#asked) console.error(`${this.name} failed:`, error);
    }
  }

  async #passOn(child: ChildProcess): Promise<void> {
    const { stdout, stderr } = this.#options;
    await Promise.all([
      stdout === "prefixed" ? prefixLines(child.stdoutReader, this.name, Deno.stdout) : undefined,
      stderr === "prefixed" ? prefixLines(child.stderrReader, this.name, Deno.stderr) : undefined,
    ]);
  }

  #started(verb: string): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    throw this.#cannot(verb, "it was not started; call start()");
  }

  #cannot(verb: string, why: string): TypeError {
    return new TypeError(`Cannot ${verb} ${this.name}: ${why}`);
  }
}

function nextName(): string {
  const { name, parent } = identity();
  return parent === undefined ? `Process-${++count}` : `${name}:${++count}`;
}

function exitCodeOf({ code, signal }: Deno.CommandStatus): number {
  return signal === null ? code : 128 - code; // As Deno: 128 plus the signal's number.
}

function checkOptions({ entry, args, name, stdout, stderr }: ProcessOptions): void {
  for (const [option, value] of Object.entries({ entry, name })) {
    if (value !== undefined && typeof value !== "string") {
      throw new TypeError(`The option ${option} takes a string, and got ${typeof value}`);
    }
  }
  if (args !== undefined && !Array.isArray(args)) {
    throw new TypeError("The option args takes an array: the arguments of the function");
  }
  for (const [option, value] of Object.entries({ stdout, stderr })) {
    if (value === undefined || OUTPUTS.includes(value)) continue;
    throw new TypeError(`The option ${option} takes ${OUTPUTS.join(", ")}, and got ${Deno.inspect(value)}`);
  }
}

/** Waits for a promise, and no longer than that. */
async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

const OUTPUTS: unknown[] = ["inherit", "piped", "prefixed"];
