import { busy, notOurs, systemError, timedOut } from "../errors.ts";
import { checkWait, countOf, timeoutOf, type WaitOptions } from "../options.ts";
import { addressText, type SocketAddress, streamAddress } from "../primitives/address.ts";
import type { ByteStream } from "../primitives/byte_stream.ts";
import { type SendableDescriptor, sendDescriptors } from "../primitives/descriptor_passing.ts";
import { anotherStep, turn } from "../primitives/event_loop.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import { connect, type ConnectOptions } from "../primitives/socket.ts";
import { SocketStream } from "../primitives/socket_stream.ts";
import { authenticate, type AuthOptions, checkAuth, MOST_IN_HANDSHAKE, type Role } from "./auth.ts";
import type { Codec } from "./codec.ts";
import { type Carried, type CodecName, codecOf } from "./codecs.ts";
import { FrameReader } from "./frame_reader.ts";
import { FrameWriter } from "./frame_writer.ts";
import { HandleSource } from "./handle_source.ts";
import { ended } from "./message_error.ts";

/** What a connection can carry messages over: a stream, or a reader and a writer such as the ends of two pipes. */
export type Transport =
  | ByteStream
  | {
    /** Where messages of the other side come out. */
    reader: Pick<ByteStream, "read" | "tryRead" | "close">;
    /** Where messages for the other side go in. */
    writer: Pick<ByteStream, "write" | "tryWrite" | "close">;
  };

/** Options of every connection. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface ConnectionOptions<C extends CodecName | Codec<any> = CodecName | Codec<any>> {
  /** How values become messages. Default: "structured". Both sides need the same. */
  codec?: C | undefined;
  /** The largest message in bytes, sent or received. Default: 64 MiB. */
  maxMessageSize?: number | undefined;
  /**
   * Whether handles of the other side are received with its messages: {@linkcode Connection.recvWithHandles}. Unix
   * sockets only. Each wait takes some 80 us longer. Default: false, and handles that come are closed by the kernel.
   */
  handles?: boolean | undefined;
}

/** A message with the handles that came with it; see {@linkcode Connection.recvWithHandles}. */
export interface MessageWithHandles<T> extends Disposable {
  /** The value. */
  value: T;
  /** The handles, in the sender's order; often none. */
  handles: ReceivedDescriptor[];
}

/** Options of {@linkcode Connection.over}. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface OverOptions<C extends CodecName | Codec<any> = CodecName | Codec<any>>
  extends ConnectionOptions<C>, AuthOptions
{
  /** Which side of the handshake this is: the listener challenges first. Needed with `authKey`. */
  role?: Role | undefined;
  /** Ends the handshake. */
  signal?: AbortSignal | undefined;
}

/** Options of {@linkcode Connection.connect}. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface ConnectionConnectOptions<C extends CodecName | Codec<any> = CodecName | Codec<any>>
  extends ConnectionOptions<C>, AuthOptions, ConnectOptions
{}

const LARGEST = 64 * 1024 * 1024;

const CLOSED = "it is closed";
const END = { done: true, value: undefined } as const;
const YES = () => true;

/** How long a closed connection goes on writing what was sent, where that cannot be done at once. */
const LINGER = 2000;

/**
 * Whole messages both ways, to another process of this library or of Python's `multiprocessing.connection`: the wire
 * is Python's. Python's `send()` pickles values, which is not decoded here: use `send_bytes()` there, and `sendBytes`
 * and `recvBytes` (or a codec that both have) here.
 *
 * - Messages that are sent in one turn of the event loop leave together. `send` resolves when the kernel has the
 *   message: awaiting it keeps memory bounded when the other side does not read. A send that nobody awaits, and
 *   that fails, is an unhandled rejection.
 * - One receiver at a time: a second `recv` before the first is done is `Deno.errors.Busy`. A wait that was aborted,
 *   or timed out, loses nothing.
 * - The end of the other side ends `for await`; `recv` rejects with `Deno.errors.UnexpectedEof` (code "EOF"), as
 *   Python's raises EOFError, because every value can be a message, null too. Inside a message the error says how
 *   many bytes are missing (code "EPROTO").
 * - A message over `maxMessageSize`, or with a negative length, closes the connection. A message that the codec
 *   cannot decode is lost, with `Deno.errors.InvalidData` (code "EBADMSG"); the connection goes on.
 *
 * Made by {@linkcode Connection.connect}, {@linkcode Listener}, {@linkcode connectionPair}, {@linkcode Connection.over}.
 *
 * @example
 * ```ts
 * import { connectionPair } from "@ipc/ipc";
 *
 * const [a, b] = connectionPair();
 * await a.send({ greeting: "hello", at: new Date() });
 * console.log(await b.recv());
 * a.close();
 * b.close();
 * ```
 */
