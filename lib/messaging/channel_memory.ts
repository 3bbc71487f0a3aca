import { countOf } from "../options.ts";
import type { Doorbell } from "../primitives/inotify.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { Presence } from "../sync/presence.ts";
import {
  HEADER_SIZE,
  invalidObject,
  PARAMETERS,
  type SharedKind,
  type SharedObjectOptions,
} from "../sync/shared_object.ts";
import type { EndOptions } from "./channel_end.ts";
import { Ring } from "./ring.ts";
import { CONSUMER, CONTROL_SIZE, LEAST_CAPACITY, MOST_CAPACITY, PRODUCER, RECORD } from "./ring_layout.ts";

/** Options of {@linkcode Channel.create}. */
export interface ChannelOptions extends SharedObjectOptions {
  /**
   * How many bytes the ring holds, with 8 more for each message: 4 KiB to 1 GiB, rounded up to a power of two. One that
   * fits into the caches is fastest. Default: 256 KiB.
   */
  capacity?: number | undefined;
  /**
   * The largest message, in bytes. One that is larger than the ring goes in parts, while the consumer receives it.
   * Default: what the ring holds; at most 1 GiB.
   */
  maxMessageSize?: number | undefined;
  /** See {@linkcode Channel.spin}; of this handle alone. */
  spin?: number | undefined;
}

const DEFAULT_CAPACITY = 256 * 1024;
const MOST_MESSAGE = 2 ** 30;

/** In the header: the capacity, and the largest message, as u32. Behind it come one or two rings. */
const CAPACITY = PARAMETERS;
const MAX_MESSAGE_SIZE = PARAMETERS + 4;

/** The rings that a channel has, and which of them this handle sends and receives with. */
export interface ChannelRings {
  readonly kind: SharedKind;
  readonly count: number;
  readonly out: number;
  readonly in: number;
}

interface Sizes {
  capacity: number;
  maxMessageSize: number;
}

interface Ends {
  producer: EndOptions;
  consumer: EndOptions;
}

/** What options ask for. */
export function ringSizes(options: ChannelOptions): Sizes {
  const asked = countOf("capacity", options.capacity ?? DEFAULT_CAPACITY, 1);
  if (asked > MOST_CAPACITY) {
    throw new RangeError(`The option capacity takes at most 1 GiB, and got ${asked}`);
  }
  const capacity = Math.max(LEAST_CAPACITY, 2 ** Math.ceil(Math.log2(asked)));
  const maxMessageSize = countOf("maxMessageSize", options.maxMessageSize ?? capacity - RECORD, 0);
  if (maxMessageSize > MOST_MESSAGE) {
    throw new RangeError(`The option maxMessageSize takes at most 1 GiB, and got ${maxMessageSize}`);
  }
  return { capacity, maxMessageSize };
}

/** How much memory so many rings take, and at least. */
export function sizeOfRings(rings: number, capacity: number = LEAST_CAPACITY): number {
  return HEADER_SIZE + rings * (CONTROL_SIZE + capacity);
}

/** Writes what others need to know. Everything else is 0. */
export function prepareRings(buffer: ArrayBuffer, { capacity, maxMessageSize }: Sizes): void {
  const header = new DataView(buffer, 0, HEADER_SIZE);
  header.setUint32(CAPACITY, capacity, true);
  header.setUint32(MAX_MESSAGE_SIZE, maxMessageSize, true);
}

/** The rings in memory whose header was checked; anybody may have written what is behind it. */
export function ringsIn(
  memory: SharedMemory,
  doorbell: Doorbell,
  { kind, count }: ChannelRings,
): Sizes & { ends: Ends[] } {
  const { buffer, size, name } = memory;
  const header = new DataView(buffer, 0, HEADER_SIZE);
  const capacity = header.getUint32(CAPACITY, true);
  const maxMessageSize = header.getUint32(MAX_MESSAGE_SIZE, true);
  const fits = capacity >= LEAST_CAPACITY && capacity <= MOST_CAPACITY && (capacity & (capacity - 1)) === 0
    && sizeOfRings(count, capacity) === size;
  if (!fits) throw invalidObject(kind, name, `its capacity is ${capacity}, and it has ${size} bytes`);
  if (maxMessageSize > MOST_MESSAGE) {
    throw invalidObject(kind, name, `its maxMessageSize is ${maxMessageSize}`);
  }
  if (memory.readOnly) throw invalidObject(kind, name, "it is open for reading only");
  const { address } = memory;
  const called = name === undefined ? "the channel" : `channel '${name}'`;
  const ends = Array.from({ length: count }, (_, i): Ends => {
    const offset = HEADER_SIZE + i * (CONTROL_SIZE + capacity);
    const ring = new Ring({ buffer, address, doorbell, offset, capacity });
    const producer = new Presence(memory, offset + PRODUCER);
    const consumer = new Presence(memory, offset + CONSUMER);
    const both = { ring, name: called, maxMessageSize };
    return {
      producer: { ...both, mine: producer, other: consumer },
      consumer: { ...both, mine: consumer, other: producer },
    };
  });
  return { capacity, maxMessageSize, ends };
}
