import { undecodable } from "./message_error.ts";
import * as tags from "./structured_tags.ts";
import { decodeLatin1, decodeText } from "./text.ts";

/** Property names up to so long are looked up among those seen before. */
const SHORT = 24;
const KEYS = 512;
const keys: (string | undefined)[] = new Array(KEYS);

type Properties = Record<string, unknown>;

/** Has the place of an object that its own stand-in must not refer to. */
const NOT_YET = {};

/** Reads a value in V8's format. Nothing in the bytes is believed: what is wrong in them is InvalidData. */
export class StructuredReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #end: number;
  #at = 0;
  #depth = 0;
  #objects: object[] = [];
  /** What a stand-in stands for. */
  readonly #host: ((standIn: unknown) => object) | undefined;

  constructor(bytes: Uint8Array<ArrayBuffer>, host?: (standIn: unknown) => object) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#host = host;
  }

  /** The one value that the bytes hold. */
  read(): unknown {
    if (this.#byte() !== tags.kVersion) throw wrong("it does not begin as one");
    const version = this.#byte();
    if (version > tags.VERSION) throw wrong(`its version is ${version}, and ${tags.VERSION} is known`);
    const value = this.#value(this.#tag());
    if (this.#at < this.#end) throw wrong("something follows it");
    return value;
  }

  #value(tag: number): unknown {
    switch (tag) {
      case tags.kOneByteString:
        return this.#oneByte();
      case tags.kInt32: {
        const bits = this.#varint();
        return (bits >>> 1) ^ -(bits & 1);
      }
      case tags.kBeginJSObject:
        return this.#plain();
      case tags.kBeginDenseJSArray:
        return this.#dense();
      case tags.kDouble:
        return this.#double();
      case tags.kTrue:
        return true;
      case tags.kFalse:
        return false;
      case tags.kNull:
        return null;
      case tags.kUndefined:
        return undefined;
      case tags.kUtf8String: {
        const start = this.#take(this.#varint());
        return decodeText("structured", this.#bytes, start, this.#at);
      }
      case tags.kTwoByteString:
        return this.#twoByte();
      case tags.kUint32:
        return this.#varint();
      case tags.kBigInt:
        return this.#bigint();
      case tags.kObjectReference:
        return this.#reference();
      default:
        return this.#special(tag);
    }
  }

  #plain(): object {
    const object: Properties = {};
    this.#enter(object);
    const count = this.#properties(object, tags.kEndJSObject);
    if (this.#varint() !== count) throw wrong("an object has another number of properties than it says");
    this.#depth--;
    return object;
  }

  /** Reads properties up to a tag: how many. */
  #properties(object: object, end: number): number {
    for (let count = 0;; count++) {
      const tag = this.#tag();
      if (tag === end) return count;
      const key = tag === tags.kOneByteString ? this.#key() : this.#value(tag);
      if (typeof key !== "string" && typeof key !== "number") throw wrong("a property has no name");
      const value = this.#value(this.#tag());
      // Not an assignment: that would set the prototype.
      if (key === "__proto__") define(object, key, value);
      else (object as Properties)[key] = value;
    }
  }

  #dense(): unknown[] {
    const length = this.#varint();
    if (length > this.#end - this.#at) throw wrong("an array is longer than the message");
    const array: unknown[] = [];
    this.#enter(array);
    while (array.length < length) {
      this.#integers(array, length);
      if (array.length === length) break;
      const tag = this.#tag();
      if (tag === tags.kTheHole) array.length++;
      else array.push(this.#value(tag));
    }
    const count = this.#properties(array, tags.kEndDenseJSArray);
    if (this.#varint() !== count || this.#varint() !== length) throw wrong("an array has another length");
    this.#depth--;
    return array;
  }

  /** Reads elements as long as they are whole numbers, and not near the end of the message. Most arrays have a kind. */
  #integers(array: unknown[], length: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (
      let left = length - array.length;
      left > 0 && at + 6 <= this.#end && bytes[at] === tags.kInt32;
      left--
    ) {
      let byte = bytes[at + 1]!;
      let bits = byte & 0x7f;
      at += 2;
      for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
        byte = bytes[at++]!;
        bits |= (byte & 0x7f) << shift;
      }
      if (byte > 0x7f) throw wrong("a number in it has no end");
      bits >>>= 0;
      array.push((bits >>> 1) ^ -(bits & 1));
    }
    this.#at = at;
  }

  #sparse(): unknown[] {
    const length = this.#varint();
    const array: unknown[] = [];
    this.#enter(array);
    if (length > 0) {
      // By way of the last element: an array of a length alone would get memory for all of them.
      array[length - 1] = undefined;
      delete array[length - 1];
    }
    const count = this.#properties(array, tags.kEndSparseJSArray);
    if (this.#varint() !== count || this.#varint() !== length || array.length !== length) {
      throw wrong("an array has another length");
    }
    this.#depth--;
    return array;
  }

  #special(tag: number): unknown {
    switch (tag) {
      case tags.kArrayBuffer:
        return this.#view(this.#buffer());
      case tags.kDate:
        return this.#remember(new Date(this.#double()));
      case tags.kRegExp:
        return this.#regexp();
      case tags.kBeginJSMap:
        return this.#map();
      case tags.kBeginJSSet:
        return this.#set();
      case tags.kError:
        return this.#error();
      case tags.kBeginSparseJSArray:
        return this.#sparse();
      case tags.kTrueObject:
      case tags.kFalseObject:
        return this.#remember(Object(tag === tags.kTrueObject));
      case tags.kNumberObject:
        return this.#remember(Object(this.#double()));
      case tags.kBigIntObject:
        return this.#remember(Object(this.#bigint()));
      case tags.kStringObject:
        return this.#remember(Object(this.#string()));
      case tags.kHostObject:
        if (this.#host !== undefined) return this.#standIn(this.#host);
    }
    throw wrong(`it has an unknown part (0x${tag.toString(16)})`);
  }

  #standIn(host: (standIn: unknown) => object): object {
    const id = this.#objects.push(NOT_YET) - 1;
    if (++this.#depth > tags.MOST_NESTED) throw wrong(`it is nested deeper than ${tags.MOST_NESTED}`);
    const object = host(this.#value(this.#tag()));
    this.#depth--;
    return this.#objects[id] = object;
  }

  #map(): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    this.#enter(map);
    let parts = 0;
    for (let tag = this.#tag(); tag !== tags.kEndJSMap; tag = this.#tag()) {
      const key = this.#value(tag);
      map.set(key, this.#value(this.#tag()));
      parts += 2;
    }
    if (this.#varint() !== parts) throw wrong("a Map has another size than it says");
    this.#depth--;
    return map;
  }

  #set(): Set<unknown> {
    const set = new Set<unknown>();
    this.#enter(set);
    let parts = 0;
    for (let tag = this.#tag(); tag !== tags.kEndJSSet; tag = this.#tag()) {
      set.add(this.#value(tag));
      parts++;
    }
    if (this.#varint() !== parts) throw wrong("a Set has another size than it says");
    this.#depth--;
    return set;
  }

  #error(): Error {
    let tag = this.#tag();
    const Class = tags.ERRORS.get(tag);
    const made: Error = new (Class ?? Error)();
    delete made.stack; // That is the stack of here.
    this.#enter(made);
    if (Class !== undefined) tag = this.#tag();
    for (; tag !== tags.kErrorEnd; tag = this.#tag()) {
      if (tag === tags.kErrorMessage) define(made, "message", this.#string(), false);
      else if (tag === tags.kErrorCause) define(made, "cause", this.#value(this.#tag()), false);
      else if (tag === tags.kErrorStack) define(made, "stack", this.#string(), false);
      else throw wrong("an error has an unknown part");
    }
    this.#depth--;
    return made;
  }

  #regexp(): RegExp {
    const source = this.#string();
    const bits = this.#varint();
    const flags = [...tags.REGEXP_FLAGS].filter((_, bit) => bits & 1 << bit).join("");
    if (bits >= 1 << tags.REGEXP_FLAGS.length) throw wrong("a RegExp has unknown flags");
    try {
      return this.#remember(new RegExp(source, flags));
    } catch (error) {
      throw undecodable("structured", (error as Error).message, error);
    }
  }

  #buffer(): ArrayBuffer {
    const start = this.#take(this.#varint());
    // Not slice(), which fills the memory with zeros first.
    return this.#remember(new Uint8Array(this.#bytes.subarray(start, this.#at)).buffer);
  }

  /** A view may follow its memory. */
  #view(value: ArrayBuffer): object {
    if (this.#at === this.#end || this.#bytes[this.#at] !== tags.kArrayBufferView) return value;
    this.#at++;
    const Class = tags.VIEWS.get(this.#byte());
    const offset = this.#varint();
    const length = this.#varint();
    this.#varint();
    const size = Class?.BYTES_PER_ELEMENT ?? 1;
    if (Class === undefined) throw wrong("a view is of an unknown kind");
    if (offset + length > value.byteLength || offset % size !== 0 || length % size !== 0) {
      throw wrong("a view is not inside its memory");
    }
    return this.#remember(new Class(value, offset, length / size));
  }

  #reference(): object {
    const object = this.#objects[this.#varint()];
    if (object === undefined || object === NOT_YET) throw wrong("it refers to an object that is not there");
    return object instanceof ArrayBuffer ? this.#view(object) : object;
  }

  #string(): string {
    const value = this.#value(this.#tag());
    if (typeof value !== "string") throw wrong("text is missing");
    return value;
  }

  #oneByte(): string {
    const start = this.#take(this.#varint());
    return decodeLatin1(this.#bytes, start, this.#at);
  }

  #twoByte(): string {
    const length = this.#varint();
    if (length % 2 === 1) throw wrong("text ends inside a character");
    const start = this.#take(length);
    let text = "";
    // A call takes so many arguments at most.
    for (let from = start; from < this.#at; from += 8192) {
      const units: number[] = [];
      for (let i = from; i < Math.min(this.#at, from + 8192); i += 2) {
        units.push(this.#bytes[i]! | this.#bytes[i + 1]! << 8);
      }
      text += String.fromCharCode(...units);
    }
    return text;
  }

  /** A property's name, of which the same few come again and again. */
  #key(): string {
    const length = this.#varint();
    const start = this.#take(length);
    const bytes = this.#bytes;
    if (length > SHORT || length === 0) return decodeLatin1(bytes, start, this.#at);
    const place = (length * 31 + bytes[start]! * 7 + bytes[this.#at - 1]! + bytes[start + (length >> 1)]! * 3)
      % KEYS;
    const known = keys[place];
    if (known !== undefined && known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) return known;
    }
    return keys[place] = decodeLatin1(bytes, start, this.#at);
  }

  #bigint(): bigint {
    const bits = this.#varint();
    const start = this.#take(bits >>> 1);
    let hex = "";
    for (let i = this.#at - 1; i >= start; i--) hex += this.#bytes[i]!.toString(16).padStart(2, "0");
    const value = BigInt(`0x${hex || "0"}`);
    return (bits & 1) === 1 ? -value : value;
  }

  #double(): number {
    const start = this.#take(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, 8).getFloat64(0, true);
  }

  /** The next tag that is not padding. */
  #tag(): number {
    let tag = this.#byte();
    while (tag === tags.kPadding) tag = this.#byte();
    return tag;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw wrong("a number in it has no end");
  }

  #byte(): number {
    if (this.#at >= this.#end) throw wrong("it ends early");
    return this.#bytes[this.#at++]!;
  }

  /** Goes behind so many bytes: where they begin. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw wrong("it ends early");
    this.#at = start + length;
    return start;
  }

  #enter(object: object): void {
    if (++this.#depth > tags.MOST_NESTED) throw wrong(`it is nested deeper than ${tags.MOST_NESTED}`);
    this.#objects.push(object);
  }

  #remember<T extends object>(object: T): T {
    this.#objects.push(object);
    return object;
  }
}

function define(object: object, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true });
}

function wrong(why: string): Error {
  return undecodable("structured", why);
}