// deno-lint-ignore no-explicit-any -- As MessageEvent.data.
export class Connection<T = any> implements AsyncIterable<T>, Disposable, AsyncDisposable {
  readonly #frames: FrameReader;
  readonly #out: FrameWriter;
  readonly #codec: Codec<T>;
  readonly #name: string;
  readonly #limit: number;
  readonly #transport: Transport;
  readonly #canTryWrite: boolean;
  readonly #handles: HandleSource | undefined;
  #receiving = false;
  #closedBecause: string | undefined;
  #lingering: Promise<void> | undefined;

  /** @internal */
  constructor(transport: Transport, codec: Codec<T>, name: string, options: ConnectionOptions) {
    const { reader, writer } = endsOf(transport);
    this.#transport = transport;
    this.#codec = codec;
    this.#name = name;
    this.#limit = limitOf(options);
    this.#handles = options.handles === true
      ? new HandleSource(unixStream(transport, `receive handles from ${name}`).own("receive handles from"))
      : undefined;
    this.#frames = new FrameReader(this.#handles ?? reader, this.#limit);
    this.#out = new FrameWriter(writer, (error) => this.#sendFailure(error));
    this.#canTryWrite = writer.tryWrite !== undefined;
  }

  /**
   * Messages over what carries bytes: a {@linkcode SocketStream}, a {@linkcode DuplexFifo}, or a reader and a writer.
   * The connection owns it: closing closes it. With `authKey` it resolves after the handshake.
   *
   * @throws {Deno.errors.PermissionDenied} The other side does not know the key
   * @throws {Deno.errors.TimedOut} The handshake was not done in time
   *
   * @example Over two pipes
   * ```ts
   * import { Connection, pipe } from "@ipc/ipc";
   *
   * const [there, back] = [pipe(), pipe()];
   * using a = await Connection.over({ reader: back.reader, writer: there.writer }, { codec: "text" });
   * using b = await Connection.over({ reader: there.reader, writer: back.writer }, { codec: "text" });
   * await a.send("hello");
   * console.log(await b.recv());
   * ```
   */
  // deno-lint-ignore no-explicit-any -- Any codec will do.
  static async over<const C extends CodecName | Codec<any> = "structured">(
    transport: Transport,
    options: OverOptions<C> = {},
  ): Promise<Connection<Carried<C>>> {
    checkAuth(options);
    if (options.authKey !== undefined && options.role !== "listener" && options.role !== "client") {
      throw new TypeError('A handshake has two roles: with authKey give role: "listener" or role: "client"');
    }
    endsOf(transport);
    return await Connection.authenticated(transport, nameOf(transport), options.role ?? "client", options);
  }

