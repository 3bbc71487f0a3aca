import { busy, notOurs, systemError, timedOut } from "../errors.ts";
import type { ErrnoName } from "../ffi/errno.ts";
import { errno } from "../ffi/errno.ts";
import { O_WRONLY } from "../ffi/fcntl.ts";
import { poll, POLLOUT } from "../ffi/poll.ts";
import { write } from "../ffi/unistd.ts";
import { checkWait, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import { LoopWriter, turn } from "./event_loop.ts";
import { hasReader } from "./fifo_end.ts";
import { FileDescriptor, HANDED_OVER } from "./file_descriptor.ts";
import { capacityOf } from "./pipe_capacity.ts";
import { receive, send, type TransferredPipe } from "./pipe_transfer.ts";
import { Spin } from "./spin.ts";
import { Turns } from "./turns.ts";
import { wait } from "./wait.ts";

const encoder = new TextEncoder();

/**
 * The end of a pipe or fifo that bytes go into.
 *
 * - A write waits when the pipe is full: a slow reader slows the writer, and memory stays bounded. Writes of one
 *   handle are done in the order of their calls.
 * - Up to 4096 bytes (PIPE_BUF) are written whole or not at all, also among several writers. A longer write that
 *   is aborted, or times out, may have been written in part: {@linkcode PipeWriter.bytesWritten} tells how far.
 * - With no reader left a write rejects with `Deno.errors.BrokenPipe`; no SIGPIPE ends the process.
 * - `writeSync` stops the whole thread while the pipe is full.
 *
 * Made by {@linkcode pipe}, {@linkcode openFifoWriter}, {@linkcode inheritedWriter}. As write(2) and pipe(7).
 *
 * @example
 * ```ts
 * import { pipe } from "@ipc/ipc";
 *
 * const { reader, writer } = pipe();
 * await writer.write("hello");
 * const p = new Uint8Array(100);
 * const count = await reader.read(p);
 * console.log(new TextDecoder().decode(p.subarray(0, count!)));
 * writer.close();
 * reader.close();
 * ```
 */
export class PipeWriter implements Disposable, AsyncDisposable {
  readonly #descriptor: FileDescriptor;
  readonly #loop: LoopWriter;
  readonly #spin = new Spin();
  #bytesWritten = 0;
  #writable: WritableStream<Uint8Array> | undefined;
  readonly #turns = new Turns();
  #interrupt: ((reason: Error) => void) | undefined;

  /**
   * @internal
   * @param whole Whether a small write goes in whole or not at all, as it does everywhere but in TCP.
   */
  constructor(descriptor: FileDescriptor, whole = true) {
    this.#descriptor = descriptor;
    this.#loop = new LoopWriter(descriptor, whole);
  }

  /**
   * In a worker: the writer that another thread of this process gave up with {@linkcode PipeWriter.transfer}.
   *
   * @throws {TypeError} When it is not such a thing, or of a reader
   * @throws {Deno.errors.BadResource} When it was received before
   */
  static from(transferred: TransferredPipe): PipeWriter {
    const { fd, name } = receive(transferred, "writer");
    return new PipeWriter(new FileDescriptor(fd, name));
  }

  /** Whether it was closed or given up. */
  get closed(): boolean {
    return this.#descriptor.closed;
  }

  /** How many bytes the pipe holds before writers wait. Linux only. */
  get capacity(): number {
    return capacityOf(this.#descriptor);
  }

  /** How many bytes the kernel has taken from this handle so far: after an aborted write, how far it got. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /**
   * Writes all of `p`, waiting while the pipe is full. `p` must stay as it is until then.
   *
   * @param p Bytes, or text that is written as UTF-8.
   * @throws {Deno.errors.BrokenPipe} No reader is left (EPIPE)
   * @throws {Deno.errors.TimedOut} The pipe was full for the whole time-out
   * @throws {Deno.errors.BadResource} It is closed, or was closed during the wait
   */
  async write(p: Uint8Array | string, options?: WaitOptions): Promise<void> {
    if (options !== undefined) checkWait(options);
    let rest = bytesOf(p);
    this.#descriptor.number("write to");
    const before = this.#turns.take(options, this.#late);
    if (before !== undefined) await before;
    try {
      rest = this.#put(rest);
      for (;;) {
        const others = turn();
        if (others !== undefined) await others;
        if (rest.byteLength === 0) return;
        rest = this.#putSoon(rest) ?? this.#put(rest.subarray(await this.#putLater(rest, options ?? {})));
      }
    } finally {
      this.#turns.pass();
    }
  }

  /**
   * {@linkcode PipeWriter.write}, blocking this thread.
   *
   * @throws {Deno.errors.TimedOut} The pipe was full for the whole time-out
   * @throws {Deno.errors.Busy} Asynchronous writes are under way, and this one would go in between
   */
  writeSync(p: Uint8Array | string, options?: SyncWaitOptions): void {
    const timeout = options === undefined ? Infinity : timeoutOf(options);
    this.#mustBeIdle("write to");
    let rest = this.#put(bytesOf(p));
    if (rest.byteLength === 0) return;
    const end = performance.now() + timeout;
    do {
      const sooner = timeout > 0 ? this.#putSoon(rest) : undefined;
      if (sooner === undefined) {
        const left = end - performance.now();
        if (left <= 0) throw this.#late(timeout);
        poll(this.#descriptor.number("write to"), POLLOUT, left);
      }
      rest = this.#put(sooner ?? rest);
    } while (rest.byteLength > 0);
  }

  /**
   * Writes what fits now, without waiting.
   *
   * @returns How many bytes of `p` the pipe took; 0 when it is full. Up to 4096 bytes: all or nothing.
   * @throws {Deno.errors.Busy} Asynchronous writes are under way
   */
  tryWrite(p: Uint8Array | string): number {
    const bytes = bytesOf(p);
    this.#mustBeIdle("write to");
    return bytes.byteLength - this.#put(bytes).byteLength;
  }

  /** The pipe as a Web Stream. Closing it closes the writer; aborting it ends a write under way, too. */
  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= new WritableStream({
      write: (chunk, controller) => this.write(chunk, { signal: controller.signal }),
      close: () => this.close(),
      abort: () => this.close(),
    });
  }

  /** A second handle of the same end, independent in closing: the reader sees the end when both are closed. */
  dup(): PipeWriter {
    return new PipeWriter(this.#descriptor.duplicate("duplicate", O_WRONLY));
  }

  /**
   * Gives the writer up for another thread of this process: `postMessage()` the result, and call
   * {@linkcode PipeWriter.from} there. What nobody receives stays open until the process ends.
   *
   * @throws {Deno.errors.Busy} A write is under way
   */
  transfer(): TransferredPipe {
    this.#mustBeIdle("transfer");
    this.#loop.close();
    return send("writer", this.#descriptor);
  }

  /**
   * Whether it is open, and nobody can read what is written to it any more.
   *
   * @internal
   */
  get isBroken(): boolean {
    return !this.closed && !hasReader(this.#descriptor);
  }

  /**
   * A copy of the descriptor for a child.
   *
   * @internal
   */
  lend(least: number): FileDescriptor {
    this.#mustBeIdle("hand over");
    return new FileDescriptor(this.#descriptor.copy("hand over", least), this.#descriptor.name);
  }

  /**
   * Closes this handle because a child has the end now.
   *
   * @internal
   */
  handedOver(): void {
    this.#descriptor.closeBecause(HANDED_OVER);
    this.#loop.close();
  }

  /**
   * Gives the end up. What was written stays readable; a write under way rejects with `Deno.errors.BadResource`.
   * Once or often.
   */
  close(): void {
    if (this.closed) return;
    this.#loop.close();
    this.#descriptor.close();
    this.#interrupt?.(notOurs(`Cannot write to ${this.#descriptor.name}`, "it was closed during the write"));
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For `await using`: as close. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** Writes what fits; returns the rest. */
  #put(bytes: Uint8Array): Uint8Array {
    const fd = this.#descriptor.number("write to");
    while (bytes.byteLength > 0) {
      const count = write(fd, bytes);
      if (count === -errno("EAGAIN")) return bytes;
      if (count < 0) throw this.#failed(count);
      this.#bytesWritten += count;
      bytes = count === bytes.byteLength ? EMPTY : bytes.subarray(count);
    }
    return bytes;
  }

  /** Writes more within a moment; returns the rest, or undefined when the pipe stays full. */
  #putSoon(bytes: Uint8Array): Uint8Array | undefined {
    return this.#spin.until(() => {
      const rest = this.#put(bytes);
      return rest.byteLength < bytes.byteLength ? rest : undefined;
    });
  }

  #putLater(bytes: Uint8Array, options: WaitOptions): Promise<number> {
    return wait<number>(options, this.#late, ({ resolve, reject }) => {
      this.#loop.start(bytes, (result) => {
        this.#interrupt = undefined;
        if (typeof result !== "number") {
          const code = (result as { code?: string }).code ?? "EIO";
          // The runtime takes the end of the other side's writing for that of its reading: the kernel knows better.
          return code === "EPIPE" ? resolve(0) : reject(this.#failed(code));
        }
        this.#bytesWritten += result;
        resolve(result);
      });
      this.#interrupt = (reason) => {
        this.#interrupt = undefined;
        reject(reason);
      };
      return () => {
        this.#interrupt = undefined;
        return this.#loop.stop();
      };
    });
  }

  #mustBeIdle(action: string): void {
    if (!this.#turns.taken) return;
    throw busy(
      `Cannot ${action} ${this.#descriptor.name}`,
      "writes of this handle are under way; await them first",
    );
  }

  readonly #late = (timeout: number): Error =>
    timedOut(`Cannot write to ${this.#descriptor.name}`, "it was full, and nobody read from it", timeout);

  #failed(failure: number | string): Error {
    const action = `Cannot write to ${this.#descriptor.name}`;
    // A connection that the other side has reset is a broken pipe, too: the kernel says this once, then EPIPE.
    if (failure === -errno("ECONNRESET") || failure === "ECONNRESET") failure = "EPIPE";
    return systemError(failure as number | ErrnoName, { action, syscall: "write" });
  }
}

const EMPTY = new Uint8Array(0);

function bytesOf(p: Uint8Array | string): Uint8Array {
  if (typeof p === "string") return encoder.encode(p);
  if (p instanceof Uint8Array) return p;
  throw new TypeError("A write takes a Uint8Array or a string");
}
