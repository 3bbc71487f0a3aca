import { systemError } from "../errors.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { addressText } from "./address.ts";
import type { ConnListener } from "./conn_listener.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import type { OwnListener } from "./own_listener.ts";
import type { SocketFile } from "./socket_file.ts";
import { SocketStream } from "./socket_stream.ts";

/** How long `for await` waits before it accepts again, when there were no descriptors left for a connection. */
const PAUSE = 50;

/** Failures of one accept that say nothing about the next one. */
const PASSING = ["ECONNABORTED", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];

/**
 * A socket that others connect to. `for await` gives each of them as a {@linkcode SocketStream}, until the listener is
 * closed; serve each without awaiting its end, and a slow one delays nobody.
 *
 * A connection that breaks before it is accepted, or for which there is no descriptor left at the moment, does not
 * end the loop; `accept()` tells of it.
 *
 * Made by {@linkcode listen} and {@linkcode inheritedListeners}.
 *
 * @example
 * ```ts
 * import { connect, listen } from "@ipc/ipc";
 *
 * await using listener = await listen("tcp://127.0.0.1:0");
 * const serving = (async () => {
 *   for await (const client of listener) client.readable.pipeTo(client.writable); // An echo.
 * })();
 * await using client = await connect(listener.address);
 * await client.write("hello\n");
 * console.log((await client.lines().next()).value);
 * listener.close();
 * await serving;
 * ```
 */
export class SocketListener implements AsyncIterable<SocketStream>, Disposable, AsyncDisposable {
  /** Where it listens, with the port that the system chose where 0 was asked for. */
  readonly addr: Deno.Addr;
  readonly #listener: OwnListener | ConnListener;
  readonly #file: SocketFile | undefined;
  #closed = Promise.withResolvers<void>();
  #isClosed = false;

  /** @internal */
  constructor(listener: OwnListener | ConnListener, file?: SocketFile) {
    this.#listener = listener;
    this.#file = file;
    this.addr = listener.addr;
  }

  /** Where it listens as text, for {@linkcode connect}: `tcp://127.0.0.1:50008`, `unix:/path`. */
  get address(): string {
    return addressText(this.addr);
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Waits for the next who connects. After an abort or a time-out nobody is lost: the next call gets them.
   *
   * @throws {Deno.errors.TimedOut} Nobody connected within the time-out
   * @throws {Deno.errors.BadResource} It is closed, or was closed during the wait
   */
  async accept(options: WaitOptions = {}): Promise<SocketStream> {
    checkWait(options);
    return new SocketStream(await this.#listener.accept(options));
  }

  /** Each who connects, until the listener is closed. Leaving the loop does not close it. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<SocketStream> {
    while (!this.#isClosed) {
      let stream: SocketStream;
      try {
        stream = await this.accept();
      } catch (error) {
        if (this.#isClosed) return;
        if (!PASSING.includes((error as { code?: string }).code ?? "")) throw error;
        await this.#pause();
        continue;
      }
      yield stream;
    }
  }

  /**
   * Stops listening, and removes the socket file when this listener made it and it is still that one. Connections
   * that were accepted go on; who was not accepted yet sees a reset. Once or often.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed.resolve();
    this.#file?.remove(); // First, so that nobody connects to what nobody accepts from.
    this.#listener.close();
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

  /**
   * A copy of its descriptor, where it has one of its own.
   *
   * @internal
   */
  copy(action: string): FileDescriptor {
    if (!("descriptor" in this.#listener)) {
      throw systemError("EOPNOTSUPP", {
        action: `Cannot ${action} listener at ${this.address}`,
        syscall: "dup",
        reason: "it has no descriptor of its own",
      });
    }
    const { descriptor } = this.#listener;
    return new FileDescriptor(descriptor.copy(action), descriptor.name);
  }

  async #pause(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pause = new Promise<void>((resolve) => timer = setTimeout(resolve, PAUSE));
    await Promise.race([pause, this.#closed.promise]);
    clearTimeout(timer);
  }
}
