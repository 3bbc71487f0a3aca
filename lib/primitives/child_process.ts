import type { ChildProcess as NodeChild, SpawnOptions as NodeOptions } from "node:child_process";
import { busy } from "../errors.ts";
import { F_GETFD, fcntl } from "../ffi/fcntl.ts";
import { builtin } from "./builtin.ts";
import { locate, spawnFailure } from "./command_path.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { OwnSocket } from "./own_socket.ts";
import { pathOf } from "./path.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";
import { literally, type Program, withoutOrphans } from "./program.ts";
import { isSharedHandle, type SharedHandle } from "./shared_handle.ts";
import { SocketStream } from "./socket_stream.ts";
import { unixPair } from "./unix_socket.ts";

/** What moves to the child that it is given to. */
type Movable = PipeReader | PipeWriter | SocketStream;

/** What a child can be given as one of its descriptors. */
export type ChildDescriptor = PipeReader | PipeWriter | SocketStream | SharedHandle | "pipe" | number;

/**
 * Options of {@linkcode spawn}: those of `Deno.Command`, and the descriptors to hand over.
 *
 * A handle as stdin, stdout or stderr reaches the child twice, under that number and one that the runtime chooses:
 * the other side sees the end when the child has exited, not already when it closes the stream.
 */
export interface SpawnOptions extends Omit<Deno.CommandOptions, "stdin" | "stdout" | "stderr"> {
  /** The child's descriptor 0; a SocketStream is both its input and its output, as inetd gives it. Default: "inherit". */
  stdin?: "piped" | "inherit" | "null" | PipeReader | SocketStream | undefined;
  /** The child's descriptor 1. Default: "inherit". */
  stdout?: "piped" | "inherit" | "null" | PipeWriter | undefined;
  /** The child's descriptor 2. Default: "inherit". */
  stderr?: "piped" | "inherit" | "null" | PipeWriter | undefined;
  /**
   * The child's other descriptors by number, from 3 on:
   *
   * - a reader or writer moves to the child: this handle cannot be used any more (`dup()` it before to keep one);
   *   so does a connection that has a descriptor of its own (Unix sockets);
   * - shared memory and what is built on it (a lock, a channel, a queue …) stays this process's, too; the child has it
   *   with `inherited()` of its class;
   * - `"pipe"` makes a two-way stream, whose other end is in {@linkcode ChildProcess.pipes}, and the child's
   *   {@linkcode inheritedSocket};
   * - a number is a descriptor of this process (`openSync` of node:fs); it stays open here.
   */
  fds?: Record<number, ChildDescriptor> | undefined;
  /**
   * The child is killed (SIGKILL) when the thread that spawned it ends, be it by SIGKILL or a crash. The child's
   * own children are not. Linux, with `setpriv` and `sh`. Default: false.
   */
  noOrphans?: boolean | undefined;
}

/**
 * A child process: `Deno.ChildProcess`, with the ends of its pipes.
 *
 * `await using` kills it (SIGTERM), waits for it, and closes the ends.
 *
 * @example
 * ```ts
 * import { spawn } from "@ipc/ipc";
 *
 * await using child = spawn("cat", { stdin: "piped", stdout: "piped" });
 * await child.stdinWriter.write("there and back\n");
 * console.log((await child.stdoutReader.lines().next()).value);
 * ```
 */
export class ChildProcess implements AsyncDisposable {
  /** The process id. */
  readonly pid: number;
  /** How it ended, once it has. */
  readonly status: Promise<Deno.CommandStatus>;
  /** The other ends of `fds` that were given as "pipe", by the child's descriptor number. To be closed. */
  readonly pipes: Readonly<Record<number, SocketStream>>;
  readonly #child: NodeChild;
  readonly #ends: StandardEnds;
  #ended = false;

