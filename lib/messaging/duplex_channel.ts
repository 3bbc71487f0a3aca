import { busy, timedOut } from "../errors.ts";
import { checkWait, timeoutOf, type WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { wait } from "../primitives/wait.ts";
import { createObject, type Layout } from "../sync/shared_object.ts";
import { ByteChannel } from "./byte_channel.ts";
import { type ChannelSyncOptions, spinOf } from "./channel_end.ts";
import { type ChannelOptions, prepareRings, ringSizes, sizeOfRings } from "./channel_memory.ts";
import { noReply } from "./message_error.ts";

/** A request that was sent. */
interface Asked {
  resolve(reply: Uint8Array<ArrayBuffer>): void;
  reject(reason: unknown): void;
  /** Whether nobody waits for its reply any more. */
  dropped: boolean;
}

/**
 * A {@linkcode Channel} both ways, for requests and replies, between two threads or processes: who creates it is one
 * side, the first to open it the other one, and there is no third. Each takes its side at once.
 *
 * `request` sends a message and receives its reply: the other side replies to each, in their order, as `serve` does.
 *
 * Needs `--allow-ffi`. Linux only.
 *
 * @example
 * ```ts
 * import { DuplexChannel } from "@ipc/ipc";
 *
 * using channel = DuplexChannel.create();
 * // In another thread, or process: DuplexChannel.from(token), after postMessage(channel.share());
 * // in a child: DuplexChannel.inherited(3), after spawn(…, { fds: { 3: channel } }).
 * using theirs = DuplexChannel.from(channel.share());
 * const serving = theirs.serve((request) => request.map((byte) => byte * 2));
 *
 * console.log(await channel.request(new Uint8Array([1, 2, 3])));
 * channel.close();
 * await serving;
 * ```
 */
export class DuplexChannel extends ByteChannel {
  /** @internal */
  static readonly layout: Layout = { kind: "DuplexChannel", version: 1, leastSize: sizeOfRings(2) };
  /** Requests whose replies have not come yet. */
  readonly #asked: Asked[] = [];
  /** Set while replies are received: ends that. */
  #receiving: AbortController | undefined;

  /** @internal */
  constructor(memory: SharedMemory, side: 0 | 1 = 1) {
    super(memory, { kind: "DuplexChannel", count: 2, out: side, in: 1 - side });
    try {
      this.takeEnds("open");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Makes a channel, and takes its first side. As {@linkcode Channel.create}; each way has its ring.
   */
  static create(options: ChannelOptions = {}): DuplexChannel {
    const sizes = ringSizes(options);
    const spin = spinOf(options);
    const memory = createObject(
      DuplexChannel.layout,
      sizeOfRings(2, sizes.capacity),
      options,
      (buffer) => prepareRings(buffer, sizes),
    );
    const channel = new DuplexChannel(memory, 0);
    channel.spin = spin;
    return channel;
  }

  /**
   * Sends a request and receives its reply. Several may be under way: replies come in the order of the requests. The
   * reply to a request whose wait was ended is dropped when it comes.
   *
   * @throws {Deno.errors.UnexpectedEof} The other side closed the channel without a reply
   * @throws {Deno.errors.ConnectionReset} The other side has died
   * @throws {Deno.errors.TimedOut} There was no reply within the time-out
   */
  async request(p: Uint8Array, options: WaitOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    checkWait(options);
    const timeout = timeoutOf(options);
    const start = performance.now();
    const { promise, ...settle } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    promise.catch(() => {}); // It may fail after its wait was ended.
    const asked: Asked = { ...settle, dropped: false };
    const sent = this.send(p, options);
    this.#asked.push(asked); // In the order of the calls, as they are sent.
    try {
      await sent;
    } catch (error) {
      const place = this.#asked.indexOf(asked);
      if (place >= 0) this.#asked.splice(place, 1);
      throw error;
    }
    if (this.#receiving === undefined) void this.#receive();
    const left = Math.max(0, timeout - (performance.now() - start));
    const late = () => timedOut("Cannot receive a reply", "none came", timeout);
    try {
      return await wait<Uint8Array<ArrayBuffer>>(
        { ...options, timeout: left },
        late,
        ({ resolve, reject }) => {
          promise.then(resolve, reject);
          return () => {};
        },
      );
    } finally {
      asked.dropped = true;
      if (this.#asked.every(({ dropped }) => dropped)) this.#receiving?.abort();
    }
  }

  /** As {@linkcode DuplexChannel.request}, blocking this thread. */
  requestSync(p: Uint8Array, options?: ChannelSyncOptions): Uint8Array<ArrayBuffer> {
    if (this.#receiving !== undefined) {
      throw busy("Cannot request of the channel", "an asynchronous request waits");
    }
    this.sendSync(p, options);
    for (;;) {
      let reply;
      try {
        reply = this.recvSync(options);
      } catch (error) {
        this.#asked.push({ resolve() {}, reject() {}, dropped: true });
        throw error;
      }
      if (reply === null) throw noReply();
      if (this.#asked.length === 0) return reply;
      this.#asked.shift()!.resolve(reply);
    }
  }

  /**
   * Replies to requests, in their order, until the other side closes the channel.
   *
   * @param reply What to reply to a request. What it throws ends the serving.
   */
  async serve(
    reply: (request: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>,
    options?: WaitOptions,
  ): Promise<void> {
    for (;;) {
      const request = await this.recv(options);
      if (request === null) return;
      await this.send(await reply(request), options);
    }
  }

  /** As {@linkcode DuplexChannel.serve}, blocking this thread. */
  serveSync(reply: (request: Uint8Array<ArrayBuffer>) => Uint8Array, options?: ChannelSyncOptions): void {
    for (;;) {
      const request = this.recvSync(options);
      if (request === null) return;
      this.sendSync(reply(request), options);
    }
  }

  /** Gives each reply to its request, as long as somebody waits for one. */
  async #receive(): Promise<void> {
    const receiving = this.#receiving = new AbortController();
    try {
      while (this.#asked.some(({ dropped }) => !dropped)) {
        const reply = await this.recv({ signal: receiving.signal });
        if (reply === null) throw noReply();
        this.#asked.shift()!.resolve(reply);
      }
    } catch (error) {
      if (!receiving.signal.aborted) {
        for (const { reject } of this.#asked.splice(0)) reject(error);
      }
    } finally {
      this.#receiving = undefined;
      // Somebody asked after it was ended.
      if (this.#asked.some(({ dropped }) => !dropped)) void this.#receive();
    }
  }
}
