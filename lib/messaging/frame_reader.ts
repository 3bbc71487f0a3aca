import type { WaitOptions } from "../options.ts";
import type { ByteStream } from "../primitives/byte_stream.ts";
import { cutOff, wrongWire } from "./message_error.ts";

/** Where bytes come from: a stream, or the read end of a pipe. */
type ByteSource = Pick<ByteStream, "read" | "tryRead">;

/** Bytes of a header, and of one that is for more than 0x7fffffff bytes. */
const HEADER = 4;
const LONG_HEADER = 12;

/** The first read asks for so much; reads that fill their room ask for four times as much the next time. */
const LEAST_ROOM = 4096;
const MOST_ROOM = 256 * 1024;

/** A message from this size on that is not whole yet gets memory of its own, which the rest is read into. */
const LARGE = 16 * 1024;

const EMPTY = new Uint8Array(0);

/** Cuts messages out of a stream of bytes. Many small ones come out of one read, a large one is read in place. */
export class FrameReader {
  /** The largest message that is accepted. */
  limit: number;
  /** Whether the last message has memory of its own; otherwise it is a view, good until the next fill. */
  owned = false;
  /** How many bytes of the stream the messages so far had, with their headers. */
  place = 0;
  readonly #source: ByteSource;
  readonly #tryRead: ((p: Uint8Array) => number | null) | undefined;
  #room = LEAST_ROOM;
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;
  #start = 0;
  #end = 0;
  /** The large message that is being read, and how much of it is there. */
  #body: Uint8Array<ArrayBuffer> | undefined;
  #size = 0;
  #filled = 0;
  /** The caller's memory, which a large message may be read into. */
  #lent: Uint8Array<ArrayBuffer> | undefined;
  /** Whether the last message was large: the next one's header is read alone then, and its body in place. */
  #large = false;
  /** A message that was looked at and not taken. */
  #peeked: Uint8Array<ArrayBuffer> | undefined;

  constructor(source: ByteSource, limit: number) {
    this.#source = source;
    this.#tryRead = source.tryRead === undefined ? undefined : (p) => source.tryRead!(p);
    this.limit = limit;
  }

  /**
   * The next message, when it is here whole.
   *
   * @throws {Deno.errors.InvalidData} Its length is negative or over the limit: nothing behind it can be read
   */
  next(): Uint8Array<ArrayBuffer> | undefined {
    const peeked = this.#peeked;
    if (peeked === undefined) return this.#cut();
    this.#peeked = undefined;
    return peeked;
  }

  /** As {@linkcode FrameReader.next}, and the message stays. */
  peek(): Uint8Array<ArrayBuffer> | undefined {
    return this.#peeked ??= this.#cut();
  }

  /** A large message that begins from now on is read into `p`, when it fits in. */
  lend(p: Uint8Array<ArrayBuffer>): void {
    this.#lent = p;
  }

