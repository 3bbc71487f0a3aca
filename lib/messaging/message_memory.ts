/** A block of memory for small messages: to make an ArrayBuffer of its own for each takes 0.3 us, a view 0.02. */
const BLOCK = 64 * 1024;

/** Messages up to so many bytes share blocks. */
const SMALL = 4096;

/** Up to so many bytes are copied word by word; for more a call of copy is faster. */
const FEW = 128;

/** Where received messages are kept. */
export class MessageMemory {
  #buffer = new ArrayBuffer(0);
  #words = new Int32Array(this.#buffer);
  #bytes = new Uint8Array(this.#buffer);
  #used = 0;
  /** Of the last message that had few, and where the one begins that is next. */
  #few = 0;
  #start = 0;
  #next: Uint8Array<ArrayBuffer> | undefined;

  /** Makes room for a message like the last one. While a message is waited for that takes no time. */
  prepare(): void {
    this.#next ??= this.#roomForFew();
  }

  /** Copies bytes of a mapping that begin at a multiple of 8. Some behind them may be read, and nobody sees them. */
  copy(
    bytes: Uint8Array<ArrayBuffer>,
    words: Int32Array<ArrayBuffer>,
    at: number,
    length: number,
  ): Uint8Array<ArrayBuffer> {
    // Not slice(), which fills the memory with zeros first.
    if (length > SMALL) return new Uint8Array(bytes.subarray(at, at + length));
    if (length > FEW) {
      const start = this.#room(length);
      this.#bytes.set(bytes.subarray(at, at + length), start);
      return new Uint8Array(this.#buffer, start, length);
    }
    if (length !== this.#few) {
      this.#few = length;
      this.#next = undefined;
    }
    const message = this.#next ?? this.#roomForFew();
    this.#next = undefined;
    const to = this.#words;
    const [from, into] = [at >> 2, this.#start >> 2];
    for (let i = 0; i < (length + 3) >> 2; i++) to[into + i] = words[from + i]!;
    return message;
  }

  #roomForFew(): Uint8Array<ArrayBuffer> {
    this.#start = this.#room(this.#few);
    return new Uint8Array(this.#buffer, this.#start, this.#few);
  }

  #room(length: number): number {
    let start = this.#used;
    if (start + length > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(BLOCK);
      this.#words = new Int32Array(this.#buffer);
      this.#bytes = new Uint8Array(this.#buffer);
      this.#next = undefined; // It is in the block before.
      start = 0;
    }
    this.#used = start + ((length + 7) & -8);
    return start;
  }
}
