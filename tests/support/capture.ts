/** What a stream has carried so far, as text. */
export class Capture {
  /** Everything decoded until now. */
  text = "";
  /** Resolves at the end of the stream or after {@linkcode cancel}. */
  readonly done: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  /** Begins to read at once. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
    this.done = this.#read();
  }

  /** Stops reading, also when somebody else keeps the stream's other side open. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
    await this.done;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    while (true) {
      const { value, done } = await this.#reader.read();
      this.text += decoder.decode(value, { stream: !done });
      if (done) return;
    }
  }
}
