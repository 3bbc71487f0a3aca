import { busy } from "../errors.ts";
import type { WaitOptions } from "../options.ts";
import { addressText, type SocketAddress, streamAddress } from "../primitives/address.ts";
import type { SendableDescriptor } from "../primitives/descriptor_passing.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import { connectWithin, retriesFor } from "../primitives/socket.ts";
import type { SocketStream } from "../primitives/socket_stream.ts";
import { authenticate, type AuthOptions, checkAuth, MOST_IN_HANDSHAKE, type Role } from "./auth.ts";
import type { Codec } from "./codec.ts";
import { type Carried, type CodecName, codecOf } from "./codecs.ts";
import { CLOSED, ConnectionLine, endsOf, limitOf, nameOf, type Transport } from "./connection_line.ts";
import type {
  ConnectionConnectOptions,
  ConnectionOptions,
  MessageWithHandles,
  OverOptions,
} from "./connection_options.ts";
import { isDeparture } from "./message_error.ts";
import { MessageReceiver } from "./message_receiver.ts";
import { MessageSender } from "./message_sender.ts";

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
  readonly #line: ConnectionLine;
  readonly #codec: Codec<T>;
  readonly #sender: MessageSender<T>;
  readonly #receiver: MessageReceiver<T>;
  #lingering: Promise<void> | undefined;

  /** @internal */
  constructor(transport: Transport, codec: Codec<T>, name: string, options: ConnectionOptions) {
    this.#line = new ConnectionLine(transport, name, options);
    this.#codec = codec;
    this.#receiver = new MessageReceiver(
      this.#line,
      codec,
      options.handles === true,
      (because) => this.#close(because),
    );
    this.#sender = new MessageSender(this.#line, codec);
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
   * Connects to a {@linkcode Listener}, or to Python's, and proves the `authKey` when there is one. With `retry` it also
   * tries again when the other side leaves during the handshake, as one that is being restarted does.
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
    const where = streamAddress(address);
    const retries = retriesFor(where, options);
    for (;;) {
      const stream = await connectWithin(where, options, retries);
      try {
        return await Connection.authenticated(stream, addressText(where), "client", options);
      } catch (error) {
        stream.close();
        if (options.retry !== true || !isDeparture(error)) throw error;
        await retries.pause(error);
      }
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
    connection.#receiver.limit = MOST_IN_HANDSHAKE;
    try {
      await authenticate(connection, role, name, options);
    } catch (error) {
      connection.close();
      throw error;
    }
    connection.#receiver.limit = connection.#line.limit;
    return connection;
  }

  /**
   * The largest message in bytes.
   *
   * @internal
   */
  get maxMessageSize(): number {
    return this.#line.limit;
  }

  /** Whether it was closed, here, or by what the other side sent. */
  get closed(): boolean {
    return this.#line.closedBecause !== undefined;
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
    return this.#sender.send(value, options);
  }

  /**
   * Sends bytes as a message, past the codec: Python's `recv_bytes()` receives them. More than 32 KiB of them must
   * stay as they are until this resolves.
   *
   * @throws As {@linkcode Connection.send}
   */
  sendBytes(bytes: Uint8Array, options?: WaitOptions): Promise<void> {
    return this.#sender.sendBytes(bytes, options);
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
  sendWithHandles(value: T, handles: SendableDescriptor[]): Promise<void> {
    return this.#sender.sendWithHandles(value, handles);
  }

  /**
   * As `sendBytes`, with handles when there are any.
   *
   * @internal
   */
  sendPacked(bytes: Uint8Array, handles: SendableDescriptor[]): Promise<void> {
    return this.#sender.sendPacked(bytes, handles);
  }

  /**
   * As `recvBytes`, with the handles that came. The bytes are good until the next receive.
   *
   * @internal
   */
  recvPacked(): Promise<{ bytes: Uint8Array<ArrayBuffer>; handles: ReceivedDescriptor[] }> {
    return this.#receiver.recvPacked();
  }

  /**
   * The socket that it is over, if it is one.
   *
   * @internal
   */
  get stream(): SocketStream | undefined {
    return this.#line.stream;
  }

  /**
   * What the connection is called in messages.
   *
   * @internal
   */
  get name(): string {
    return this.#line.name;
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
    return this.#receiver.recvWithHandles(options);
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
    return this.#receiver.recv(options);
  }

  /**
   * Receives the next message as bytes, past the codec: what Python sent with `send_bytes()`.
   *
   * @throws As {@linkcode Connection.recv}
   */
  recvBytes(options?: WaitOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#receiver.recvBytes(options);
  }

  /**
   * Receives the next message as bytes into memory that is there already, which saves making some for each.
   *
   * @returns How many bytes the message has.
   * @throws {RangeError} The message is larger than `p`. It stays: the next receive gets it
   * @throws As {@linkcode Connection.recv}
   */
  recvBytesInto(p: Uint8Array<ArrayBuffer>, options: WaitOptions = {}): Promise<number> {
    return this.#receiver.recvBytesInto(p, options);
  }

  /**
   * Whether a receive would not have to wait: a whole message is here, or the end. Waits up to `timeout`, by default 0.
   *
   * @throws {Deno.errors.InvalidData} What comes is no message; the connection is closed
   * @throws {Deno.errors.Busy} A receive is under way
   * @throws {Deno.errors.BadResource} The connection is closed, or was closed during the wait
   */
  poll(options: WaitOptions = {}): Promise<boolean> {
    return this.#receiver.poll(options);
  }

  /** Each value, until the other side leaves or this one closes. Leaving the loop closes nothing, and loses nothing. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.#receiver.values();
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
    const line = this.#line;
    const action = "hand over";
    if (line.closedBecause !== undefined) throw line.notOurs(action);
    const underWay = this.#receiver.receiving || this.#sender.pending;
    if (underWay || this.#receiver.holds) {
      const why = underWay ? "a call of it is under way; await it first" : "what has come here would be lost";
      throw busy(line.cannot(action), why);
    }
    const { stream } = line;
    if (stream === undefined) throw new TypeError(`${line.cannot(action)}: it is not over a socket`);
    const codec = this.#codec.name;
    if (codecOf(codec as CodecName) !== this.#codec) {
      throw new TypeError(`${line.cannot(action)}: its codec ${codec} is not one of this library`);
    }
    return { stream, codec, maxMessageSize: line.limit, handles: this.#receiver.takesHandles };
  }

  /** @internal */
  handedOver(): void {
    this.#line.closedBecause = "it was handed to another process";
    this.#receiver.clear();
    this.#line.stream!.handedOver();
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For `await using`: closes, and waits until it is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#lingering;
    await this.#line.whenClosed();
  }

  #close(because: string): void {
    if (this.#line.closedBecause !== undefined) return;
    this.#line.closedBecause = because;
    this.#receiver.clear();
    this.#lingering = this.#sender.end(() => {
      this.#receiver.closeHandles();
      this.#line.close();
    });
  }
}
