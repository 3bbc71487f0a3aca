import type { WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { SharedObject } from "../sync/shared_object.ts";
import { ChannelConsumer, type Received } from "./channel_consumer.ts";
import { type ChannelSyncOptions, spinOf } from "./channel_end.ts";
import { type ChannelRings, ringsIn } from "./channel_memory.ts";
import { ChannelProducer } from "./channel_producer.ts";

/**
 * What {@linkcode Channel} and {@linkcode DuplexChannel} have in common: a way for messages out, and one in.
 *
 * @example
 * ```ts
 * import { type ByteChannel, Channel } from "@ipc/ipc";
 *
 * function sendNumber(channel: ByteChannel, number: number): void {
 *   const space = channel.reserveSync(8);
 *   new DataView(space.buffer, space.byteOffset).setFloat64(0, number);
 *   channel.commit();
 * }
 *
 * using channel = Channel.create();
 * sendNumber(channel, 1.5);
 * console.log(channel.recvSync());
 * ```
 */
export abstract class ByteChannel extends SharedObject implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  /** How many bytes a ring holds, with 8 for each message. */
  readonly capacity: number;
  /** The largest message, in bytes. */
  readonly maxMessageSize: number;
  readonly #producer: ChannelProducer;
  readonly #consumer: ChannelConsumer;

  /** @internal */
  constructor(memory: SharedMemory, rings: ChannelRings) {
    super(memory);
    const { capacity, maxMessageSize, ends } = ringsIn(memory, this.doorbell, rings);
    this.capacity = capacity;
    this.maxMessageSize = maxMessageSize;
    this.#producer = new ChannelProducer(ends[rings.out]!.producer);
    this.#consumer = new ChannelConsumer(ends[rings.in]!.consumer);
  }

  /**
   * For how many microseconds a `…Sync` call of this handle looks again and again before it sleeps, when it does not
   * say otherwise. While it looks it keeps a core busy. Undefined (the default): about 20, as long as that pays.
   */
  get spin(): number | undefined {
    return this.#producer.spin;
  }

  set spin(microseconds: number | undefined) {
    this.#producer.spin = this.#consumer.spin = spinOf({ spin: microseconds });
  }

  /**
   * Sends a message, and waits while the ring is full. Several calls that wait are sent in their order; `p` must stay
   * as it is until then.
   *
   * A message that is larger than the ring goes in parts. When its wait ends before all were sent, the consumer never
   * sees it.
   *
   * @throws {RangeError} The message is larger than `maxMessageSize`
   * @throws {Deno.errors.BrokenPipe} The consumer has closed the channel, or died
   * @throws {Deno.errors.Busy} The channel has a producer already
   * @throws {Deno.errors.TimedOut} There was no room within the time-out: nothing was sent
   */
  send(p: Uint8Array, options?: WaitOptions): Promise<void> {
    return this.#producer.send(p, options);
  }

  /** As {@linkcode ByteChannel.send}, blocking this thread. */
  sendSync(p: Uint8Array, options?: ChannelSyncOptions): void {
    this.#producer.sendSync(p, options);
  }

  /**
   * Sends a message if there is room for it now, and returns whether there was.
   *
   * @throws {RangeError} The message is larger than `maxMessageSize`, or than the ring: that one has to wait
   * @throws {Deno.errors.BrokenPipe} The consumer has closed the channel
   */
  trySend(p: Uint8Array): boolean {
    return this.#producer.trySend(p);
  }

  /**
   * Room for a message of `length` bytes, to be written in place and sent with {@linkcode ByteChannel.commit}. It begins at
   * a multiple of 8. Another `reserve` or `send` before the commit takes its place.
   *
   * @throws {RangeError} It is larger than `maxMessageSize`, or than the ring
   * @throws {Deno.errors.BrokenPipe} The consumer has closed the channel, or died
   */
  reserve(length: number, options?: WaitOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#producer.reserve(length, options);
  }

  /** As {@linkcode ByteChannel.reserve}, blocking this thread. */
  reserveSync(length: number, options?: ChannelSyncOptions): Uint8Array<ArrayBuffer> {
    return this.#producer.reserveSync(length, options);
  }

  /** As {@linkcode ByteChannel.reserve}; undefined when there is no room now. */
  tryReserve(length: number): Uint8Array<ArrayBuffer> | undefined {
    return this.#producer.tryReserve(length);
  }

  /**
   * Sends what was reserved, or its first `length` bytes. Nothing may be written to it any more.
   *
   * @throws {TypeError} Nothing is reserved
   */
  commit(length?: number): void {
    this.#producer.commit(length);
  }

  /**
   * Receives a message, and waits for it; null when the producer has closed the channel and nothing is left.
   *
   * The message is a copy. Messages of up to 4 KiB share memory: `message.slice()` before its `buffer` is transferred,
   * and before it is kept for long.
   *
   * @throws {Deno.errors.ConnectionReset} The producer has died, and nothing is left
   * @throws {Deno.errors.Busy} The channel has a consumer already
   * @throws {Deno.errors.InvalidData} The other side has broken the channel
   * @throws {Deno.errors.TimedOut} None came within the time-out
   */
  recv(options?: WaitOptions): Promise<Received> {
    return this.#consumer.recv(options);
  }

  /** As {@linkcode ByteChannel.recv}, blocking this thread. */
  recvSync(options?: ChannelSyncOptions): Received {
    return this.#consumer.recvSync(options);
  }

  /** As {@linkcode ByteChannel.recv}; undefined when none is there now. */
  tryRecv(): Received | undefined {
    return this.#consumer.tryRecv();
  }

  /**
   * The next message where it is, to be read in place, until {@linkcode ByteChannel.release}: it stays the next one until
   * then, and its room is not given back. Only the producer can write there, and a friendly one does not. Otherwise as
   * {@linkcode ByteChannel.recv}.
   */
  peek(options?: WaitOptions): Promise<Received> {
    return this.#consumer.peek(options);
  }

  /** As {@linkcode ByteChannel.peek}, blocking this thread. */
  peekSync(options?: ChannelSyncOptions): Received {
    return this.#consumer.peekSync(options);
  }

  /** As {@linkcode ByteChannel.peek}; undefined when none is there now. */
  tryPeek(): Received | undefined {
    return this.#consumer.tryPeek();
  }

  /**
   * Gives the message back that was peeked. Nothing of it may be read any more.
   *
   * @throws {TypeError} None was peeked since the last one was released or received
   */
  release(): void {
    this.#consumer.release();
  }

  /** Receives until the producer closes the channel. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array<ArrayBuffer>> {
    return messagesOf(() => this.recv());
  }

  /**
   * Takes both ends for this thread, before they are used.
   *
   * @internal
   */
  protected takeEnds(action: string): void {
    this.#producer.take(action);
    this.#consumer.take(action);
  }

  /** Leaves the channel: the other side sees its end. Once or often. */
  override close(): void {
    this.#producer.close();
    this.#consumer.close();
    super.close();
  }
}

/** An iteration over what `recv` returns until it is null. */
function messagesOf(recv: () => Promise<Received>): AsyncIterableIterator<Uint8Array<ArrayBuffer>> {
  return {
    async next() {
      const value = await recv();
      return value === null ? { done: true, value } : { done: false, value };
    },
    return: () => Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
