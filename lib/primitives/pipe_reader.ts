import { busy, notOurs, systemError, timedOut } from "../errors.ts";
import type { ErrnoName } from "../ffi/errno.ts";
import { errno } from "../ffi/errno.ts";
import { O_RDONLY } from "../ffi/fcntl.ts";
import { poll, POLLIN } from "../ffi/poll.ts";
import { read } from "../ffi/unistd.ts";
import {
  checkWait,
  type LinesOptions,
  type ReadAllOptions,
  type SyncWaitOptions,
  timeoutOf,
  type WaitOptions,
} from "../options.ts";
import { bytesOf, linesOf, readableOf } from "./byte_reading.ts";
import { LoopReader, turn } from "./event_loop.ts";
import { unreadIn } from "./fifo_end.ts";
import { FileDescriptor, HANDED_OVER } from "./file_descriptor.ts";
import { LineBuffer } from "./line_buffer.ts";
import { capacityOf } from "./pipe_capacity.ts";
import { receive, send, type TransferredPipe } from "./pipe_transfer.ts";
import { Spin } from "./spin.ts";
import { wait } from "./wait.ts";

const CHUNK = 65536;

/**
 * The end of a pipe or fifo that bytes come out of.
 *
 * - One read at a time: a second one before the first is done is `Deno.errors.Busy`. Several readers of one pipe
 *   (`dup()`, other processes) each get a part of the bytes; a read of one message never takes another's.
 * - `readSync` stops the whole thread, timers and other connections included, until bytes come.
 * - Not closing it keeps its writers from learning that nobody reads: use `using`.
 *
 * Made by {@linkcode pipe}, {@linkcode openFifoReader}, {@linkcode inheritedReader}. As read(2) and pipe(7).
 *
 * @example
 * ```ts
 * import { pipe } from "@ipc/ipc";
 *
 * const { reader, writer } = pipe();
 * await writer.write("one\ntwo\n");
 * writer.close();
 * for await (const line of reader.lines()) console.log(line);
 * reader.close();
 * ```
 */
export class PipeReader implements Disposable, AsyncDisposable {
  readonly #descriptor: FileDescriptor;
  readonly #loop: LoopReader;
  /** A write end of the same fifo: while it is open the fifo has no end. */
  readonly #keptOpen: FileDescriptor | undefined;
  readonly #held = new LineBuffer();
  readonly #spin = new Spin();
  /** Whether somebody else may read from the same end. */
  #shared = false;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #interrupt: ((reason: Error) => void) | undefined;

  /** @internal */
  constructor(descriptor: FileDescriptor, keptOpen?: FileDescriptor) {
    this.#descriptor = descriptor;
    this.#keptOpen = keptOpen;
    this.#loop = new LoopReader(descriptor);
  }

  /**
   * In a worker: the reader that another thread of this process gave up with {@linkcode PipeReader.transfer}.
   *
   * @throws {TypeError} When it is not such a thing, or of a writer
   * @throws {Deno.errors.BadResource} When it was received before
   */
  static from(transferred: TransferredPipe): PipeReader {
    const { fd, name, keptOpen, held } = receive(transferred, "reader");
    const kept = keptOpen === undefined ? undefined : new FileDescriptor(keptOpen, name);
    const reader = new PipeReader(new FileDescriptor(fd, name), kept);
    reader.#hold(held);
    return reader;
  }

  /** Whether it was closed or given up. */
  get closed(): boolean {
    return this.#descriptor.closed;
  }

