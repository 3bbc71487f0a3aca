import { notOurs, timedOut } from "../errors.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { addressText, type SocketAddress, streamAddress } from "../primitives/address.ts";
import { listen, type ListenOptions } from "../primitives/socket.ts";
import type { SocketListener } from "../primitives/socket_listener.ts";
import type { SocketStream } from "../primitives/socket_stream.ts";
import { wait } from "../primitives/wait.ts";
import { type AuthOptions, checkAuth } from "./auth.ts";
import type { Codec } from "./codec.ts";
import { type Carried, type CodecName, codecOf } from "./codecs.ts";
import { Connection } from "./connection.ts";
import { limitOf } from "./connection_line.ts";
import type { ConnectionOptions } from "./connection_options.ts";

/** Options of {@linkcode Listener}. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface ListenerOptions<C extends CodecName | Codec<any> = CodecName | Codec<any>>
  extends ConnectionOptions<C>, AuthOptions, ListenOptions
{
  /** Is told of each client that was sent away: why, and where it came from. By default nobody is told. */
  onRejected?: ((error: Error, from: Deno.Addr) => void) | undefined;
}

/** So many clients may be ready, and not accepted yet, before more are let in. */
const MOST_READY = 1024;

/**
 * Waits for connections, of {@linkcode Connection.connect} or of Python's `Client`.
 *
 * - It listens from its making on; {@linkcode Listener.ready} tells when, and where. Failing to listen rejects that,
 *   and every `accept`.
 * - With an `authKey` only who proves it is accepted. The handshakes of several clients go on at once: a client that
 *   is silent, or slow, delays no other. Each ends after `handshakeTimeout`.
 * - Over TCP without an `authKey` every user of this machine is a client. See {@linkcode listen} for socket files.
 *
 * @example
 * ```ts
 * import { Connection, Listener } from "@ipc/ipc";
 *
 * await using listener = new Listener("tcp://127.0.0.1:0", { authKey: "secret", codec: "text" });
 * const serving = (async () => {
 *   for await (const client of listener) {
 *     for await (const text of client) await client.send(text.toUpperCase());
 *     client.close();
 *   }
 * })();
 * await using client = await Connection.connect(await listener.ready, { authKey: "secret", codec: "text" });
 * await client.send("hello");
 * console.log(await client.recv());
 * client.close();
 * listener.close();
 * await serving;
 * ```
 */
// deno-lint-ignore no-explicit-any -- As Connection.
export class Listener<C extends CodecName | Codec<any> = "structured">
  implements AsyncIterable<Connection<Carried<C>>>, Disposable, AsyncDisposable
{
  /** Resolves with the address once it listens; with the port that the system chose where 0 was asked for. */
  readonly ready: Promise<string>;
  readonly #options: ListenerOptions<C>;
  readonly #name: string;
  /** Who is ready and not accepted. */
  #connections: Connection<Carried<C>>[] = [];
  #waiters: { resolve(connection: Connection<Carried<C>>): void; reject(error: unknown): void }[] = [];
  /** Called when there is room again for those who are ready. */
  #roomMade: (() => void) | undefined;
  readonly #handshakes = new AbortController();
  #listener: SocketListener | undefined;
  #failure: unknown;
  #closed = false;

  /**
   * Begins to listen.
   *
   * @param address `tcp://host:port` (port 0: a free one), `unix:/path`, `unix:@abstract`, or Deno's objects
   * @throws {TypeError} The address is malformed, or an option is
   */
  constructor(address: SocketAddress, options: ListenerOptions<C> = {}) {
    checkAuth(options);
    codecOf(options.codec);
    limitOf(options);
    this.#name = addressText(streamAddress(address));
    this.#options = options;
    const listening = listen(address, options);
    this.ready = listening.then((listener) => listener.address);
    this.ready.catch(() => {}); // Every accept() tells, too.
    void this.#serve(listening);
  }

  /**
   * Where it listens.
   *
   * @throws {TypeError} It does not listen yet: await {@linkcode Listener.ready}
   */
  get address(): string {
    if (this.#listener !== undefined) return this.#listener.address;
    throw new TypeError(`Cannot tell where the listener at ${this.#name} is: await its ready before`);
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Waits for the next client, its handshake done. After an abort or a time-out nobody is lost.
   *
   * @throws {Deno.errors.TimedOut} Nobody within the time-out
   * @throws {Deno.errors.AddrInUse} Somebody else listens there; and what else {@linkcode listen} throws
   * @throws {Deno.errors.BadResource} It is closed, or was closed during the wait
   */
  async accept(options: WaitOptions = {}): Promise<Connection<Carried<C>>> {
    checkWait(options);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw notOurs(`Cannot accept at ${this.#name}`, "it is closed");
    const ready = this.#connections.shift();
    if (ready !== undefined) {
      this.#roomMade?.();
      return ready;
    }
    const late = (timeout: number) => timedOut(`Cannot accept at ${this.#name}`, "nobody connected", timeout);
    return await wait<Connection<Carried<C>>>(options, late, (waiter) => {
      this.#waiters.push(waiter);
      return () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
      };
    });
  }

  /** Each client, until the listener is closed. Serve each without awaiting its end, and a slow one delays nobody. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Connection<Carried<C>>> {
    while (!this.#closed) {
      let connection: Connection<Carried<C>>;
      try {
        connection = await this.accept();
      } catch (error) {
        if (this.#closed && this.#failure === undefined) return;
        throw error;
      }
      yield connection;
    }
  }

  /**
   * Stops listening, removes the socket file, and sends away who is not accepted yet. Connections that were accepted
   * go on. Once or often.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener?.close();
    this.#handshakes.abort(notOurs(`Cannot finish a handshake at ${this.#name}`, "the listener was closed"));
    for (const connection of this.#connections.splice(0)) connection.close();
    this.#roomMade?.();
    const closed = notOurs(`Cannot accept at ${this.#name}`, "it was closed during the wait");
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closed);
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For `await using`: as close, also when it did not listen yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ready.catch(() => {});
  }

  async #serve(listening: Promise<SocketListener>): Promise<void> {
    try {
      const listener = this.#listener = await listening;
      if (this.#closed) listener.close();
      for await (const stream of listener) {
        void this.#welcome(stream);
        if (this.#connections.length >= MOST_READY) await new Promise<void>((go) => this.#roomMade = go);
      }
    } catch (error) {
      this.#failure = error;
      for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    }
  }

  async #welcome(stream: SocketStream): Promise<void> {
    const { signal } = this.#handshakes;
    try {
      const options = { ...this.#options, signal };
      const name = `client of ${this.address}`;
      const connection = await Connection.authenticated(stream, name, "listener", options);
      if (this.#closed) return connection.close();
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#connections.push(connection);
      else waiter.resolve(connection);
    } catch (error) {
      stream.close();
      if (!this.#closed) this.#options.onRejected?.(error as Error, stream.remoteAddr);
    }
  }
}