  /** @internal */
  constructor(
    child: NodeChild,
    ends: StandardEnds,
    pipes: Record<number, SocketStream>,
    signal?: AbortSignal,
  ) {
    this.pid = child.pid!;
    this.pipes = pipes;
    this.#child = child;
    this.#ends = ends;
    const onAbort = () => this.#send("SIGTERM");
    this.status = new Promise((resolve) =>
      child.once("exit", (code: number | null, name: Deno.Signal | null) => {
        this.#ended = true;
        signal?.removeEventListener("abort", onAbort);
        // As Deno.Command: a signal counts as 128 plus its number.
        if (name !== null) code = 128 + builtin("node:os").constants.signals[name as NodeJS.Signals];
        resolve({ success: code === 0, code: code!, signal: name });
      })
    );
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
  }

  /** The write end of its stdin, when that is "piped". */
  get stdinWriter(): PipeWriter {
    return piped(this.#ends.stdin, "stdin");
  }

  /** The read end of its stdout, when that is "piped". */
  get stdoutReader(): PipeReader {
    return piped(this.#ends.stdout, "stdout");
  }

  /** The read end of its stderr, when that is "piped". */
  get stderrReader(): PipeReader {
    return piped(this.#ends.stderr, "stderr");
  }

  /** Its stdin as a Web Stream, when that is "piped". */
  get stdin(): WritableStream<Uint8Array> {
    return this.stdinWriter.writable;
  }

  /** Its stdout as a Web Stream, when that is "piped". */
  get stdout(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.stdoutReader.readable;
  }

  /** Its stderr as a Web Stream, when that is "piped". */
  get stderr(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.stderrReader.readable;
  }

  /**
   * Waits until it has ended, and collects what it wrote: both stdout and stderr must be "piped". Its stdin is
   * closed first.
   */
  async output(): Promise<Deno.CommandOutput> {
    const { stdout, stderr } = this;
    this.#ends.stdin?.close();
    const [status, out, err] = await Promise.all([
      this.status,
      new Response(stdout).bytes(),
      new Response(stderr).bytes(),
    ]);
    return { ...status, stdout: out, stderr: err };
  }

  /**
   * Sends it a signal. Default: SIGTERM.
   *
   * @throws {TypeError} It has ended already
   */
  kill(signo: Deno.Signal = "SIGTERM"): void {
    if (!this.#send(signo)) {
      throw new TypeError(`Cannot send ${signo} to child ${this.pid}: it has ended, or may not be signalled`);
    }
  }

  #send(signo: Deno.Signal): boolean {
    if (this.#ended || !this.#child.kill(signo as NodeJS.Signals)) return false;
    // It would remember this one: send no other, and report it as what ended the child, whatever does.
    Object.assign(this.#child, { killed: false, signalCode: null });
    return true;
  }

  /** This process does not end before the child has. That is so from the start. */
  ref(): void {
    this.#child.ref();
  }

  /** This process may end before the child. */
  unref(): void {
    this.#child.unref();
  }

  /** For `await using`: ends it, when it runs, waits for it, and closes this process's ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#send("SIGTERM");
    await this.status;
    for (const end of Object.values(this.#ends)) end?.close();
    for (const stream of Object.values(this.pipes)) stream.close();
  }
}

/**
 * Starts a program as a child, with `Deno.Command`'s options, and hands it pipes and files as descriptors of the
 * numbers you choose.
 *
 * - The child gets stdin, stdout, stderr and what `fds` names; everything else of this library is close-on-exec.
 * - What is handed over is blocking in the child, as programs in every language expect.
 * - When it fails, the handles stay yours.
 *
 * Needs `--allow-run`, `--allow-env`, and `--allow-ffi` for pipes. As fork(2), dup2(2), execve(2).
 *
 * @throws {Deno.errors.NotFound} The program, or the folder to run it in, does not exist
 * @throws {Deno.errors.PermissionDenied} It may not be executed
 * @throws {Deno.errors.WouldBlock} There may be no more processes now (EAGAIN)
 * @throws {TypeError} A descriptor below 3 in `fds`, or one handle under two numbers
 * @throws {Deno.errors.Busy} A handle has a read or a write under way
 *
 * @example
 * ```ts
 * import { pipe, spawn } from "@ipc/ipc";
 *
 * const { reader, writer } = pipe();
 * const child = spawn("sh", { args: ["-c", "echo hello >&3"], fds: { 3: writer } });
 * for await (const line of reader.lines()) console.log(`the child says ${line}`);
 * reader.close();
 * console.log((await child.status).code);
 * ```
 */
export function spawn(command: string | URL, options: SpawnOptions = {}): ChildProcess {
  options.signal?.throwIfAborted();
  const env = environmentOf(options);
  const program = programOf(pathOf(command), options, env);
  using made = new Made(options.fds ?? {});
  made.standard(0, options.stdin);
  made.standard(1, options.stdout);
  made.standard(2, options.stderr);
  made.others();
  const child = start(program, options, {
    ...(program.argv0 === undefined ? {} : { argv0: program.argv0 }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
    env,
    detached: options.detached ?? false,
    windowsVerbatimArguments: options.windowsRawArguments ?? false,
    stdio: made.stdio,
  });
  made.handOver();
  return new ChildProcess(child, standardEnds(child), made.pipes, options.signal);
}

/** Starts it, or throws why not. node:child_process tells later, by an event; its tracing channel tells at once. */
function start(program: Program, options: SpawnOptions, nodeOptions: NodeOptions): NodeChild {
  let cause: unknown;
  const note = (message: unknown) => cause = (message as { error?: unknown }).error;
  const failures = builtin("node:diagnostics_channel").channel("tracing:child_process.spawn:error");
  failures.subscribe(note);
  try {
    const child = builtin("node:child_process").spawn(program.file, program.args, nodeOptions);
    child.on("error", () => {}); // A failure to start is thrown below; a failure to kill has no one to tell.
    if (child.pid !== undefined) return child;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    cause = error;
  } finally {
    failures.unsubscribe(note);
  }
  throw spawnFailure(program.name, options, cause);
}

/** This process's ends of the standard streams that are "piped". */
interface StandardEnds {
  stdin: PipeWriter | undefined;
  stdout: PipeReader | undefined;
  stderr: PipeReader | undefined;
}

/**
 * Takes over the pipes of node:child_process. A pipe of our own would do as well, were it not that the runtime
 * leaves the child a second copy of what it is given as a number for 0 to 2, which keeps the pipe open when the
 * child has closed its own.
 */
function standardEnds(child: NodeChild): StandardEnds {
  const [stdin, stdout, stderr] = [child.stdin, child.stdout, child.stderr].map((stream, fd) => {
    if (stream === null) return undefined;
    const { _handle } = stream as unknown as { _handle: { fd: number } };
    const theirs = new FileDescriptor(_handle.fd, ["stdin", "stdout", "stderr"][fd]!);
    const ours = new FileDescriptor(theirs.copy("take over"), theirs.name);
    ours.setNonBlocking(true);
    stream.destroy(); // Before it had a turn of the event loop to read.
    return ours;
  });
  return {
    stdin: stdin && new PipeWriter(stdin),
    stdout: stdout && new PipeReader(stdout),
    stderr: stderr && new PipeReader(stderr),
  };
}

/** What is made for a child: closed again, all of it, unless the child was started. */
class Made implements Disposable {
  readonly stdio: (number | "inherit" | "ignore" | "pipe")[] = [];
  readonly pipes: Record<number, SocketStream> = {};
  readonly #fds: Record<number, ChildDescriptor>;
  readonly #moved = new Map<Movable, FileDescriptor>();
  /** The child's copies: closed here in any case. */
  readonly #copies: FileDescriptor[] = [];
  /** Our ends: closed here when the child was not started. */
  #ours: { close(): void }[] = [];
  /** Copies are made above the child's numbers, as placing one must not overwrite another. */
  readonly #least: number;

  constructor(fds: Record<number, ChildDescriptor>) {
    this.#fds = fds;
    const numbers = Object.keys(fds).map(Number);
    for (const fd of numbers) {
      if (!Number.isInteger(fd) || fd < 3 || fd > 1023) {
        throw new TypeError(
          `The option fds takes descriptors from 3 to 1023, and got ${fd}; 0 to 2 are stdin, …`,
        );
      }
    }
    this.#least = Math.max(9, ...numbers) + 1;
  }

  standard(fd: 0 | 1 | 2, what: SpawnOptions["stdin"] | SpawnOptions["stdout"]): void {
    if (what === undefined || what === "inherit") this.stdio[fd] = "inherit";
    else if (what === "null") this.stdio[fd] = "ignore";
    else if (what === "piped") {
      this.stdio[fd] = "pipe";
      fcntl(fd, F_GETFD); // Needed to take the pipe over: without --allow-ffi it fails here, with no child started.
    } else if (fd === 0 && what instanceof SocketStream) this.#move(fd, what);
    else this.#move(fd, what, fd === 0 ? PipeReader : PipeWriter);
  }

  others(): void {
    for (const [key, what] of Object.entries(this.#fds)) {
      const fd = Number(key);
      if (what === "pipe") this.#twoWay(fd);
      else if (typeof what === "number") this.#place(fd, copyOf(what, this.#least));
      else if (isSharedHandle(what)) this.#place(fd, what.descriptorForOthers(this.#least));
      else this.#move(fd, what);
    }
    for (let fd = 3; fd < this.stdio.length; fd++) this.stdio[fd] ??= "ignore";
  }

  /** The child has them now. */
  handOver(): void {
    for (const end of this.#moved.keys()) end.handedOver();
    this.#ours = [];
    this.#moved.clear();
  }

  [Symbol.dispose](): void {
    // What was not handed over is ours still, and the child's copies shared its flags.
    for (const copy of this.#moved.values()) copy.setNonBlocking(true);
    for (const copy of this.#copies) copy.close();
    for (const end of this.#ours) end.close();
  }

  #move(fd: number, end: Movable, Class?: typeof PipeReader | typeof PipeWriter): void {
    const isMovable = end instanceof PipeReader || end instanceof PipeWriter || end instanceof SocketStream;
    if (!isMovable || (Class && !(end instanceof Class))) {
      throw new TypeError(`The child's descriptor ${fd} cannot be made of that: ${describe(fd, end)}`);
    }
    if (this.#moved.has(end)) {
      throw busy(`Cannot hand over one handle as two descriptors`, "dup() it for the second");
    }
    const copy = end.lend(this.#least);
    this.#moved.set(end, copy);
    this.#place(fd, copy);
    copy.setNonBlocking(false);
  }

  #twoWay(fd: number): void {
    const [ours, theirs] = unixPair(`descriptor ${fd} of the child`);
    this.pipes[fd] = new SocketStream(new OwnSocket(ours));
    this.#ours.push(this.pipes[fd], theirs);
    const copy = new FileDescriptor(theirs.copy("hand over", this.#least), theirs.name);
    theirs.close();
    copy.setNonBlocking(false);
    this.#place(fd, copy);
  }

  #place(fd: number, copy: FileDescriptor): void {
    this.#copies.push(copy);
    this.stdio[fd] = copy.number("hand over");
  }
}

function copyOf(fd: number, least: number): FileDescriptor {
  // Not closed: the number stays the caller's.
  const borrowed = new FileDescriptor(fd, `descriptor ${fd}`);
  return new FileDescriptor(borrowed.copy("hand over", least), `descriptor ${fd}`);
}

function describe(fd: number, end: unknown): string {
  if (end instanceof PipeReader) return "it is written to, so it takes a PipeWriter";
  if (end instanceof PipeWriter) return "it is read from, so it takes a PipeReader";
  const names = fd < 3
    ? '"piped", "inherit", "null" or one end of a pipe'
    : 'a pipe\'s end, a connection, shared memory, "pipe" or a number';
  return `it takes ${names} (a Deno.FsFile does not tell its descriptor: use openSync of node:fs)`;
}

function piped<T>(end: T | undefined, name: string): T {
  if (end !== undefined) return end;
  throw new TypeError(`Cannot use ${name}: it is not piped; spawn with { ${name}: "piped" }`);
}

function programOf(file: string, options: SpawnOptions, env: Record<string, string>): Program {
  const program = { name: file, file, args: options.args ?? [] };
  if (options.noOrphans !== true) return literally(program, env);
  return literally(withoutOrphans({ ...program, file: locate(program.file, options) }), env);
}

function environmentOf(options: SpawnOptions): Record<string, string> {
  return { ...(options.clearEnv ? {} : Deno.env.toObject()), ...options.env };
}
