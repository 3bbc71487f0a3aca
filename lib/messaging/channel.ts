import type { SharedMemory } from "../primitives/shared_memory.ts";
import { createObject, type Layout } from "../sync/shared_object.ts";
import { ByteChannel } from "./byte_channel.ts";
import { spinOf } from "./channel_end.ts";
import { type ChannelOptions, prepareRings, ringSizes, sizeOfRings } from "./channel_memory.ts";

/**
 * Messages of bytes from one producer to one consumer, through memory that both have mapped: other processes, workers,
 * or both in this thread. No system call is made while both are at work: a message takes some 50 ns, an answer back
 * and forth less than 1 us.
 *
 * - The first to send is the producer, the first to receive the consumer; each uses one handle, and a second one is
 *   refused. An end that nobody has taken yet is waited for.
 * - What is sent stays in the ring until it is received. When the ring is full, `send` waits: that is the backpressure.
 * - `close()` of the producer lets the consumer receive what is there, and then null. A thread that ends without it,
 *   however it ends, makes that an error (`Deno.errors.ConnectionReset`); a message is received whole or not at all.
 *   When the consumer closes or dies, sending is `Deno.errors.BrokenPipe`.
 * - Who waits asynchronously is woken through the event loop, in about 0.1 ms; who waits with a `…Sync` call blocks its
 *   thread, and is woken in some 20 us, or, when it `spin`s, in 0.2 us. Each can talk to each.
 * - It carries bytes, which are not looked at. Who may open it may also break it: the other side then gets
 *   `Deno.errors.InvalidData`, or wrong messages, and never reads or writes outside of it.
 *
 * Needs `--allow-ffi`. Linux only.
 *
 * @example
 * ```ts
 * import { Channel } from "@ipc/ipc";
 *
 * using channel = Channel.create({ capacity: 1 << 20 });
 * // In another thread, or process: Channel.from(token), after postMessage(channel.share());
 * // in a child: Channel.inherited(3), after spawn(…, { fds: { 3: channel } }).
 * using theirs = Channel.from(channel.share());
 *
 * theirs.sendSync(new TextEncoder().encode("hello"));
 * theirs.close();
 * for await (const message of channel) console.log(new TextDecoder().decode(message));
 * ```
 *
 * @example Without a copy
 * ```ts
 * import { Channel } from "@ipc/ipc";
 *
 * using channel = Channel.create({ capacity: 1 << 20 });
 * const space = channel.reserveSync(8 * 1000);
 * new Float64Array(space.buffer, space.byteOffset, 1000).fill(1.5);
 * channel.commit();
 *
 * const message = channel.peekSync()!;
 * console.log(new Float64Array(message.buffer, message.byteOffset, message.length / 8)[999]);
 * channel.release();
 * ```
 */
export class Channel extends ByteChannel {
  /** @internal */
  static readonly layout: Layout = { kind: "Channel", version: 1, leastSize: sizeOfRings(1) };

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory, { kind: "Channel", count: 1, out: 0, in: 0 });
  }

  /**
   * Makes a channel.
   *
   * @throws {RangeError} A capacity or a maxMessageSize that is not possible
   * @throws {TypeError} A name that is empty or has a slash
   * @throws {Deno.errors.AlreadyExists} The name is taken
   * @throws {Error} With `code` "ENOSPC": /dev/shm has no room for it
   */
  static create(options: ChannelOptions = {}): Channel {
    const sizes = ringSizes(options);
    const spin = spinOf(options);
    const memory = createObject(
      Channel.layout,
      sizeOfRings(1, sizes.capacity),
      options,
      (buffer) => prepareRings(buffer, sizes),
    );
    const channel = new Channel(memory);
    channel.spin = spin;
    return channel;
  }
}
