import { spinWhile } from "../primitives/spin.ts";
import { MessageMemory } from "./message_memory.ts";
import { broken, type RingMemory } from "./ring.ts";
import {
  FILLER,
  FRAGMENT,
  GIVEN_UP,
  GONE,
  HEAD,
  KIND_SHIFT,
  LEFT,
  LENGTH,
  MESSAGE,
  RECORD,
  recordSize,
  TAIL,
} from "./ring_layout.ts";

const NOTHING = -1;
const WHOLE = -2;

/** The consumer's end of a ring. Nothing here waits, and nothing that the producer left is believed unchecked. */
export class RingReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #space: RingMemory["space"];
  readonly #memory = new MessageMemory();
  readonly #data: number;
  readonly #capacity: number;
  readonly #limit: number;
  readonly #tailAt: number;
  readonly #headAt: number;
  #head: number;
  /** What was last seen of the producer's position. */
  #tail: number;
  /** Of the message at the head. */
  #length = 0;
  /** A message of which fragments have come, and how much of it. */
  #large: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;

  constructor(ring: RingMemory, limit: number) {
    this.#bytes = ring.bytes;
    this.#words = ring.words;
    this.#space = ring.space;
    this.#data = ring.data;
    this.#capacity = ring.capacity;
    this.#limit = limit;
    this.#tailAt = (ring.control + TAIL) >> 2;
    this.#headAt = (ring.control + HEAD) >> 2;
    this.#head = Atomics.load(ring.words, this.#headAt);
    if ((this.#head & 7) !== 0) throw broken(`its head is ${this.#head >>> 0}`);
    this.#tail = this.#head;
    this.#refresh();
  }

  /** The next message, copied; undefined when none is there whole. */
  tryTake(): Uint8Array<ArrayBuffer> | undefined {
    const at = this.#look();
    if (at === NOTHING) return undefined;
    const message = at === WHOLE
      ? this.#large!
      : this.#memory.copy(this.#bytes, this.#words, at, this.#length);
    this.release();
    return message;
  }

  /** The next message where it is, until {@linkcode RingReader.release}; undefined when none is there whole. */
  tryPeek(): Uint8Array<ArrayBuffer> | undefined {
    const at = this.#look();
    if (at === NOTHING) return undefined;
    return at === WHOLE ? this.#large! : new Uint8Array(this.#bytes.buffer, at, this.#length);
  }

  /** Gives the message back that was looked at. */
  release(): void {
    if (this.#large !== undefined) {
      this.#large = undefined;
      return;
    }
    this.#advance(recordSize(this.#length));
  }

  /** Whether this end was left before. */
  get over(): boolean {
    return this.#words[this.#headAt + ((GONE - HEAD) >> 2)] !== 0;
  }

  /** Whether the producer has closed its end: what is there now is all that comes. */
  get last(): boolean {
    return Atomics.load(this.#words, this.#tailAt + ((LEFT - TAIL) >> 2)) !== 0;
  }

  /** The bytes that are here of a message that is not whole, and those that it should have. */
  get partial(): [number, number] | undefined {
    return this.#large === undefined ? undefined : [this.#filled, this.#large.length];
  }

  /** Looks for so many microseconds at most whether the producer has moved, and returns whether it has. */
  spin(microseconds: number): boolean {
    this.#memory.prepare();
    const tail = spinWhile(this.#words, this.#tailAt, this.#tail, microseconds);
    if (tail === this.#tail) return false;
    this.#see(tail);
    return true;
  }

  /** Tells the producer that nobody reads any more. */
  leave(): void {
    Atomics.store(this.#words, this.#headAt + ((GONE - HEAD) >> 2), 1);
    this.#space.notify();
  }

  /** Where the next message is in the mapping. */
  #look(): number {
    if (this.#large !== undefined) return this.#lookForFragments();
    if (this.#head === this.#tail && !this.#refresh()) return NOTHING;
    const offset = this.#head & (this.#capacity - 1);
    const word = this.#words[(this.#data + offset) >> 2]!;
    const length = word & LENGTH;
    const size = recordSize(length);
    if (size > ((this.#tail - this.#head) | 0) || size > this.#capacity - offset) throw this.#nonsense(word);
    if (word >>> KIND_SHIFT !== MESSAGE) return this.#lookForFragments();
    if (length > this.#limit) throw this.#tooLarge(length);
    this.#length = length;
    return this.#data + offset + RECORD;
  }

  /** The same for records of all kinds. It ends, as it reads the producer's position once. */
  #lookForFragments(): number {
    if (this.#whole) return WHOLE;
    this.#refresh();
    while (this.#head !== this.#tail) {
      const offset = this.#head & (this.#capacity - 1);
      const word = this.#words[(this.#data + offset) >> 2]!;
      const total = this.#words[(this.#data + offset + 4) >> 2]! >>> 0;
      const length = word & LENGTH;
      const size = recordSize(length);
      const place = this.#data + offset + RECORD;
      if (size > ((this.#tail - this.#head) | 0) || size > this.#capacity - offset) {
        throw this.#nonsense(word);
      }
      switch (word >>> KIND_SHIFT) {
        case MESSAGE:
          if (this.#large !== undefined) throw this.#nonsense(word);
          if (length > this.#limit) throw this.#tooLarge(length);
          this.#length = length;
          return place;
        case FILLER:
          if (offset + size !== this.#capacity) throw this.#nonsense(word);
          break;
        case FRAGMENT:
          if (length === 0 || length > total) throw this.#nonsense(word);
          if (this.#large === undefined) {
            if (total > this.#limit) throw this.#tooLarge(total);
            this.#large = new Uint8Array(total);
            this.#filled = 0;
          }
          if (total !== this.#large.length || length > total - this.#filled) {
            throw this.#nonsense(word);
          }
          this.#large.set(this.#bytes.subarray(place, place + length), this.#filled);
          this.#filled += length;
          break;
        case GIVEN_UP:
          this.#large = undefined;
      }
      this.#advance(size);
      if (this.#whole) return WHOLE;
    }
    return NOTHING;
  }

  get #whole(): boolean {
    return this.#large !== undefined && this.#filled === this.#large.length;
  }

  #advance(size: number): void {
    const head = (this.#head + size) | 0;
    this.#head = head;
    Atomics.store(this.#words, this.#headAt, head);
    this.#space.notify();
  }

  /** Reads the producer's position, and tells whether there is anything. */
  #refresh(): boolean {
    return this.#see(Atomics.load(this.#words, this.#tailAt));
  }

  #see(tail: number): boolean {
    const used = (tail - this.#head) | 0;
    if (used < 0 || used > this.#capacity || (used & 7) !== 0) {
      throw broken(`its tail is ${tail >>> 0}, and its head ${this.#head >>> 0}`);
    }
    this.#tail = tail;
    return used > 0;
  }

  #nonsense(word: number): Error {
    return broken(
      `at ${this.#head >>> 0} a record of kind ${word >>> KIND_SHIFT} has ${word & LENGTH} bytes`,
    );
  }

  #tooLarge(length: number): Error {
    return broken(`a message has ${length} bytes, and maxMessageSize is ${this.#limit}`);
  }
}
