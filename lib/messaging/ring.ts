import type { Doorbell } from "../primitives/inotify.ts";
import { EventCount } from "../sync/event_count.ts";
import { wrongWire } from "./message_error.ts";
import { CONTROL_SIZE, ITEMS, SPACE } from "./ring_layout.ts";

/** Where a ring is. */
interface RingPlace {
  /** The mapping that it is in. */
  readonly buffer: ArrayBuffer;
  /** Of the mapping, in this process. */
  readonly address: bigint;
  readonly doorbell: Doorbell;
  /** Of the control block in the mapping. */
  readonly offset: number;
  /** Of the data: a power of two, and the mapping has as much. */
  readonly capacity: number;
}

/** Those who wait until something has changed. */
interface Waiting {
  /** Wakes them, after a change that was made with Atomics. */
  notify(): void;
}

/** What the two ends of a ring use. */
export interface RingMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
  /** Where the control block begins, and the data, in bytes. */
  readonly control: number;
  readonly data: number;
  readonly capacity: number;
  /** The consumer waits here. */
  readonly items: Waiting;
  /** The producer waits here. */
  readonly space: Waiting;
}

/** A ring in memory that processes share. See ring_layout.ts. */
export class Ring implements RingMemory {
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
  /** Where the control block begins, and the data, in bytes. */
  readonly control: number;
  readonly data: number;
  readonly capacity: number;
  /** The consumer waits here. */
  readonly items: EventCount;
  /** The producer waits here. */
  readonly space: EventCount;

  constructor(place: RingPlace) {
    const { buffer, address, doorbell, offset, capacity } = place;
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.control = offset;
    this.data = offset + CONTROL_SIZE;
    this.capacity = capacity;
    const count = (at: number) => new EventCount(this.words, at / 4, address + BigInt(at), doorbell);
    this.items = count(offset + ITEMS);
    this.space = count(offset + SPACE);
  }
}

/** That the other side has written what no side writes. */
export function broken(what: string): Deno.errors.InvalidData {
  return wrongWire("Cannot use the channel", `the other side has broken it: ${what}`);
}
