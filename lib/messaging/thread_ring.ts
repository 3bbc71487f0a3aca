import { timedOut } from "../errors.ts";
import type { WaitOptions } from "../options.ts";
import { wait } from "../primitives/wait.ts";
import type { RingMemory } from "./ring.ts";
import { CONTROL_SIZE, ITEMS, RECORD, SPACE } from "./ring_layout.ts";
import { RingReader } from "./ring_reader.ts";
import { RingWriter } from "./ring_writer.ts";

/** A message that is larger than the ring goes in so many parts of it, so that both ends are busy. */
const PARTS = 4;

/**
 * Messages both ways between two threads of one process that trust each other, through two rings in a SharedArrayBuffer:
 * the rings of {@linkcode DuplexChannel}, without a call of the C library. The memory goes with the threads, however they
 * end; that the other one has ended is for the caller to see.
 */
export class ThreadRing {
  /** How many bytes a ring holds, with 8 for each message. */
  readonly capacity: number;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #out: Side;
  readonly #in: Side;
  #reserved: { at: number; length: number } | undefined;
  /** Calls that wait for room, one after the other. */
  #sending: Promise<void> | undefined;

  /**
   * @param memory Of {@linkcode ThreadRing.memory}.
   * @param side 0 in one thread, 1 in the other.
   */
  constructor(memory: SharedArrayBuffer, side: 0 | 1, maxMessageSize: number) {
    this.capacity = memory.byteLength / 2 - CONTROL_SIZE;
    this.#out = new Side(memory, side, this.capacity);
    this.#in = new Side(memory, 1 - side, this.capacity);
    this.#writer = new RingWriter(this.#out);
    this.#reader = new RingReader(this.#in, maxMessageSize);
  }

  /** Memory for two rings of so many bytes, a power of two. */
  static memory(capacity: number): SharedArrayBuffer {
    return new SharedArrayBuffer(2 * (CONTROL_SIZE + capacity));
  }

  /** Sends a message if there is room for it now, and returns whether there was. */
  trySend(p: Uint8Array): boolean {
    return this.#sending === undefined && this.#writer.tryWrite(p);
  }

  /** Space for a message that fits into the ring; undefined when there is none now. Nothing else is sent until `commit`. */
  tryReserve(length: number): Uint8Array<ArrayBuffer> | undefined {
    const at = this.#sending === undefined ? this.#writer.room(length) : -1;
    if (at < 0) return undefined;
    this.#reserved = { at, length };
    return this.#out.bytes.subarray(at, at + length);
  }

  /** Sends what is in the space of {@linkcode ThreadRing.tryReserve}. */
  commit(): void {
    const { at, length } = this.#reserved!;
    this.#reserved = undefined;
    this.#writer.publish(at, length, length);
  }

  /** Sends a message of any size, behind those that wait; `p` must stay as it is until then. */
  send(p: Uint8Array): Promise<void> {
    const before = this.#sending;
    const sending = this.#sendAfter(before, p).finally(() => {
      if (this.#sending === sending) this.#sending = undefined;
    });
    this.#sending = sending;
    return sending;
  }

  /**
   * The next message where it is, until {@linkcode ThreadRing.release}; null when the other side has closed and nothing is
   * left, undefined when none is there now.
   */
  tryPeek(): Uint8Array<ArrayBuffer> | null | undefined {
    const message = this.#reader.tryPeek();
    if (message !== undefined) return message;
    return this.#reader.last || this.#reader.over ? null : undefined;
  }

  /** The same, and waits for one. */
  peek(options: WaitOptions): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#in.items.wait(() => this.tryPeek(), options);
  }

  /** Gives the message back. */
  release(): void {
    this.#reader.release();
  }

  /** Tells the other side that nothing comes any more, and ends the waits here. */
  close(): void {
    this.#writer.leave();
    this.#reader.leave();
    this.#out.space.notify();
    this.#in.items.notify();
  }

  async #sendAfter(before: Promise<void> | undefined, p: Uint8Array): Promise<void> {
    await before;
    const most = this.capacity / PARTS - RECORD;
    if (p.length <= this.capacity - RECORD) {
      return await this.#whenThereIsRoom(() => this.#writer.tryWrite(p));
    }
    for (let sent = 0; sent < p.length; sent += most) {
      const part = p.subarray(sent, sent + most);
      await this.#whenThereIsRoom(() => this.#writer.tryWriteFragment(part, p.length));
    }
  }

  async #whenThereIsRoom(attempt: () => boolean): Promise<void> {
    const over = () => this.#writer.over || this.#writer.abandoned; // Nobody minds what is not sent then.
    await this.#out.space.wait(() => attempt() || over() || undefined, {});
  }
}

/** One of the rings. The typed arrays are of shared memory, which makes no difference to what is done with them here. */
class Side implements RingMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
  readonly control: number;
  readonly data: number;
  readonly items: Sleepers;
  readonly space: Sleepers;

  constructor(memory: SharedArrayBuffer, place: number, readonly capacity: number) {
    this.bytes = new Uint8Array(memory as unknown as ArrayBuffer);
    this.words = new Int32Array(memory as unknown as ArrayBuffer);
    this.control = place * (CONTROL_SIZE + capacity);
    this.data = this.control + CONTROL_SIZE;
    this.items = new Sleepers(this.words, (this.control + ITEMS) >> 2);
    this.space = new Sleepers(this.words, (this.control + SPACE) >> 2);
  }
}

/** Where a thread sleeps until another one has changed something, in two words: a number, and whether it sleeps. */
class Sleepers {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  notify(): void {
    if (Atomics.load(this.#words, this.#at + 1) === 0) return;
    Atomics.store(this.#words, this.#at + 1, 0);
    Atomics.add(this.#words, this.#at, 1);
    Atomics.notify(this.#words, this.#at);
  }

  /** Looks now and after each change, until there is something. */
  async wait<T>(look: () => T | undefined, options: WaitOptions): Promise<T> {
    const late = (timeout: number) => timedOut("Cannot receive", "no message came", timeout);
    const endless = options.signal === undefined && options.timeout === undefined;
    for (;;) {
      const seen = Atomics.load(this.#words, this.#at);
      Atomics.store(this.#words, this.#at + 1, 1);
      const found = look();
      if (found !== undefined) return found;
      const change = Atomics.waitAsync(this.#words, this.#at, seen);
      if (!change.async) continue;
      if (endless) await change.value;
      else {
        await wait<void>(options, late, ({ resolve }) => {
          void change.value.then(() => resolve());
          return () => {};
        });
      }
    }
  }
}
