import { cannotCarry, type Codec } from "./codec.ts";
import { StructuredReader } from "./structured_reader.ts";
import { type Apart, Refusal, StructuredWriter, type WriterOptions } from "./structured_writer.ts";

const writer = new StructuredWriter();

/**
 * Messages are values as `structuredClone` carries them, in the format of V8 that `v8.serialize` of Node and Deno
 * writes: objects, arrays, Map, Set, Date, RegExp, bigint, typed arrays, errors, with cycles and shared parts.
 *
 * - Functions, symbols, handles (whatever can be disposed) and objects of the runtime (URL, Response) are refused. Objects
 *   of a program's own classes arrive as plain ones.
 * - A view of a part of some memory carries that part alone.
 * - An array's properties that are not elements are left out.
 *
 * The runtime's own `v8.serialize` takes 16 us for an object of five properties, this 1 us.
 */
// deno-lint-ignore no-explicit-any -- As structuredClone and MessageEvent.data.
export const structuredCodec: Codec<any> = {
  name: "structured",
  // A getter may send something itself.
  encode: (value) => encoded(writer.busy ? new StructuredWriter() : writer, value),
  decode: (bytes) => new StructuredReader(bytes).read(),
};

/**
 * How what structured clone does not carry travels all the same: something that it carries stands in for it.
 *
 * @internal
 */
export interface StandIns {
  /** What travels for a function, or an object of a class that is not the language's; undefined: nothing else than usual. */
  make(value: object): unknown;
  /** What a stand-in stands for, on the other side. */
  resolve(standIn: unknown): object;
}

/**
 * What encodes and decodes what {@linkcode structuredCodec} carries, and more. One value at a time: who may be called while
 * it encodes, by a getter in the value, needs another one.
 *
 * @internal
 */
export class StandInCodec {
  readonly #writer: StructuredWriter;
  readonly #resolve: (standIn: unknown) => object;

  constructor(standIns: StandIns, options: Omit<WriterOptions, "standIn"> = {}) {
    this.#writer = new StructuredWriter({ ...options, standIn: (value) => standIns.make(value) });
    this.#resolve = (standIn) => standIns.resolve(standIn);
  }

  /** Whether a value is being encoded. */
  get busy(): boolean {
    return this.#writer.busy;
  }

  /** What was left out of the bytes of the last value. */
  get apart(): readonly Apart[] {
    return this.#writer.apart;
  }

  encode(value: unknown): Uint8Array<ArrayBuffer> {
    return encoded(this.#writer, value);
  }

  decode(bytes: Uint8Array<ArrayBuffer>): unknown {
    return new StructuredReader(bytes, this.#resolve).read();
  }
}

function encoded(writer: StructuredWriter, value: unknown): Uint8Array<ArrayBuffer> {
  try {
    return writer.write(value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw cannotCarry("structured", shortened(error.path), error.what, error.cause);
  }
}

/** A path that can be read. */
function shortened(path: string): string {
  return path.length <= 500 ? path : `${path.slice(0, 250)} … ${path.slice(-250)}`;
}
