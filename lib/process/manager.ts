import { Connection } from "../messaging/connection.ts";
import { connectionPair } from "../messaging/connection_pair.ts";
import type { SocketAddress } from "../primitives/address.ts";
import type { ConnectOptions } from "../primitives/socket.ts";
import { moduleUrl } from "./child_program.ts";
import type { ManagedArray } from "./managed_array.ts";
import type { ManagedEvent } from "./managed_event.ts";
import type { ManagedMap } from "./managed_map.ts";
import type { ManagedNamespace } from "./managed_namespace.ts";
import type { ManagedQueue } from "./managed_queue.ts";
import type { ManagedLock, ManagedSemaphore } from "./managed_semaphore.ts";
import { checkDeadAfter, type ManagerOptions, watch } from "./manager_server.ts";
import type { ManagedQueueOptions, ManagerSession } from "./manager_session.ts";
import { Peer } from "./peer.ts";
import { Process } from "./process.ts";
import type { Remote, RemoteReference } from "./remote.ts";

/** So long a server has to end by itself. */
const END_MS = 2000;

/** Options of {@linkcode Manager.start}. */
export interface ManagerStartOptions extends ManagerOptions {
  /**
   * Where it listens. Default: an abstract Unix socket (Linux), or a free port of 127.0.0.1. A socket's file is removed when
   * this process ends, however it ends; only where the server itself is killed it stays, until the next one listens there.
   */
  address?: string | undefined;
  /** The URL of a module whose exports all clients reach as {@linkcode Manager.module}. It runs in the server. */
  module?: string | URL | undefined;
}

/** Options of {@linkcode Manager.connect}. */
export interface ManagerConnectOptions extends ManagerOptions, ConnectOptions {}

/**
 * Objects that several processes share, on any host: a server holds them, and each process is a client of it. As Python's
 * `multiprocessing.Manager()`.
 *
 * - An object has a name, by which every client gets the same one; the first to ask makes it. Without a name it is this
 *   client's alone.
 * - Each call is a message there and one back, some 50 us on one machine. For processes of one machine {@linkcode Lock},
 *   {@linkcode Queue} and {@linkcode SharedArray} are much faster.
 * - Each call is one step: of two clients that `add` to one number both are counted. Several calls are not: use a lock.
 * - A client that ends, or is cut off, has no lock any more, and waits for nothing.
 * - As long as it is not closed it keeps this process running, also when it is forgotten: `await using`.
 * - Ctrl-C at the terminal leaves the server to this process, as Python's.
 * - A time-out of a call is counted by the server. Where that may not answer any more, give a `signal` as well.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const { address, authKey } = manager; // For the other processes.
 * await using other = await Manager.connect(address, { authKey });
 *
 * const scores = await manager.map<string, number>("scores");
 * await scores.add("Ann", 10);
 * console.log(await (await other.map<string, number>("scores")).get("Ann"));
 * ```
 */
export class Manager<M = unknown> implements AsyncDisposable {
  /** Where the server listens. */
  readonly address: string;
  /** What clients prove to know. */
  readonly authKey: string | Uint8Array | undefined;
  /** Resolves when the connection to the server has ended. */
  readonly ended: Promise<void>;
  readonly #peer: Peer;
  readonly #session: Remote<ManagerSession>;
  readonly #server: { process: Process; line: Connection } | undefined;

  private constructor(
    connection: Connection,
    address: string,
    authKey: string | Uint8Array | undefined,
    server?: { process: Process; line: Connection },
  ) {
    this.address = address;
    this.authKey = authKey;
    this.#peer = Peer.of(connection);
    this.ended = this.#peer.ended;
    this.#session = this.#peer.remote() as Remote<ManagerSession>;
    this.#server = server;
  }