  /**
   * Connects to a {@linkcode Listener}, or to Python's, and proves the `authKey` when there is one.
   *
   * @param address `tcp://host:port`, `unix:/path`, `unix:@abstract`, or Deno's objects; see {@linkcode connect}
   * @throws {Deno.errors.PermissionDenied} The other side does not know the key, or has another handshake
   * @throws {Deno.errors.ConnectionRefused} Nobody listens there; `retry` waits for it
   * @throws {Deno.errors.NotFound} There is no such socket file, or host
   * @throws {Deno.errors.TimedOut} No connection within the time-out, or no handshake within `handshakeTimeout`
   *
   * @example
   * ```ts
   * import { Connection, Listener } from "@ipc/ipc";
   *
   * await using listener = new Listener("tcp://127.0.0.1:0", { authKey: "secret" });
   * await using client = await Connection.connect(await listener.ready, { authKey: "secret" });
   * await using server = await listener.accept();
   * await client.send(["hello", 1]);
   * console.log(await server.recv());
   * ```
   */
  // deno-lint-ignore no-explicit-any -- Any codec will do.
  static async connect<const C extends CodecName | Codec<any> = "structured">(
    address: SocketAddress,
    options: ConnectionConnectOptions<C> = {},
  ): Promise<Connection<Carried<C>>> {
    checkAuth(options);
    codecOf(options.codec);
    limitOf(options);
    const stream = await connect(address, options);
    try {
      return await Connection.authenticated(stream, addressText(streamAddress(address)), "client", options);
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  /**
   * A connection after its handshake.
   *
   * @internal
   */
  // deno-lint-ignore no-explicit-any -- Any codec will do.
  static async authenticated<C extends CodecName | Codec<any>>(
    transport: Transport,
    name: string,
    role: Role,
    options: ConnectionOptions<C> & AuthOptions & { signal?: AbortSignal | undefined },
  ): Promise<Connection<Carried<C>>> {
    const connection = new Connection(transport, codecOf(options.codec), name, options);
    if (options.authKey === undefined) return connection;
    connection.#frames.limit = MOST_IN_HANDSHAKE;
    try {
      await authenticate(connection, role, name, options);
    } catch (error) {
      connection.close();
      throw error;
    }
    connection.#frames.limit = connection.#limit;
    return connection;
  }

  /**
   * The largest message in bytes.
   *
   * @internal
   */
  get maxMessageSize(): number {
    return this.#limit;
  }

  /** Whether it was closed, here, or by what the other side sent. */
  get closed(): boolean {
    return this.#closedBecause !== undefined;
  }

  /**
   * Sends a value. Resolves when the kernel has it; the order of calls is kept.
   *
   * @param options End the wait for a kernel that takes no more. A message that has begun to leave goes on leaving
   *   then; otherwise it is not sent.
   * @throws {TypeError} The codec cannot carry the value; the message has the path to what it cannot carry. The
   *   connection stays usable
   * @throws {RangeError} The message is larger than `maxMessageSize`
   * @throws {Deno.errors.BrokenPipe} The other side is gone
   * @throws {Deno.errors.TimedOut} The other side has not read for the whole time-out
   * @throws {Deno.errors.BadResource} The connection is closed
   */
  send(value: T, options?: WaitOptions): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = this.#codec.encode(value);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.sendBytes(bytes, options);
  }

  /**
   * Sends bytes as a message, past the codec: Python's `recv_bytes()` receives them. More than 32 KiB of them must
   * stay as they are until this resolves.
   *
   * @throws As {@linkcode Connection.send}
   */
  sendBytes(bytes: Uint8Array, options?: WaitOptions): Promise<void> {
    if (!(bytes instanceof Uint8Array)) {
      return Promise.reject(new TypeError("A message's bytes are a Uint8Array"));
    }
    if (this.#closedBecause !== undefined) return Promise.reject(this.#notOurs("send to"));
    try {
      this.#mustFit(bytes);
      if (options === undefined) return this.#out.send(bytes);
      checkWait(options);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#out.sendWithin(
      bytes,
      options,
      (timeout) => timedOut(`Cannot send to ${this.#name}`, "the other side did not read", timeout),
    );
  }

  /**
   * Sends a value together with open handles: ends of pipes, connected and listening sockets, files as numbers
   * (`openSync` of node:fs). The other side gets copies, with {@linkcode Connection.recvWithHandles}; these stay this
   * side's own, and open until this resolves. Unix sockets only.
   *
   * @param handles Up to 64.
   * @throws {Deno.errors.NotSupported} The connection is not over a Unix socket with a descriptor of its own
   * @throws {RangeError} More than 64 handles
   * @throws {Deno.errors.BadResource} A handle, or the connection, is closed
   * @throws As {@linkcode Connection.send}
   *
   * @example
   * ```ts
   * import { connectionPair, pipe } from "@ipc/ipc";
   *
   * const [a, b] = connectionPair({ handles: true });
   * const { reader, writer } = pipe();
   * await a.sendWithHandles("a pipe to write to", [writer]);
   * writer.close();
   * using message = await b.recvWithHandles();
   * using theirs = message.handles[0]!.writer();
   * await theirs.write(`thanks for ${message.value}\n`);
   * console.log((await reader.lines().next()).value);
   * reader.close();
   * a.close();
   * b.close();
   * ```
   */
  async sendWithHandles(value: T, handles: SendableDescriptor[]): Promise<void> {
    if (this.#closedBecause !== undefined) throw this.#notOurs("send to");
    const stream = unixStream(this.#transport, `send handles to ${this.#name}`);
    const bytes = this.#codec.encode(value);
    this.#mustFit(bytes);
    if (handles.length === 0) return await this.#out.send(bytes);
    await this.#sendOver(stream, bytes, handles);
  }

  /**
   * As `sendBytes`, with handles when there are any.
   *
   * @internal
   */
  async sendPacked(bytes: Uint8Array, handles: SendableDescriptor[]): Promise<void> {
    if (handles.length === 0) return await this.sendBytes(bytes);
    if (this.#closedBecause !== undefined) throw this.#notOurs("send to");
    const stream = unixStream(this.#transport, `send handles to ${this.#name}`);
    this.#mustFit(bytes);
    await this.#sendOver(stream, bytes, handles);
  }

  /**
   * As `recvBytes`, with the handles that came. The bytes are good until the next receive.
   *
   * @internal
   */
  recvPacked(): Promise<{ bytes: Uint8Array<ArrayBuffer>; handles: ReceivedDescriptor[] }> {
    const take = () => {
      const bytes = this.#frames.next()!;
      return { bytes, handles: this.#handles?.take(this.#frames.place) ?? [] };
    };
    return this.#await({}, take, this.#throwEnded);
  }

  /**
   * The socket that it is over, if it is one.
   *
   * @internal
   */
  get stream(): SocketStream | undefined {
    return this.#transport instanceof SocketStream ? this.#transport : undefined;
  }

  /**
   * What the connection is called in messages.
   *
   * @internal
   */
  get name(): string {
    return this.#name;
  }

  /**
   * Receives the next value, waiting for it, with the handles that came with it: look at the kind of each, and take it.
   * `using` closes those that were not taken. Needs the option `handles`. The handles of a message that is received in
   * another way are closed.
   *
   * @throws {Error} The process has no room for the handles (EMFILE, see `ulimit -n`): this message is lost with them
   * @throws As {@linkcode Connection.recv}
   */
  recvWithHandles(options: WaitOptions = {}): Promise<MessageWithHandles<T>> {
    const source = this.#handles;
    if (source === undefined) {
      const why = "it was made without the option handles, so that those that came are closed";
      return Promise.reject(new TypeError(`${this.#cannot("receive handles from")}: ${why}`));
    }
    const take = () => {
      const frame = this.#frames.next()!;
      const handles = source.take(this.#frames.place);
      const dispose = () => handles.forEach((handle) => handle.close());
      try {
        return { value: this.#decode(frame), handles, [Symbol.dispose]: dispose };
      } catch (error) {
        dispose();
        throw error;
      }
    };
    return this.#await(options, take, this.#throwEnded);
  }

  /**
   * Receives the next value, waiting for it.
   *
   * @throws {Deno.errors.UnexpectedEof} The other side has left: between messages code "EOF", inside one "EPROTO"
   * @throws {Deno.errors.InvalidData} The codec cannot decode the message (code "EBADMSG"), which is lost; or the
   *   message's length is impossible (code "EPROTO", "EMSGSIZE"), and the connection is closed
   * @throws {Deno.errors.ConnectionReset} The other side left without reading what was sent to it
   * @throws {Deno.errors.TimedOut} No whole message within the time-out
   * @throws {Deno.errors.Busy} Another receive is under way
   * @throws {Deno.errors.BadResource} The connection is closed, or was closed during the wait
   */
  recv(options?: WaitOptions): Promise<T> {
    if (options === undefined && !this.#receiving) {
      try {
        const frame = this.#now();
        if (frame !== undefined) return Promise.resolve(this.#decode(frame));
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#await(options ?? {}, this.#takeValue, this.#throwEnded);
  }

  /**
   * Receives the next message as bytes, past the codec: what Python sent with `send_bytes()`.
   *
   * @throws As {@linkcode Connection.recv}
   */
  recvBytes(options?: WaitOptions): Promise<Uint8Array<ArrayBuffer>> {
    if (options === undefined && !this.#receiving) {
      try {
        const frame = this.#now();
        if (frame !== undefined) return Promise.resolve(this.#frames.owned ? frame : frame.slice());
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#await(options ?? {}, this.#takeBytes, this.#throwEnded);
  }

  /**
   * Receives the next message as bytes into memory that is there already, which saves making some for each.
   *
   * @returns How many bytes the message has.
   * @throws {RangeError} The message is larger than `p`. It stays: the next receive gets it
   * @throws As {@linkcode Connection.recv}
   */
  async recvBytesInto(p: Uint8Array<ArrayBuffer>, options: WaitOptions = {}): Promise<number> {
    if (!(p instanceof Uint8Array)) throw new TypeError("recvBytesInto takes the Uint8Array to fill");
    const lent = !this.#receiving;
    if (lent) this.#frames.lend(p);
    try {
      return await this.#await(options, () => this.#moveInto(p), this.#throwEnded);
    } finally {
      if (lent) this.#frames.takeBack();
    }
  }

  /**
   * Whether a receive would not have to wait: a whole message is here, or the end. Waits up to `timeout`, by default 0.
   *
   * @throws {Deno.errors.InvalidData} What comes is no message; the connection is closed
   * @throws {Deno.errors.Busy} A receive is under way
   * @throws {Deno.errors.BadResource} The connection is closed, or was closed during the wait
   */
  async poll(options: WaitOptions = {}): Promise<boolean> {
    try {
      return await this.#await({ signal: options.signal, timeout: options.timeout ?? 0 }, YES, YES);
    } catch (error) {
      if (error instanceof Deno.errors.TimedOut) return false;
      if (error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.ConnectionReset) {
        return true;
      }
      throw error;
    }
  }

  /** Each value, until the other side leaves or this one closes. Leaving the loop closes nothing, and loses nothing. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const next = (): Promise<IteratorResult<T, undefined>> => {
      try {
        const frame = this.#receiving ? undefined : this.#now();
        if (frame !== undefined) {
          return Promise.resolve({ done: false, value: this.#decode(frame) });
        }
      } catch (error) {
        return Promise.reject(error);
      }
      return this.#nextOrEnd();
    };
    const iterator: AsyncIterableIterator<T> = {
      next,
      return: () => Promise.resolve(END),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /**
   * Gives the connection up. What was sent arrives as far as the kernel takes it now (over TCP: within two seconds);
   * sends whose message it does not take reject, and so does a receive under way, with `Deno.errors.BadResource`.
   * Once or often.
   */
  close(): void {
    this.#close(CLOSED);
  }

  /**
   * What is needed to make the same connection in another process, which has it from `handedOver` on.
   *
   * @internal
   */
  lend(): { stream: SocketStream; codec: string; maxMessageSize: number; handles: boolean } {
    const action = "hand over";
    if (this.#closedBecause !== undefined) throw this.#notOurs(action);
    const underWay = this.#receiving || this.#out.pending;
    if (underWay || this.#peek() !== undefined || this.#frames.missing("") !== undefined) {
      const why = underWay ? "a call of it is under way; await it first" : "what has come here would be lost";
      throw busy(this.#cannot(action), why);
    }
    const stream = this.#transport;
    if (!(stream instanceof SocketStream)) {
      throw new TypeError(`${this.#cannot(action)}: it is not over a socket`);
    }
    if (codecOf(this.#codec.name as CodecName) !== this.#codec) {
      throw new TypeError(
        `${this.#cannot(action)}: its codec ${this.#codec.name} is not one of this library`,
      );
    }
    const { maxMessageSize, handles } = { maxMessageSize: this.#limit, handles: this.#handles !== undefined };
    return { stream, codec: this.#codec.name, maxMessageSize, handles };
  }

  /** @internal */
  handedOver(): void {
    this.#closedBecause = "it was handed to another process";
    this.#frames.clear();
    (this.#transport as SocketStream).handedOver();
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For `await using`: closes, and waits until it is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#lingering;
    for (const end of new Set(Object.values(endsOf(this.#transport)))) {
      await (end as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.();
    }
  }

  async #nextOrEnd(): Promise<IteratorResult<T, undefined>> {
    const value = () => ({ done: false as const, value: this.#decode(this.#next()!) });
    try {
      return await this.#await<IteratorResult<T, undefined>>({}, value, () => END);
    } catch (error) {
      // Closing ends the loop of who closes. What the other side did wrong is an error.
      if (this.#closedBecause !== CLOSED) throw error;
      return END;
    }
  }

  /**
   * Waits until a message is here whole, or the other side has left between two messages, and returns what the
   * function for it makes of that, before anybody else can receive.
   */
  async #await<R>(options: WaitOptions, whole: () => R, end: () => R): Promise<R> {
    checkWait(options);
    if (this.#closedBecause !== undefined) throw this.#notOurs("receive from");
    if (this.#receiving) {
      throw busy(this.#cannot("receive from"), "a receive of this connection is under way; await it first");
    }
    this.#receiving = true;
    const timeout = timeoutOf(options);
    const limit = timeout === Infinity ? Infinity : performance.now() + timeout;
    const late = () => timedOut(this.#cannot("receive from"), "no whole message came", timeout);
    try {
      for (;;) {
        if (this.#peek() !== undefined) return whole();
        let count = this.#frames.tryFill();
        if (count === 0) {
          const left = limit === Infinity ? undefined : Math.max(0, limit - performance.now());
          if (left === 0 && this.#frames.canTry) throw late();
          count = await this.#frames.fill({ signal: options.signal, timeout: left });
        } else {
          const others = turn();
          if (others !== undefined) await others;
        }
        if (this.#closedBecause !== undefined) throw this.#notOurs("receive from");
        if (count !== null) continue;
        const missing = this.#frames.missing(this.#cannot("receive from"));
        if (missing !== undefined) throw missing;
        return end();
      }
    } catch (error) {
      if (error instanceof Deno.errors.TimedOut) throw late();
      const interrupted = error instanceof Deno.errors.BadResource && this.#closedBecause !== undefined;
      throw interrupted ? this.#notOurs("receive from") : error;
    } finally {
      this.#receiving = false;
    }
  }

  /** The next message when it can be had without waiting: most of what promises cost is saved then. */
  #now(): Uint8Array<ArrayBuffer> | undefined {
    let frame = this.#next();
    while (frame === undefined && this.#closedBecause === undefined && anotherStep()) {
      const count = this.#frames.tryFill();
      if (count === null || count === 0) break; // An end is there for whoever waits, too.
      frame = this.#next();
    }
    return frame;
  }

  #decode(frame: Uint8Array<ArrayBuffer>): T {
    return this.#codec.decode(frame, this.#frames.owned);
  }

  readonly #takeValue = (): T => this.#decode(this.#next()!);

  readonly #takeBytes = (): Uint8Array<ArrayBuffer> => {
    const frame = this.#next()!;
    return this.#frames.owned ? frame : frame.slice();
  };

  readonly #throwEnded = (): never => {
    throw ended(this.#cannot("receive from"));
  };

  #moveInto(p: Uint8Array<ArrayBuffer>): number {
    const frame = this.#frames.peek()!;
    if (frame.length > p.length) {
      const why = `it has ${frame.length} bytes, and the buffer ${p.length}`;
      throw new RangeError(`Cannot receive a message of ${this.#name} into a buffer: ${why}`);
    }
    this.#next();
    if (frame.buffer !== p.buffer) p.set(frame); // Otherwise it was read into it.
    return frame.length;
  }

  #next(): Uint8Array<ArrayBuffer> | undefined {
    try {
      const frame = this.#frames.next();
      // The handles of messages that are received without them are closed.
      if (frame !== undefined && this.#handles !== undefined) this.#handles.drop(this.#frames.place);
      return frame;
    } catch (error) {
      this.#close(`the other side sent what is no message (${(error as Error).message})`);
      throw error;
    }
  }

  #peek(): Uint8Array<ArrayBuffer> | undefined {
    try {
      return this.#frames.peek();
    } catch (error) {
      this.#close(`the other side sent what is no message (${(error as Error).message})`);
      throw error;
    }
  }

  #close(because: string): void {
    if (this.#closedBecause !== undefined) return;
    this.#closedBecause = because;
    this.#frames.clear();
    const left = notOurs(`Cannot send to ${this.#name}`, "it was closed before all had left");
    if (this.#canTryWrite || !this.#out.pending) {
      this.#out.end(left);
      this.#closeTransport();
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, LINGER));
    this.#lingering = Promise.race([this.#out.finished(), late]).then(() => {
      clearTimeout(timer);
      this.#out.end(left);
      this.#closeTransport();
    });
  }

  #closeTransport(): void {
    const { reader, writer } = endsOf(this.#transport);
    this.#handles?.close();
    reader.close();
    if (writer !== reader) writer.close();
    // What is more than its ends, such as the names of two fifos, has more to close.
    (this.#transport as Partial<ByteStream>).close?.();
  }

  #sendOver(stream: SocketStream, bytes: Uint8Array, handles: SendableDescriptor[]): Promise<void> {
    return this.#out.sendBy(bytes, (frame) => {
      const before = stream.bytesWritten;
      return sendDescriptors(stream, frame, handles).catch((error) => {
        if (stream.bytesWritten > before) throw error;
        return error; // A handle that cannot be sent is no reason against the next message.
      });
    });
  }

  #mustFit({ length }: Uint8Array): void {
    if (length <= this.#limit) return;
    const why = `it has ${length} bytes, and maxMessageSize is ${this.#limit}`;
    throw new RangeError(`Cannot send a message to ${this.#name}: ${why}`);
  }

  #sendFailure(error: unknown): Error {
    const { code, message } = error as Error & { code?: string };
    if (this.#closedBecause !== undefined) return this.#notOurs("send to");
    if (code !== "ECONNRESET" && code !== "ECONNABORTED") return error as Error;
    return Object.assign(new Deno.errors.BrokenPipe(`Cannot send to ${this.#name}: ${message}`), {
      code: "EPIPE",
    });
  }

  #notOurs(verb: string): Deno.errors.BadResource {
    return notOurs(this.#cannot(verb), this.#closedBecause!);
  }

  #cannot(verb: string): string {
    return `Cannot ${verb} ${this.#name}`;
  }
}

/** Where bytes come from and go to. */
function endsOf(transport: Transport): {
  reader: Pick<ByteStream, "read" | "tryRead" | "close">;
  writer: Pick<ByteStream, "write" | "tryWrite" | "close">;
} {
  const { reader, writer } = "reader" in transport && "writer" in transport
    ? transport
    : { reader: transport as ByteStream, writer: transport as ByteStream };
  if (typeof reader?.read === "function" && typeof writer?.write === "function") return { reader, writer };
  throw new TypeError(
    "A connection is made over a stream with read() and write(), or over { reader, writer }",
  );
}

/** The Unix socket that handles can travel in. */
function unixStream(transport: Transport, action: string): SocketStream {
  if (transport instanceof SocketStream && transport.remoteAddr.transport === "unix") return transport;
  const attempt = { action: `Cannot ${action}`, syscall: "sendmsg", reason: "only Unix sockets carry them" };
  throw systemError("EOPNOTSUPP", attempt);
}

function nameOf(transport: Transport): string {
  const { remoteAddr } = transport as { remoteAddr?: Deno.Addr };
  return remoteAddr === undefined ? "connection" : `connection of ${addressText(remoteAddr)}`;
}

/** The largest message. */
export function limitOf({ maxMessageSize = LARGEST }: { maxMessageSize?: number | undefined }): number {
  return countOf("maxMessageSize", maxMessageSize, 0);
}
