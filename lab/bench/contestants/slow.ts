import { COUNT, SIZE, WARMUP } from "./side.ts";
import { ready } from "./stdio.ts";

const TOTAL = SIZE * (WARMUP + COUNT);
const PAUSE_EVERY = 32 * 1024 * 1024;
const PAUSE_MS = 50;

/** A reader's slowness, and the go between warm-up and measurement: to be awaited for each chunk that arrived. */
export class SlowReader {
  #got = 0;

  /** False once everything is there. */
  async took(bytes: number): Promise<boolean> {
    const before = this.#got;
    this.#got += bytes;
    if (this.#got === SIZE * WARMUP) await ready();
    if (Math.floor(before / PAUSE_EVERY) < Math.floor(this.#got / PAUSE_EVERY)) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return this.#got < TOTAL;
  }

  /** A stream's end that is that slow. */
  sink(): WritableStream<Uint8Array> {
    return new WritableStream({
      write: async (chunk) => {
        await this.took(chunk.length);
      },
    });
  }
}

/** Everything that a writer has to say. One buffer again and again: what grows is not the program's own. */
export async function* chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(SIZE);
  for (let i = 0; i < WARMUP + COUNT; i++) {
    if (i === WARMUP) await ready();
    yield chunk;
  }
}
