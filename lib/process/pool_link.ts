import { notOurs } from "../errors.ts";
import type { WaitOptions } from "../options.ts";
import { turn } from "../primitives/event_loop.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import { type Packed, Packer, Unpacker } from "./travelling.ts";

/** What carries messages that may have descriptors with them. */
export interface PoolLine {
  send(packed: Packed): void | Promise<void>;
  receive(options: WaitOptions):
    | { bytes: Uint8Array<ArrayBuffer>; descriptors: ReceivedDescriptor[] }
    | Promise<{ bytes: Uint8Array<ArrayBuffer>; descriptors: ReceivedDescriptor[] }>;
}

/** What carries bytes through memory that both sides have: a DuplexChannel, or a ThreadRing. */
interface PoolRing {
  /** A message of up to 8 bytes less fits into it. */
  readonly capacity: number;
  trySend(p: Uint8Array): boolean;
  /** Space for a message, which goes with `commit`; undefined when there is none now. */
  tryReserve(length: number): Uint8Array | undefined;
  commit(): void;
  send(p: Uint8Array): Promise<void>;
  /** The next message where it is, until `release`; null at the end, and undefined when there is none now. */
  tryPeek(): Uint8Array<ArrayBuffer> | null | undefined;
  peek(options: WaitOptions): Promise<Uint8Array<ArrayBuffer> | null>;
  release(): void;
  close(): void;
}

/** Says that the next message is on the line. */
const ON_THE_LINE = new Uint8Array(0);

/** Messages up to this size are packed in memory that is used again and again: fresh memory takes longer than to copy. */
const REUSED = 4 * 1024 * 1024;

/** Memory of so many bytes is copied into the ring, and nowhere before. */
const APART = 16 * 1024;

/** Each message in a ring has so many bytes beside its own. */
const RECORD = 8;

/** Of all links of this thread, as what it has packed is sent, or copied, at once. */
const packer = new Packer(undefined, { reused: REUSED, apart: APART });

/** What a link is made with. */
interface PoolLinkOptions {
  line: PoolLine;
  /** Undefined where they share no memory. */
  ring: PoolRing | undefined;
  /** The largest message, in bytes. */
  limit: number;
  /** Whether the other side can take handles of this library. Default: true. */
  takesHandles?: boolean;
  /** Makes the kinds of handles known, before the first ones are taken. */
  loadHandles?: () => Promise<unknown>;
}

/**
 * One side of what a pool and a worker talk over: shared memory where both have it, and then the line is for descriptors
 * alone; otherwise the line.
 */
export class PoolLink {
  readonly #line: PoolLine;
  readonly #ring: PoolRing | undefined;
  readonly #limit: number;
  readonly #takesHandles: boolean;
  readonly #loadHandles: (() => Promise<unknown>) | undefined;
  readonly #unpacker = new Unpacker();

  constructor({ line, ring, limit, takesHandles = true, loadHandles }: PoolLinkOptions) {
    this.#line = line;
    this.#ring = ring;
    this.#limit = limit;
    this.#takesHandles = takesHandles;
    this.#loadHandles = loadHandles;
  }

  /**
   * A message, ready to be sent, which has to happen before the next one is packed.
   *
   * @throws {TypeError} Something in it cannot be carried
   * @throws {RangeError} It is too large
   */
  pack(message: unknown): Packed {
    const packed = packer.pack(message);
    const length = lengthOf(packed);
    if (length <= this.#limit && (this.#takesHandles || packed.loads.length === 0)) return packed;
    packed.stay();
    if (length <= this.#limit) {
      throw new TypeError("handles of this library are for workers with --allow-ffi");
    }
    throw new RangeError(`it has ${length} bytes, and maxMessageSize is ${this.#limit}`);
  }

  /** Sends what was packed. */
  send(packed: Packed): void | Promise<void> {
    packed.gone();
    const ring = this.#ring;
    if (ring !== undefined && packed.copies.length === 0) return sendOver(ring, packed);
    const own = { ...packed, bytes: joined(packed), apart: [] }; // A line takes its time, and others pack meanwhile.
    if (ring === undefined) return this.#line.send(own);
    return Promise.resolve(ring.send(ON_THE_LINE)).then(() => this.#line.send(own));
  }

  /**
   * The next message.
   *
   * @throws Whatever says that there is none any more
   */
  async receive(options: WaitOptions): Promise<unknown> {
    const ring = this.#ring;
    if (ring !== undefined) {
      await turn();
      const bytes = ring.tryPeek() ?? await ring.peek(options);
      if (bytes === null) throw notOurs("Cannot receive", "the other side has ended");
      try {
        if (bytes.length > 0) return this.#unpacker.unpack(bytes, []);
      } finally {
        ring.release();
      }
    }
    const { bytes, descriptors } = await this.#line.receive(options);
    if (descriptors.length > 0) await this.#loadHandles?.();
    return this.#unpacker.unpack(bytes, descriptors);
  }

  /** Gives the shared memory up. */
  close(): void {
    this.#ring?.close();
  }
}

function sendOver(ring: PoolRing, packed: Packed): void | Promise<void> {
  const length = lengthOf(packed);
  if (length > ring.capacity - RECORD) return ring.send(joined(packed));
  if (packed.apart.length === 0) {
    return ring.trySend(packed.bytes)
      ? undefined
      : ring.send(packed.bytes.slice());
  }
  const space = ring.tryReserve(length);
  if (space === undefined) return ring.send(joined(packed));
  fill(space, packed);
  ring.commit();
}

function lengthOf({ bytes, apart }: Packed): number {
  let { length } = bytes;
  for (const { memory } of apart) length += memory.length;
  return length;
}

/** All of a message, in memory of its own. */
function joined(packed: Packed): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(lengthOf(packed));
  fill(all, packed);
  return all;
}

/** Puts all of a message somewhere. */
function fill(space: Uint8Array, { bytes, apart }: Packed): void {
  let [from, to] = [0, 0];
  for (const { at, memory } of apart) {
    space.set(bytes.subarray(from, at), to);
    space.set(memory, to + at - from);
    to += at - from + memory.length;
    from = at;
  }
  space.set(bytes.subarray(from), to);
}
