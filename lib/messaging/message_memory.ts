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

  /** Copies bytes of a mapping that begin at a multiple of 8. Some behind them may be read, and nobody sees them. */
  copy(
    bytes: Uint8Array<ArrayBuffer>,
    words: Int32Array<ArrayBuffer>,
    at: number,
    length: number,
  ): Uint8Array<ArrayBuffer> {
    if (length > SMALL) return bytes.slice(at, at + length);
    const start = this.#room(length);
    if (length <= FEW) {
      const to = this.#words;
      const [from, into] = [at >> 2, start >> 2];
      for (let i = 0; i < (length + 3) >> 2; i++) to[into + i] = words[from + i]!;
    } else {
      this.#bytes.set(bytes.subarray(at, at + length), start);
    }
    return new Uint8Array(this.#buffer, start, length);
  }

  #room(length: number): number {
    let start = this.#used;
    if (start + length > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(BLOCK);
      this.#words = new Int32Array(this.#buffer);
      this.#bytes = new Uint8Array(this.#buffer);
      start = 0;
    }
    this.#used = start + ((length + 7) & -8);
    return start;
  }
}
