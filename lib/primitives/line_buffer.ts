const NEWLINE = 0x0a;
const RETURN = 0x0d;
const CHUNK = 65536;

/** Bytes that were read and not yet returned, and the lines in them. */
export class LineBuffer {
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** No newline before here. */
  #scanned = 0;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  get length(): number {
    return this.#end - this.#start;
  }

  /** Room for the next read. */
  room(): Uint8Array<ArrayBuffer> {
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#scanned -= this.#start;
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#bytes.length - this.#end < CHUNK / 2) {
      const larger = new Uint8Array(Math.max(CHUNK, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
    }
    return this.#bytes.subarray(this.#end, this.#end + CHUNK);
  }

  /** So many bytes were read into the room. */
  add(count: number): void {
    this.#end += count;
  }

  /** Takes up to `p.length` bytes back out. */
  take(p: Uint8Array): number {
    const count = Math.min(p.length, this.length);
    p.set(this.#bytes.subarray(this.#start, this.#start + count));
    this.#skip(count);
    return count;
  }

  /** Takes all bytes back out. */
  drain(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice(this.#start, this.#end);
    this.#skip(this.length);
    return bytes;
  }

  /** The next whole line, or undefined when none is here. One of more than `longest` bytes is a RangeError. */
  line(longest: number): string | undefined {
    const at = this.#bytes.subarray(0, this.#end).indexOf(NEWLINE, this.#scanned);
    let end = at < 0 ? this.#end : at;
    if (end > this.#start && this.#bytes[end - 1] === RETURN) end--;
    if (end - this.#start > longest) {
      throw new RangeError(
        `Cannot read a line: it is longer than ${longest} bytes; raise maxLineLength, or read() it`,
      );
    }
    if (at < 0) {
      this.#scanned = this.#end;
      return undefined;
    }
    const line = this.#text(end);
    this.#skip(at + 1 - this.#start);
    return line;
  }

  /** All that is left, as the last line of a stream that does not end in a newline. */
  rest(): string {
    const line = this.#text(this.#end);
    this.#skip(this.length);
    return line;
  }

  #text(end: number): string {
    return this.#decoder.decode(this.#bytes.subarray(this.#start, end));
  }

  #skip(count: number): void {
    this.#start += count;
    this.#scanned = this.#start;
    if (this.#start === this.#end) this.#start = this.#end = this.#scanned = 0;
  }
}
