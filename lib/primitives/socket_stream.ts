import { systemError } from "../errors.ts";
import type { LinesOptions, ReadAllOptions, SyncWaitOptions, WaitOptions } from "../options.ts";
import { addressText } from "./address.ts";
import { readableOf } from "./byte_reading.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { ConnSocket } from "./conn_socket.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { OwnSocket } from "./own_socket.ts";

/**
 * A connection: bytes both ways, to another process or machine.
 *
 * - One read at a time: a second one before the first is done is `Deno.errors.Busy`. Writes are done in the order of
 *   their calls.
 * - A write waits when the other side does not read: memory stays bounded. To an other side that is gone it rejects
 *   with `Deno.errors.BrokenPipe`; no SIGPIPE ends the process.
 * - `close()` ends both directions in good order: what was written before arrives. Over TCP it goes on reading in the
 *   background, and throws away, what the other side still sends: until that one's end, 50 ms of silence, or 2 s in
 *   all; `await using` waits for it, `Deno.exit` does not. A side that sends on after that sees a reset, and can lose
 *   what it has not got yet.
 * - An aborted or timed-out read loses nothing. A write that is aborted, or times out, may have been written in part
 *   ({@linkcode SocketStream.bytesWritten}); without `--allow-ffi` up to 64 KiB of it are still sent later.
 *
 * Made by {@linkcode connect} and {@linkcode listen}. As socket(7), unix(7) and tcp(7).
 *
 * @example
 * ```ts
 * import { connect, listen } from "@ipc/ipc";
 *
 * await using listener = await listen("tcp://127.0.0.1:0");
 * await using client = await connect(listener.address);
 * await using server = await listener.accept();
 * await client.write("hello\n");
 * for await (const line of server.lines()) {
 *   console.log(line);
 *   break;
 * }
 * ```
 */
export class SocketStream implements ByteStream, Disposable, AsyncDisposable {
  /** The address of this side. A Unix socket that was never given one has the path "". */
  readonly localAddr: Deno.Addr;
  /** The address of the other side. */
  readonly remoteAddr: Deno.Addr;
  /**
   * Reads what is there, without waiting: 0 when nothing is there now, null at the end. Only where the stream has a
   * descriptor of its own, that is with `--allow-ffi`; otherwise undefined.
   */
  readonly tryRead: ((p: Uint8Array) => number | null) | undefined;
  /**
   * Writes what fits now, without waiting, and returns how many bytes that were: 0 when it is full. Only where the
   * stream has a descriptor of its own, otherwise undefined.
   */
  readonly tryWrite: ((p: Uint8Array | string) => number) | undefined;
  readonly #socket: OwnSocket | ConnSocket;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  #readableEnded = false;
  #writableEnded = false;

  /** @internal */
  constructor(socket: OwnSocket | ConnSocket) {
    this.#socket = socket;
    this.localAddr = socket.localAddr;
    this.remoteAddr = socket.remoteAddr;
    this.tryRead = socket instanceof OwnSocket ? (p) => socket.tryRead(p) : undefined;
    this.tryWrite = socket instanceof OwnSocket ? (p) => socket.tryWrite(p) : undefined;
  }

  /** Whether it was closed or given up. */
  get closed(): boolean {
    return this.#socket.closed;
  }

  /** How many bytes the kernel has taken so far: after an aborted write, how far it got. */
  get bytesWritten(): number {
    return this.#socket.bytesWritten;
  }

  /**
   * Reads what is there, waiting for at least one byte.
   *
   * @param p Where to: from 1 byte on. It is filled from its start, not always to its end.
   * @returns How many bytes were read, or null at the end: the other side writes no more.
   * @throws {Deno.errors.TimedOut} Nothing within the time-out; nothing was taken either
   * @throws {Deno.errors.ConnectionReset} The other side left without reading what was sent to it
   * @throws {Deno.errors.Busy} Another read is under way
   * @throws {Deno.errors.BadResource} It is closed, or was closed during the wait
   * @throws {RangeError} `p` is empty
   */
  read(p: Uint8Array, options?: WaitOptions): Promise<number | null> {
    return this.#socket.read(p, options);
  }

  /**
   * {@linkcode SocketStream.read}, blocking this thread. Only where the stream has a descriptor of its own.
   *
   * @throws {Deno.errors.NotSupported} It has no descriptor of its own: made without `--allow-ffi`
   */
  readSync(p: Uint8Array, options?: SyncWaitOptions): number | null {
    return this.own("read, blocking the thread, from").readSync(p, options);
  }

