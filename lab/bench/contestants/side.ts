/** What a Deno contestant with two sides is told by its arguments: ROLE SIZE COUNT WARMUP PATH [PATH]. */

const [role = "", size, count, warmup, fifo = "", fifoBack = ""] = Deno.args;

/** Which of the two processes this is. */
export const ROLE: string = role;
/** Bytes of a message. */
export const SIZE = Number(size);
/** Messages that are measured. */
export const COUNT = Number(count);
/** Messages before those. */
export const WARMUP = Number(warmup);
/** The fifo to `pong` or to the reader. */
export const FIFO: string = fifo;
/** The fifo from `pong` back to `ping`. */
export const FIFO_BACK: string = fifoBack;

/** Does what the role asks for. */
export function play<T>(roles: Record<string, () => T>): T {
  const part = roles[ROLE];
  if (part === undefined) throw new TypeError(`No role '${ROLE}' here`);
  return part();
}

/** The clock of a reader: starts with the first bytes, and counts those that follow them. */
export class Meter {
  #start = 0;
  #bytes = 0;
  #first = 0;

  /** Counts bytes; true while more are to come. */
  add(bytes: number): boolean {
    if (this.#bytes === 0) {
      this.#start = performance.now();
      this.#first = bytes;
    }
    this.#bytes += bytes;
    return this.#bytes < SIZE * COUNT;
  }

  /** Bytes after the first ones, and the seconds they took. */
  figures(): { seconds: number; bytes: number } {
    return { seconds: (performance.now() - this.#start) / 1000, bytes: this.#bytes - this.#first };
  }
}