  /** How many bytes the pipe holds before writers wait. Linux only. */
  get capacity(): number {
    return capacityOf(this.#descriptor);
  }

  /**
   * Reads what is there, waiting for at least one byte. Once bytes are there it needs no turn of the event loop.
   *
   * @param p Where to: from 1 byte on. It is filled from its start, not always to its end.
   * @returns How many bytes were read, or null at the end: the last writer has left. (A new writer of a fifo can
   * come later, and then there is more to read.)
   * @throws {Deno.errors.TimedOut} Nothing within the time-out; nothing was taken either
   * @throws {Deno.errors.Busy} Another read is under way
   * @throws {Deno.errors.BadResource} It is closed, or was closed during the wait
   * @throws {RangeError} `p` is empty
   */
  async read(p: Uint8Array, options?: WaitOptions): Promise<number | null> {
    if (options !== undefined) checkWait(options);
    let now = this.#take(p);
    if (now === undefined) now = this.#spin.until(() => this.#takeFromKernel(p));
    if (now === undefined) return await this.#waitForKernel(p, options ?? {});
    const others = turn();
    if (others !== undefined) await others;
    return now;
  }

  /**
   * {@linkcode PipeReader.read}, blocking this thread.
   *
   * @throws {Deno.errors.TimedOut} Nothing within the time-out
   */
  readSync(p: Uint8Array, options?: SyncWaitOptions): number | null {
    const timeout = options === undefined ? Infinity : timeoutOf(options);
    let now = this.#take(p);
    if (now === undefined && timeout > 0) now = this.#spin.until(() => this.#takeFromKernel(p));
    if (now !== undefined) return now;
    const end = performance.now() + timeout;
    for (;;) {
      const left = end - performance.now();
      if (left <= 0) throw this.#late(timeout);
      poll(this.#descriptor.number("read from"), POLLIN, left);
      now = this.#takeFromKernel(p);
      if (now !== undefined) return now;
    }
  }

  /**
   * {@linkcode PipeReader.read} without waiting.
   *
   * @returns How many bytes were read, 0 when none is there now, null at the end.
   */
  tryRead(p: Uint8Array): number | null {
    const now = this.#take(p);
    return now === undefined ? 0 : now;
  }

  /**
   * The lines of text, without their `\n` or `\r\n`; a last line without one counts. Bytes that are not UTF-8
   * become U+FFFD. Leaving the loop loses nothing: the next `lines()` or `read()` goes on behind the last line.
   * A time-out or an abort limits each wait for more, not the whole loop.
   *
   * @throws {RangeError} A line is longer than `maxLineLength`
   */
  lines(options: LinesOptions = {}): AsyncIterableIterator<string> {
    return linesOf(this.#held, options, (room) => this.#fill(room, options));
  }

  /**
   * Everything until the end, as bytes. A failure loses nothing: what was read is there for the next call. A time-out
   * or an abort limits each wait for more, not the whole.
   *
   * @throws {RangeError} It is longer than `maxLength`
   */
  bytes(options: ReadAllOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return bytesOf(this.#held, options, (room) => this.#fill(room, options));
  }

  /** {@linkcode PipeReader.bytes}, as text. Bytes that are not UTF-8 become U+FFFD. */
  async text(options: ReadAllOptions = {}): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.bytes(options));
  }

  /**
   * The bytes as a Web Stream, read as its consumer asks for them: a slow consumer slows the writer. Its end and
   * its cancel close the reader.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= readableOf((p) => this.read(p), () => this.close());
  }

  /** A second handle of the same end, independent in closing. Whoever reads first has the bytes. */
  dup(): PipeReader {
    const kept = this.#keptOpen;
    const descriptor = this.#descriptor.duplicate("duplicate", O_RDONLY);
    this.#shared = true;
    return new PipeReader(descriptor, kept && new FileDescriptor(kept.copy("duplicate"), kept.name));
  }

  /**
   * Gives the reader up for another thread of this process: `postMessage()` the result, and call
   * {@linkcode PipeReader.from} there. What nobody receives stays open until the process ends.
   *
   * @throws {Deno.errors.Busy} A read is under way
   */
  transfer(): TransferredPipe {
    this.#mustBeIdle("transfer");
    this.#loop.close();
    const held = this.#held.drain();
    return send("reader", this.#descriptor, this.#keptOpen, held);
  }

  /**
   * A copy of the descriptor for a child.
   *
   * @internal
   */
  lend(least: number): FileDescriptor {
    this.mustHaveNothingAhead("hand over");
    this.#shared = true;
    return new FileDescriptor(this.#descriptor.copy("hand over", least), this.#descriptor.name);
  }

  /**
   * Fails unless what comes next is in the kernel, with nobody waiting for it here.
   *
   * @internal
   */
  mustHaveNothingAhead(action: string): void {
    this.#mustBeIdle(action);
    if (this.#held.length === 0) return;
    throw busy(
      `Cannot ${action} ${this.#descriptor.name}`,
      `lines() has read ${this.#held.length} bytes ahead, which would be missed; read them first`,
    );
  }

  /**
   * Lets somebody else read from the descriptor; meanwhile every other read is Busy.
   *
   * @internal
   */
  async exclusively<T>(action: string, body: () => Promise<T>): Promise<T> {
    this.mustHaveNothingAhead(action);
    this.#interrupt = () => {};
    try {
      return await body();
    } finally {
      this.#interrupt = undefined;
    }
  }

  /**
   * Reads what is there into the void, unless it may be somebody else's.
   *
   * @internal
   */
  discard(): void {
    if (this.closed || this.#shared) return;
    const fd = this.#descriptor.number("read from");
    let left = unreadIn(this.#descriptor);
    const p = new Uint8Array(Math.min(left, CHUNK));
    while (left > 0) {
      const count = read(fd, p);
      if (count <= 0) return;
      left -= count;
    }
  }

  /**
   * Closes this handle because a child has the end now.
   *
   * @internal
   */
  handedOver(): void {
    this.#descriptor.closeBecause(HANDED_OVER);
    this.#loop.close();
    this.#keptOpen?.close();
  }

  /** Gives the end up; a read under way rejects with `Deno.errors.BadResource`. Once or often. */
  close(): void {
    if (this.closed) return;
    this.#loop.close();
    this.#held.drain();
    this.#descriptor.close();
    this.#keptOpen?.close();
    this.#interrupt?.(notOurs(`Cannot read from ${this.#descriptor.name}`, "it was closed during the read"));
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

  /** What can be had now: a count, null at the end, undefined when one has to wait. */
  #take(p: Uint8Array): number | null | undefined {
    if (!(p instanceof Uint8Array)) throw new TypeError("A read takes the Uint8Array to fill");
    if (p.byteLength === 0) {
      throw new RangeError("Cannot read into an empty buffer: 0 bytes would look like an end; give it room");
    }
    if (this.#held.length > 0) {
      this.#mustBeIdle("read from");
      return this.#held.take(p);
    }
    return this.#takeFromKernel(p);
  }

  #fill(room: Uint8Array, options: WaitOptions): number | null | Promise<number | null> {
    const now = this.#takeFromKernel(room);
    return now === undefined ? this.#waitForKernel(room, options) : now;
  }

  #takeFromKernel(p: Uint8Array): number | null | undefined {
    this.#mustBeIdle("read from");
    const count = read(this.#descriptor.number("read from"), p);
    if (count > 0) return count;
    if (count === 0) return null;
    if (count === -errno("EAGAIN")) return undefined;
    throw systemError(count, { action: `Cannot read from ${this.#descriptor.name}`, syscall: "read" });
  }

  #waitForKernel(p: Uint8Array, options: WaitOptions): Promise<number | null> {
    const late = (timeout: number) => this.#late(timeout);
    return wait<number | null>(options, late, ({ resolve, reject }) => {
      this.#loop.start(p.byteLength, (result) => {
        this.#interrupt = undefined;
        if (result instanceof Error) return reject(this.#failed(result));
        if (result === null) return resolve(null);
        if (p.byteLength < result.length) {
          // The caller's memory went away during the wait: the bytes are for the next call.
          this.#hold(result);
          return reject(new TypeError("The buffer to read into was detached or shrunk during the read"));
        }
        p.set(result);
        resolve(result.length);
      });
      this.#interrupt = (reason) => {
        this.#interrupt = undefined;
        reject(reason);
      };
      return () => {
        this.#interrupt = undefined;
        this.#loop.stop();
      };
    });
  }

  #hold(bytes: Uint8Array | undefined): void {
    for (let rest = bytes ?? new Uint8Array(0); rest.length > 0;) {
      const part = rest.subarray(0, CHUNK);
      this.#held.room().set(part);
      this.#held.add(part.length);
      rest = rest.subarray(part.length);
    }
  }

  #mustBeIdle(action: string): void {
    if (this.#interrupt === undefined) return;
    throw busy(
      `Cannot ${action} ${this.#descriptor.name}`,
      "a read of this handle is under way; await it first",
    );
  }

  #late(timeout: number): Error {
    return timedOut(`Cannot read from ${this.#descriptor.name}`, "nothing was written", timeout);
  }

  #failed(error: Error & { code?: string }): Error {
    const action = `Cannot read from ${this.#descriptor.name}`;
    return systemError((error.code ?? "EIO") as ErrnoName, { action, syscall: "read" });
  }
}
