/**
 * V8's serialization format, version 15: what `v8.serialize` of Node and Deno writes, and `v8.deserialize` reads.
 * After v8/src/objects/value-serializer.cc, whose names of the tags these are.
 *
 * @internal
 * @module
 */

export const VERSION = 15;

const tag = (character: string): number => character.charCodeAt(0);

export const kVersion = 0xff;
export const kPadding = 0;
export const kUndefined: number = tag("_");
export const kNull: number = tag("0");
export const kTrue: number = tag("T");
export const kFalse: number = tag("F");
export const kInt32: number = tag("I");
export const kUint32: number = tag("U");
export const kDouble: number = tag("N");
export const kBigInt: number = tag("Z");
export const kUtf8String: number = tag("S");
export const kOneByteString: number = tag('"');
export const kTwoByteString: number = tag("c");
export const kObjectReference: number = tag("^");
export const kBeginJSObject: number = tag("o");
export const kEndJSObject: number = tag("{");
export const kBeginSparseJSArray: number = tag("a");
export const kEndSparseJSArray: number = tag("@");
export const kBeginDenseJSArray: number = tag("A");
export const kEndDenseJSArray: number = tag("$");
export const kTheHole: number = tag("-");
export const kDate: number = tag("D");
export const kTrueObject: number = tag("y");
export const kFalseObject: number = tag("x");
export const kNumberObject: number = tag("n");
export const kBigIntObject: number = tag("z");
export const kStringObject: number = tag("s");
export const kRegExp: number = tag("R");
export const kBeginJSMap: number = tag(";");
export const kEndJSMap: number = tag(":");
export const kBeginJSSet: number = tag("'");
export const kEndJSSet: number = tag(",");
export const kArrayBuffer: number = tag("B");
export const kArrayBufferView: number = tag("V");
export const kError: number = tag("r");
/** What the embedder of V8 writes in its own way; here: any value, which {@linkcode Hosts} make of it. */
export const kHostObject: number = tag("\\");

/** Inside an error. */
export const kErrorMessage: number = tag("m");
export const kErrorCause: number = tag("c");
export const kErrorStack: number = tag("s");
export const kErrorEnd: number = tag(".");

/** The errors that keep their class, by the tag for it; every other one becomes an Error. */
export const ERRORS: ReadonlyMap<number, ErrorConstructor> = new Map<number, ErrorConstructor>([
  [tag("E"), EvalError],
  [tag("R"), RangeError],
  [tag("F"), ReferenceError],
  [tag("S"), SyntaxError],
  [tag("T"), TypeError],
  [tag("U"), URIError],
]);

/** What looks at memory. */
export type View = ArrayBufferView<ArrayBuffer>;

interface ViewClass {
  new(buffer: ArrayBuffer, offset: number, length: number): View;
  /** None for a DataView, which counts in bytes. */
  readonly BYTES_PER_ELEMENT?: number;
}

/** The views by the tag for each. */
export const VIEWS: ReadonlyMap<number, ViewClass> = new Map<number, ViewClass>([
  [tag("b"), Int8Array],
  [tag("B"), Uint8Array],
  [tag("C"), Uint8ClampedArray],
  [tag("w"), Int16Array],
  [tag("W"), Uint16Array],
  [tag("d"), Int32Array],
  [tag("D"), Uint32Array],
  [tag("h"), Float16Array],
  [tag("f"), Float32Array],
  [tag("F"), Float64Array],
  [tag("q"), BigInt64Array],
  [tag("Q"), BigUint64Array],
  [tag("?"), DataView],
]);

/** The flags of a RegExp, each a bit by its place. V8 has `l` (linear) at 6, off by default. */
export const REGEXP_FLAGS = "gimyusldv";

/** How deep values may be nested, so that none can exhaust the stack. */
export const MOST_NESTED = 1000;