  /**
   * Writes all of `p`, waiting while the other side does not read. `p` must stay as it is until then.
   *
   * @param p Bytes, or text that is written as UTF-8.
   * @throws {Deno.errors.BrokenPipe} The other side is gone (EPIPE)
   * @throws {Deno.errors.TimedOut} Nothing more could be written for the whole time-out
   * @throws {Deno.errors.BadResource} It is closed, or was closed during the wait
   */
  write(p: Uint8Array | string, options?: WaitOptions): Promise<void> {
    return this.#socket.write(p, options);
  }

  /**
   * {@linkcode SocketStream.write}, blocking this thread. Only where the stream has a descriptor of its own.
   *
   * @throws {Deno.errors.NotSupported} It has no descriptor of its own: made without `--allow-ffi`
   * @throws {Deno.errors.Busy} Asynchronous writes are under way, and this one would go in between
   */
  writeSync(p: Uint8Array | string, options?: SyncWaitOptions): void {
    this.own("write, blocking the thread, to").writeSync(p, options);
  }

  /**
   * The lines of text, without their `\n` or `\r\n`; a last line without one counts. Leaving the loop loses nothing.
   * A time-out or an abort limits each wait for more, not the whole loop. See {@linkcode PipeReader.lines}.
   *
   * @throws {RangeError} A line is longer than `maxLineLength`
   */
  lines(options?: LinesOptions): AsyncIterableIterator<string> {
    return this.#socket.lines(options);
  }

  /**
   * Everything until the other side ends, as bytes. A failure loses nothing: what was read is there for the next call.
   * A time-out or an abort limits each wait for more, not the whole.
   *
   * @throws {RangeError} It is longer than `maxLength`: the other side cannot fill this process's memory
   */
  bytes(options?: ReadAllOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#socket.bytes(options);
  }

  /** {@linkcode SocketStream.bytes}, as text. Bytes that are not UTF-8 become U+FFFD. */
  async text(options?: ReadAllOptions): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.bytes(options));
  }

  /**
   * The bytes as a Web Stream, read as its consumer asks for them: a slow consumer slows the other side. Its end and
   * its cancel end reading only; when {@linkcode SocketStream.writable} is closed, too, they close the connection.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= readableOf((p) => this.read(p), () => this.#streamEnded({ reading: true }));
  }

  /**
   * The connection as a Web Stream to write to. Closing it ends writing (the other side gets an end), and when
   * {@linkcode SocketStream.readable} has ended, too, the connection; aborting it closes the connection.
   */
  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= new WritableStream({
      write: (chunk, controller) => this.write(chunk, { signal: controller.signal }),
      close: async () => {
        await this.closeWrite();
        this.#streamEnded({ reading: false });
      },
      abort: () => this.close(),
    });
  }

  /**
   * Ends writing, after the writes that are under way: the other side reads null, and can still write. Once or often.
   *
   * @throws {Deno.errors.BadResource} It is closed
   */
  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  /**
   * Gives the connection up. What was written arrives; a read or a write under way rejects with
   * `Deno.errors.BadResource`. Once or often.
   */
  close(): void {
    void this.#socket.close();
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For `await using`: closes, and waits until that is done; 50 ms at most when the other side is silent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket.close();
  }

  /**
   * The socket, where it has a descriptor of its own.
   *
   * @internal
   */
  own(action: string): OwnSocket {
    if (this.#socket instanceof OwnSocket) return this.#socket;
    throw systemError("EOPNOTSUPP", {
      action: `Cannot ${action} connection to ${addressText(this.remoteAddr)}`,
      syscall: "dup",
      reason: "it has no descriptor of its own",
      advice: "run with --allow-ffi",
    });
  }

  /**
   * A copy of the descriptor for a child.
   *
   * @internal
   */
  lend(least: number): FileDescriptor {
    const socket = this.own("hand over");
    return new FileDescriptor(socket.lend("hand over", least), socket.descriptor.name);
  }

  /**
   * Closes this handle because a child has the socket now.
   *
   * @internal
   */
  handedOver(): void {
    this.own("hand over").handedOver();
  }

  #streamEnded({ reading }: { reading: boolean }): void {
    if (reading) this.#readableEnded = true;
    else this.#writableEnded = true;
    if (this.#readableEnded && this.#writableEnded) this.close();
    else if (reading && this.#socket instanceof OwnSocket) this.#socket.closeRead();
  }
}