  /** The caller has its memory back: what is in it of a message that is not whole moves to memory of our own. */
  takeBack(): void {
    const { buffer } = this.#lent ?? EMPTY;
    this.#lent = undefined;
    if (this.#body === undefined || this.#body.buffer !== buffer) return;
    const own = new Uint8Array(this.#size);
    own.set(this.#body.subarray(0, this.#filled));
    this.#body = own;
  }

  #cut(): Uint8Array<ArrayBuffer> | undefined {
    const body = this.#body;
    if (body !== undefined) {
      if (this.#filled < this.#size) return undefined;
      this.#body = undefined;
      this.owned = true;
      this.place += this.#size;
      return body;
    }
    const bytes = this.#bytes;
    let start = this.#start;
    if (this.#end - start < HEADER) return undefined;
    let size = bytes[start]! << 24 | bytes[start + 1]! << 16 | bytes[start + 2]! << 8 | bytes[start + 3]!;
    start += HEADER;
    if (size < 0) {
      if (size !== -1) throw wrongWire("Cannot receive a message", `its length is ${size}`);
      if (this.#end - start < LONG_HEADER - HEADER) return undefined;
      size = Number(new DataView(bytes.buffer).getBigUint64(start));
      start += LONG_HEADER - HEADER;
    }
    if (size > this.limit) {
      const why = `it has ${size} bytes, and maxMessageSize is ${this.limit}`;
      throw wrongWire("Cannot receive a message", why, "EMSGSIZE");
    }
    this.#large = size >= LARGE;
    if (this.#end - start >= size) {
      this.place += start + size - this.#start;
      this.#start = start + size;
      this.owned = false;
      return bytes.subarray(start, start + size);
    }
    if (this.#large) this.#begin(size, start);
    return undefined;
  }

  /** Whether it can be told what is there without waiting. */
  get canTry(): boolean {
    return this.#tryRead !== undefined;
  }

  /** Reads more without waiting: how many bytes, 0 when none is there (or it cannot be told), null at the end. */
  tryFill(): number | null {
    if (this.#tryRead === undefined) return 0;
    const count = this.#tryRead(this.#target());
    if (count !== null && count > 0) this.#took(count);
    return count;
  }

  /** Reads more, waiting for it: how many bytes, null at the end. */
  async fill(options?: WaitOptions): Promise<number | null> {
    const count = await this.#source.read(this.#target(), options);
    if (count !== null) this.#took(count);
    return count;
  }

  /** What is missing when the stream ends now, as an error; undefined between two messages. */
  missing(action: string): Error | undefined {
    if (this.#body !== undefined) {
      return cutOff(action, this.#size - this.#filled, `a message of ${this.#size} bytes`);
    }
    const held = this.#end - this.#start;
    if (held === 0) return undefined;
    const view = new DataView(this.#bytes.buffer, this.#start, held);
    const header = held >= HEADER && view.getInt32(0) === -1 ? LONG_HEADER : HEADER;
    if (held < header) return cutOff(action, header - held, "the length of a message");
    // A small one: a large one has memory of its own by now.
    const size = header === LONG_HEADER ? Number(view.getBigUint64(HEADER)) : view.getInt32(0);
    return cutOff(action, size - (held - header), `a message of ${size} bytes`);
  }

  /** Gives its memory back. */
  clear(): void {
    this.#bytes = EMPTY;
    this.#start = this.#end = this.#filled = 0;
    this.#body = this.#lent = this.#peeked = undefined;
  }

  /** A message that is not whole gets its own memory, and what is here of it moves there. */
  #begin(size: number, start: number): void {
    const fits = this.#lent !== undefined && this.#lent.length >= size;
    const body = fits ? this.#lent!.subarray(0, size) : new Uint8Array(size);
    body.set(this.#bytes.subarray(start, this.#end));
    this.place += start - this.#start; // Its header.
    this.#body = body;
    this.#size = size;
    this.#filled = this.#end - start;
    this.#start = this.#end = 0;
  }

  /** Where the next bytes go. */
  #target(): Uint8Array<ArrayBuffer> {
    if (this.#body !== undefined) {
      if (this.#body.length === this.#size) return this.#body.subarray(this.#filled);
      throw new TypeError("The buffer to receive into was detached or shrunk before the message was whole");
    }
    const held = this.#end - this.#start;
    if (this.#bytes.length < this.#room) {
      // It grows; views of the messages before stay good, as they keep the old memory.
      const larger = new Uint8Array(this.#room);
      larger.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = larger;
    } else if (this.#start > 0 && held > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
    }
    this.#start = 0;
    this.#end = held;
    if (this.#large && held < HEADER) return this.#bytes.subarray(held, HEADER);
    return held === 0 ? this.#bytes : this.#bytes.subarray(held);
  }

  #took(count: number): void {
    if (this.#body !== undefined) {
      this.#filled += count;
      return;
    }
    this.#end += count;
    if (this.#end === this.#bytes.length) this.#room = Math.min(this.#room * 4, MOST_ROOM);
  }
}