  /**
   * Starts a server in a process of its own, and connects to it. It ends with this manager, and with this process.
   *
   * @throws {Deno.errors.AddrInUse} Somebody listens there
   */
  static async start<M = unknown>(options: ManagerStartOptions = {}): Promise<Manager<M>> {
    checkDeadAfter(options);
    const { address = freeAddress(), authKey = randomKey(), module, ...others } = options;
    const url = module === undefined ? undefined : moduleUrl(module);
    const [line, theirs] = connectionPair();
    const process = new Process(import.meta.resolve("./manager_main.ts"), {
      entry: "serve",
      args: [theirs, address, { ...others, authKey }, url],
      name: "Manager",
      daemon: true,
      modules: url === undefined ? [] : [url],
    });
    try {
      process.start();
      // A wait that went on would make the runtime kill it, when this process ends by an error, before it could clean up.
      const waiting = new AbortController();
      const failed = process.resultWithin({ signal: waiting.signal }).then(
        () => new Error("The manager's process has ended"),
        (error) => error,
      );
      const told = await Promise.race([line.recv().catch(() => failed), failed]);
      waiting.abort();
      if (typeof told !== "string") throw told;
      const connection = await Connection.connect(told, { ...others, authKey });
      watch(connection, options);
      return new Manager<M>(connection, told, authKey, { process, line });
    } catch (error) {
      line.close();
      theirs.close();
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Connects to a server.
   *
   * @throws {Deno.errors.PermissionDenied} The server has another `authKey`
   * @throws {Deno.errors.ConnectionRefused} There is no server; `retry` waits for one
   */
  static async connect<M = unknown>(
    address: SocketAddress,
    options: ManagerConnectOptions = {},
  ): Promise<Manager<M>> {
    checkDeadAfter(options);
    const connection = await Connection.connect(address, { ...options, codec: "structured" });
    watch(connection, options);
    return new Manager<M>(
      connection,
      typeof address === "string" ? address : connection.name,
      options.authKey,
    );
  }

  /** The exports of the server's own module: functions, and objects with methods. */
  get module(): Remote<M> {
    return this.#session.module as unknown as Remote<M>;
  }

  /**
   * The map of a name; one of this client's own without a name.
   *
   * @throws {TypeError} What has this name is something else
   */
  map<K = string, V = unknown>(name?: string): Promise<RemoteReference<ManagedMap<K, V>>> {
    return this.#session.map(name) as unknown as Promise<RemoteReference<ManagedMap<K, V>>>;
  }

  /**
   * The array of a name; one of this client's own without a name.
   *
   * @throws {TypeError} What has this name is something else
   */
  array<T = unknown>(name?: string): Promise<RemoteReference<ManagedArray<T>>> {
    return this.#session.array(name) as unknown as Promise<RemoteReference<ManagedArray<T>>>;
  }

  /**
   * The namespace of a name; one of this client's own without a name.
   *
   * @throws {TypeError} What has this name is something else
   */
  namespace<T extends object = Record<string, unknown>>(
    name?: string,
  ): Promise<RemoteReference<ManagedNamespace<T>>> {
    return this.#session.namespace(name) as unknown as Promise<RemoteReference<ManagedNamespace<T>>>;
  }

  /**
   * The lock of a name; one of this client's own without a name.
   *
   * @throws {TypeError} What has this name is something else
   */
  lock(name?: string): Promise<RemoteReference<ManagedLock>> {
    return this.#session.lock(name);
  }

  /**
   * The semaphore of a name.
   *
   * @param value How many can have it at the same time, when this makes it. Default: 1.
   * @throws {TypeError} What has this name is something else
   */
  semaphore(name?: string, value?: number): Promise<RemoteReference<ManagedSemaphore>> {
    return this.#session.semaphore(name, value);
  }

  /**
   * The event of a name; one of this client's own without a name.
   *
   * @throws {TypeError} What has this name is something else
   */
  event(name?: string): Promise<RemoteReference<ManagedEvent>> {
    return this.#session.event(name);
  }

  /**
   * The queue of a name; the options are for the one that makes it.
   *
   * @throws {TypeError} What has this name is something else
   */
  queue<T = unknown>(
    name?: string,
    options?: ManagedQueueOptions,
  ): Promise<RemoteReference<ManagedQueue<T>>> {
    return this.#session.queue(name, options) as unknown as Promise<RemoteReference<ManagedQueue<T>>>;
  }

  /** The names of all that the server holds. */
  names(): Promise<string[]> {
    return this.#session.names();
  }

  /** Removes a name. Who has the object keeps it; the next to ask gets a new one. */
  remove(name: string): Promise<boolean> {
    return this.#session.remove(name);
  }

  /** Ends the connection, and the server when {@linkcode Manager.start} started it. Once or often. */
  close(): void {
    this.#peer.close();
    this.#server?.line.close();
  }

  /** For `await using`: closes it, and waits for the end of a server that it started; one that does not end is killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.ended;
    const process = this.#server?.process;
    await process?.join({ timeout: END_MS }).catch((error) => {
      if (!(error instanceof Deno.errors.TimedOut)) throw error;
      process.kill();
      return process.join();
    });
  }
}

function freeAddress(): string {
  return Deno.build.os === "linux" ? `unix:@ipc-manager-${crypto.randomUUID()}` : "tcp://127.0.0.1:0";
}

function randomKey(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}
