import { pauseFor, spinWhile } from "../primitives/spin.ts";
import { broken, type RingMemory } from "./ring.ts";
import {
  FILLER,
  FRAGMENT,
  GIVEN_UP,
  GONE,
  HEAD,
  KIND_SHIFT,
  LEFT,
  RECORD,
  recordSize,
  TAIL,
} from "./ring_layout.ts";

/** The moment that the consumer of a full ring has: until it is so full, or for so many looks. 4 us at most. */
const ENOUGH = 3 / 4;
const LOOKS_AHEAD = 4;
const PAUSES_AHEAD = 25;

/** The producer's end of a ring. Nothing here waits. */
export class RingWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #items: RingMemory["items"];
  readonly #data: number;
  readonly #capacity: number;
  /** Indices of words. */
  readonly #tailAt: number;
  readonly #headAt: number;
  readonly #goneAt: number;
  /** Where the next record goes; what is stored for others to see is only ever behind it. */
  #tail: number;
  /** What was last seen of the consumer's position. */
  #head: number;

  constructor(ring: RingMemory) {
    this.#bytes = ring.bytes;
    this.#words = ring.words;
    this.#items = ring.items;
    this.#data = ring.data;
    this.#capacity = ring.capacity;
    this.#tailAt = (ring.control + TAIL) >> 2;
    this.#headAt = (ring.control + HEAD) >> 2;
    this.#goneAt = (ring.control + GONE) >> 2;
    this.#tail = Atomics.load(ring.words, this.#tailAt);
    if ((this.#tail & 7) !== 0) throw broken(`its tail is ${this.#tail >>> 0}`);
    this.#head = this.#tail;
    this.#refresh();
  }

  /** Whether the consumer has closed its end. */
  get abandoned(): boolean {
    return this.#words[this.#goneAt] !== 0;
  }

  /** Whether this end was left before. */
  get over(): boolean {
    return this.#words[this.#tailAt + ((LEFT - TAIL) >> 2)] !== 0;
  }

  /** Sends a message when there is room for it. It has at most as many bytes as the ring has, less those of a head. */
  tryWrite(p: Uint8Array): boolean {
    const { length } = p;
    const at = this.room(length);
    if (at < 0) return false;
    this.#bytes.set(p, at);
    this.publish(at, length, length);
    return true;
  }

  /** Where a payload of `length` bytes can be put, in bytes of the mapping; -1 when there is no room for it now. */
  room(length: number): number {
    const size = recordSize(length);
    const offset = this.#tail & (this.#capacity - 1);
    if (size > this.#capacity - offset) return this.#roomAtStart(size, this.#capacity - offset);
    if (size > this.#free && size > this.#refresh()) return -1;
    return this.#data + offset + RECORD;
  }

  /** The consumer gets what is at a place that {@linkcode RingWriter.room} gave. */
  publish(at: number, length: number, word: number): void {
    this.#words[(at - RECORD) >> 2] = word;
    const tail = (this.#tail + recordSize(length)) | 0;
    this.#tail = tail;
    Atomics.store(this.#words, this.#tailAt, tail);
    this.#items.notify();
  }

  /** Sends the next part of a message of `total` bytes, when there is room for it. */
  tryWriteFragment(part: Uint8Array, total: number): boolean {
    const at = this.room(part.length);
    if (at < 0) return false;
    this.#bytes.set(part, at);
    this.#words[(at - RECORD + 4) >> 2] = total;
    this.publish(at, part.length, part.length | FRAGMENT << KIND_SHIFT);
    return true;
  }

  /** Lets the consumer forget the fragments so far, when there is room to say so. */
  tryGiveUp(): boolean {
    const at = this.room(0);
    if (at < 0) return false;
    this.publish(at, 0, GIVEN_UP << KIND_SHIFT);
    return true;
  }

  /**
   * Looks for so many microseconds at most whether the consumer has moved, and returns whether it has. Each look takes
   * its position away from a consumer that is at work, and a full ring is no hurry: it has a moment to get ahead.
   */
  spin(microseconds: number): boolean {
    if (spinWhile(this.#words, this.#headAt, this.#head, microseconds) === this.#head) return false;
    for (let i = 0; i < LOOKS_AHEAD; i++) {
      const used = (this.#tail - Atomics.load(this.#words, this.#headAt)) | 0;
      if (used < this.#capacity * ENOUGH) break;
      pauseFor(PAUSES_AHEAD);
    }
    return true;
  }

  /** Tells the consumer that nothing comes any more. */
  leave(): void {
    Atomics.store(this.#words, this.#tailAt + ((LEFT - TAIL) >> 2), 1);
    this.#items.notify();
  }

  /** The rest of the data is too small: it is left out. */
  #roomAtStart(size: number, rest: number): number {
    if (rest > this.#free && rest > this.#refresh()) return -1;
    this.#words[(this.#data + this.#capacity - rest) >> 2] = (rest - RECORD) | FILLER << KIND_SHIFT;
    this.#tail = (this.#tail + rest) | 0;
    if (size <= this.#free || size <= this.#refresh()) return this.#data + RECORD;
    // The consumer may have to give back the rest before there is room.
    Atomics.store(this.#words, this.#tailAt, this.#tail);
    this.#items.notify();
    return -1;
  }

  get #free(): number {
    return this.#capacity - ((this.#tail - this.#head) | 0);
  }

  #refresh(): number {
    const head = Atomics.load(this.#words, this.#headAt);
    const used = (this.#tail - head) | 0;
    if (used < 0 || used > this.#capacity) {
      throw broken(`its head is ${head >>> 0}, and its tail ${this.#tail >>> 0}`);
    }
    this.#head = head;
    return this.#capacity - used;
  }
}
