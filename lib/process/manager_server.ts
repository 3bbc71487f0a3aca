import type { AuthOptions } from "../messaging/auth.ts";
import type { Connection } from "../messaging/connection.ts";
import { Listener } from "../messaging/listener.ts";
import { countOf } from "../options.ts";
import type { SocketAddress } from "../primitives/address.ts";
import { endWhenCutOff } from "../primitives/keep_alive.ts";
import { ManagerSession, ManagerStore } from "./manager_session.ts";
import { Peer } from "./peer.ts";

/** Options of both sides of a {@linkcode Manager}. */
export interface ManagerOptions extends AuthOptions {
  /** Over TCP: the other host counts as gone when nothing of it is heard for so many milliseconds. Default: 30,000. */
  deadAfter?: number | undefined;
  /** The largest message in bytes. Default: 64 MiB. */
  maxMessageSize?: number | undefined;
}

/** Options of {@linkcode ManagerServer.listen}. */
export interface ManagerServerOptions extends ManagerOptions {
  /** Functions and objects of one's own, which clients reach as {@linkcode Manager.module}: a module's exports. */
  module?: object | undefined;
  /** Is told of each client that was sent away. */
  onRejected?: ((error: Error, from: Deno.Addr) => void) | undefined;
}

/**
 * A server that holds objects for several processes, in this process: {@linkcode Manager.connect} is the other side.
 * {@linkcode Manager.start} has one in a process of its own.
 *
 * Over TCP without an `authKey` every user of this machine is a client, and of every machine that can reach it.
 *
 * @example
 * ```ts
 * import { Manager, ManagerServer } from "@ipc/ipc";
 *
 * await using server = await ManagerServer.listen("tcp://127.0.0.1:0", { authKey: "secret" });
 * await using manager = await Manager.connect(server.address, { authKey: "secret" });
 * const scores = await manager.map<string, number>("scores");
 * console.log(await scores.add("Ann", 10));
 * ```
 */
export class ManagerServer implements AsyncDisposable {
  /** Where it listens. */
  readonly address: string;
  /** Resolves when it was closed. */
  readonly closed: Promise<void>;
  readonly #listener: Listener;
  readonly #clients = new Set<Peer>();

  private constructor(listener: Listener, address: string, options: ManagerServerOptions) {
    this.#listener = listener;
    this.address = address;
    this.closed = this.#serve(new ManagerStore(), options);
  }

  /**
   * Begins to listen.
   *
   * @param address As {@linkcode Listener}'s.
   * @throws {Deno.errors.AddrInUse} Somebody listens there
   */
  static async listen(address: SocketAddress, options: ManagerServerOptions = {}): Promise<ManagerServer> {
    checkDeadAfter(options);
    const { module: _, ...others } = options;
    const listener = new Listener(address, { ...others, codec: "structured" });
    return new ManagerServer(listener, await listener.ready, options);
  }

  /** How many clients it has. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Stops listening, and ends all connections. What it held is gone. Once or often. */
  close(): void {
    this.#listener.close();
    for (const client of this.#clients) client.close();
  }

  /** For `await using`: closes it, and waits until it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  async #serve(store: ManagerStore, options: ManagerServerOptions): Promise<void> {
    const over: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      watch(connection, options);
      const client = Peer.of(connection);
      client.root = new ManagerSession(store, client.signal, options.module);
      this.#clients.add(client);
      void client.ended.then(() => this.#clients.delete(client));
    }
    for (const { ended } of this.#clients) over.push(ended);
    await Promise.all(over);
  }
}

/** Lets a connection end when its other host is cut off. */
export function watch(connection: Connection, options: ManagerOptions): void {
  if (connection.stream !== undefined) endWhenCutOff(connection.stream, checkDeadAfter(options));
}

/** The option deadAfter. */
export function checkDeadAfter({ deadAfter = 30_000 }: ManagerOptions): number {
  return countOf("deadAfter", deadAfter, 1000);
}
