import { COPIED, kindOf, step } from "./codec.ts";
import { isBuiltIn } from "./runtime_class.ts";
import * as tags from "./structured_tags.ts";

const encoder = new TextEncoder();

const LEAST_ROOM = 4096;
/** A larger buffer is not kept for the next value. */
const MOST_KEPT = 1024 * 1024;

/** Up to here a loop is faster than the encoder. */
const SHORT = 48;

/** So many objects are looked up one by one, more of them in a map. */
const FEW = 16;

const OBJECT = Object.prototype;

/** Why a value cannot be carried, and the path from the value around it; the path grows on the way out. */
export class Refusal {
  path = "";
  readonly what: string;
  readonly cause: unknown;

  constructor(what: string, cause?: unknown) {
    this.what = what;
    this.cause = cause;
  }
}

/** Memory that is a part of a message and was not copied into its bytes. */
export interface Apart {
  /** Before which one of the bytes it belongs. */
  readonly at: number;
  readonly memory: Uint8Array;
}

const NOTHING: readonly Apart[] = [];

/** What a {@linkcode StructuredWriter} does beside what is usual. */
export interface WriterOptions {
  /** What travels for an object of a class, or a function; undefined: nothing else than usual. */
  standIn?: ((value: object) => unknown) | undefined;
  /** Up to so many bytes are written to memory that the next value is written to, too. Default: COPIED. */
  reused?: number | undefined;
  /** Memory of so many bytes or more is left out of a value's bytes, see {@linkcode StructuredWriter.apart}. Default: none. */
  apart?: number | undefined;
}

/** For so many elements of an array room is made at a time. */
const AT_A_TIME = 256;

/** Writes values in V8's format. */
export class StructuredWriter {
  readonly #standIn: WriterOptions["standIn"];
  readonly #reused: number;
  readonly #leastApart: number;
  /** Whether a value is being written: its getters may want to write another, which needs another writer. */
  busy = false;
  #bytes = new Uint8Array(LEAST_ROOM);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #depth = 0;
  /** The objects so far; the place of each is its id. */
  #seen: object[] = [];
  #ids: Map<object, number> | undefined;
  #apart: Apart[] | undefined;
  /** How many bytes those have. */
  #apartBytes = 0;

  constructor({ standIn, reused = COPIED, apart = Infinity }: WriterOptions = {}) {
    this.#standIn = standIn;
    this.#reused = reused;
    this.#leastApart = apart;
  }

  /** What was left out of the last value's bytes, in its order: the value's own memory, and not a copy. */
  get apart(): readonly Apart[] {
    return this.#apart ?? NOTHING;
  }

  /**
   * The bytes of a value. Up to `reused` bytes are good until the next call, more than that are the value's own.
   *
   * @throws {Refusal}
   */
  write(value: unknown): Uint8Array<ArrayBuffer> {
    this.busy = true;
    this.#apart = undefined;
    this.#apartBytes = 0;
    try {
      this.#bytes[0] = tags.kVersion;
      this.#bytes[1] = tags.VERSION;
      this.#at = 2;
      this.#value(value);
      const written = this.#bytes.subarray(0, this.#at);
      if (this.#at > this.#reused) {
        this.#resize(this.#bytes.length > MOST_KEPT ? LEAST_ROOM : this.#bytes.length, 0);
      }
      return written;
    } finally {
      this.busy = false;
      this.#depth = 0;
      if (this.#seen.length > 0) this.#seen = [];
      this.#ids = undefined;
    }
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return this.#number(value);
      case "object":
        return value === null ? this.#byte(tags.kNull) : this.#object(value);
      case "boolean":
        return this.#byte(value ? tags.kTrue : tags.kFalse);
      case "undefined":
        return this.#byte(tags.kUndefined);
      case "bigint":
        this.#byte(tags.kBigInt);
        return this.#bigint(value);
      case "function":
        return this.#other(value);
      default:
        throw new Refusal(kindOf(value));
    }
  }

  #number(value: number): void {
    if ((value | 0) !== value || Object.is(value, -0)) {
      this.#byte(tags.kDouble);
      return this.#double(value);
    }
    this.#byte(tags.kInt32);
    this.#varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  #string(text: string): void {
    const { length } = text;
    this.#room(length + 6);
    const start = this.#at;
    this.#bytes[this.#at++] = tags.kOneByteString;
    this.#varint(length);
    const from = this.#at;
    if (length > SHORT) {
      if (encoder.encodeInto(text, this.#bytes.subarray(from, from + length)).read < length) {
        return this.#wide(text, start);
      }
    } else {
      for (let i = 0; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code > 0xff) return this.#wide(text, start);
        this.#bytes[from + i] = code;
      }
    }
    this.#at = from + length;
  }

  /** Text that Latin-1 or ASCII has not: UTF-8, or UTF-16 when it has half of a surrogate pair. */
  #wide(text: string, start: number): void {
    this.#at = start;
    const { length } = text;
    this.#room(length * 3 + 12);
    if (text.isWellFormed()) {
      const from = start + 6;
      const { written } = encoder.encodeInto(text, this.#bytes.subarray(from));
      this.#byte(tags.kUtf8String);
      this.#varint(written);
      this.#bytes.copyWithin(this.#at, from, from + written);
      this.#at += written;
      return;
    }
    // As V8 does: the units begin at an even place.
    if ((start + 1 + varintLength(length * 2)) % 2 === 1) this.#byte(tags.kPadding);
    this.#byte(tags.kTwoByteString);
    this.#varint(length * 2);
    for (let i = 0; i < length; i++, this.#at += 2) {
      this.#view.setUint16(this.#at, text.charCodeAt(i), true);
    }
  }

  #object(object: object): void {
    const id = this.#idOf(object);
    if (id >= 0) {
      this.#byte(tags.kObjectReference);
      return this.#varint(id);
    }
    if (++this.#depth > tags.MOST_NESTED) throw new Refusal(`nested deeper than ${tags.MOST_NESTED}`);
    if (Array.isArray(object)) this.#array(object);
    else {
      const prototype = Object.getPrototypeOf(object);
      if (prototype === OBJECT || prototype === null) this.#plain(object);
      else this.#special(object);
    }
    this.#depth--;
  }

  #plain(object: object): void {
    this.#remember(object);
    this.#byte(tags.kBeginJSObject);
    const keys = Object.keys(object);
    let key = "";
    try {
      for (key of keys) {
        this.#string(key);
        this.#value((object as Record<string, unknown>)[key]);
      }
    } catch (error) {
      throw behind(step(key), error);
    }
    this.#byte(tags.kEndJSObject);
    this.#varint(keys.length);
  }

  #array(array: unknown[]): void {
    this.#remember(array);
    const start = this.#at;
    const { length } = array;
    this.#byte(tags.kBeginDenseJSArray);
    this.#varint(length);
    let i = 0;
    try {
      for (; i < length; i++) {
        if (typeof array[i] === "number" && typeof array[i + 1] === "number") i = this.#integers(array, i);
        if (i === length) break;
        const value = array[i];
        if (value === undefined && !(i in array)) {
          if (this.#sparse(array, start)) return;
          this.#byte(tags.kTheHole);
        } else this.#value(value);
      }
    } catch (error) {
      throw behind(step(i), error);
    }
    this.#byte(tags.kEndDenseJSArray);
    this.#varint(0);
    this.#varint(length);
  }

  /** Writes the elements from one on that are whole numbers, and returns which one is none. Most arrays have a kind. */
  #integers(array: unknown[], from: number): number {
    let i = from;
    while (i < array.length) {
      const end = Math.min(array.length, i + AT_A_TIME);
      this.#room(AT_A_TIME * 6);
      const bytes = this.#bytes;
      let at = this.#at;
      for (; i < end; i++) {
        const value = array[i];
        if (typeof value !== "number" || (value | 0) !== value || Object.is(value, -0)) break;
        bytes[at++] = tags.kInt32;
        let bits = ((value << 1) ^ (value >> 31)) >>> 0;
        while (bits > 0x7f) {
          bytes[at++] = bits & 0x7f | 0x80;
          bits >>>= 7;
        }
        bytes[at++] = bits;
      }
      this.#at = at;
      if (i < end) break;
    }
    return i;
  }

  /** Writes an array that is mostly holes by its indexes, when no object in it has been written before. */
  #sparse(array: unknown[], start: number): boolean {
    if (array.length < 64 || this.#seen.at(-1) !== array) return false;
    const keys = Object.keys(array).filter((key) => String(Number(key) >>> 0) === key);
    if (keys.length * 2 > array.length) return false;
    this.#at = start;
    this.#byte(tags.kBeginSparseJSArray);
    this.#varint(array.length);
    for (const key of keys) {
      this.#number(Number(key));
      try {
        this.#value(array[Number(key)]);
      } catch (error) {
        throw behind(step(Number(key)), error);
      }
    }
    this.#byte(tags.kEndSparseJSArray);
    this.#varint(keys.length);
    this.#varint(array.length);
    return true;
  }

  #special(object: object): void {
    if (ArrayBuffer.isView(object)) return this.#memory(object);
    if (object instanceof ArrayBuffer) return this.#buffer(object, object);
    if (object instanceof Error) return this.#error(object);
    const refused = object instanceof SharedArrayBuffer || object instanceof Promise
      || object instanceof WeakMap || object instanceof WeakSet || object instanceof WeakRef;
    // A handle would arrive as an empty object.
    if (refused || Symbol.dispose in object || Symbol.asyncDispose in object) return this.#other(object);
    if (object instanceof Map) return this.#map(object);
    if (object instanceof Set) return this.#set(object);
    if (object instanceof Date) {
      this.#remember(object);
      this.#byte(tags.kDate);
      return this.#double(object.getTime());
    }
    if (object instanceof RegExp) {
      this.#remember(object);
      this.#byte(tags.kRegExp);
      this.#string(object.source);
      return this.#varint(
        [...object.flags].reduce((bits, flag) => bits | 1 << tags.REGEXP_FLAGS.indexOf(flag), 0),
      );
    }
    if (this.#boxed(object)) return;
    if (this.#standIn !== undefined && this.#host(object, this.#standIn)) return;
    if (hasHiddenState(object)) throw new Refusal(kindOf(object));
    this.#plain(object);
  }

  /** What structured clone does not carry. */
  #other(object: object): void {
    const id = this.#idOf(object);
    if (id >= 0) {
      this.#byte(tags.kObjectReference);
      return this.#varint(id);
    }
    if (this.#standIn === undefined || !this.#host(object, this.#standIn)) throw new Refusal(kindOf(object));
  }

  /** Writes what stands in for an object, if something does. */
  #host(object: object, make: (value: object) => unknown): boolean {
    let standIn: unknown;
    try {
      standIn = make(object);
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal((error as Error).message, error);
    }
    if (standIn === undefined) return false;
    this.#remember(object);
    this.#byte(tags.kHostObject);
    this.#value(standIn);
    return true;
  }

  #map(map: Map<unknown, unknown>): void {
    this.#remember(map);
    this.#byte(tags.kBeginJSMap);
    let key: unknown;
    try {
      for (const entry of map) {
        key = entry[0];
        this.#value(key);
        this.#value(entry[1]);
      }
    } catch (error) {
      throw behind(`.get(${typeof key === "string" ? JSON.stringify(key) : kindOf(key)})`, error);
    }
    this.#byte(tags.kEndJSMap);
    this.#varint(map.size * 2);
  }

  #set(set: Set<unknown>): void {
    this.#remember(set);
    this.#byte(tags.kBeginJSSet);
    let i = 0;
    try {
      for (const value of set) {
        this.#value(value);
        i++;
      }
    } catch (error) {
      throw behind(`.values()[${i}]`, error);
    }
    this.#byte(tags.kEndJSSet);
    this.#varint(set.size);
  }

  /** The objects around a primitive. */
  #boxed(object: object): boolean {
    const { kNumberObject, kStringObject, kBigIntObject, kTrueObject, kFalseObject } = tags;
    if (object instanceof Number) {
      this.#remember(object);
      this.#byte(kNumberObject);
      this.#double(object.valueOf());
    } else if (object instanceof String) {
      this.#remember(object);
      this.#byte(kStringObject);
      this.#string(object.valueOf());
    } else if (object instanceof BigInt) {
      this.#remember(object);
      this.#byte(kBigIntObject);
      this.#bigint(object.valueOf());
    } else if (object instanceof Boolean) {
      this.#remember(object);
      this.#byte(object.valueOf() ? kTrueObject : kFalseObject);
    } else return false;
    return true;
  }

  #error(error: Error): void {
    this.#remember(error);
    this.#byte(tags.kError);
    for (const [tag, Class] of tags.ERRORS) {
      if (error instanceof Class) this.#byte(tag);
    }
    if (Object.hasOwn(error, "message")) {
      this.#byte(tags.kErrorMessage);
      this.#string(String(error.message));
    }
    if (typeof error.stack === "string") {
      this.#byte(tags.kErrorStack);
      this.#string(error.stack);
    }
    if (Object.hasOwn(error, "cause")) {
      this.#byte(tags.kErrorCause);
      try {
        this.#value(error.cause);
      } catch (refusal) {
        throw behind(".cause", refusal);
      }
    }
    this.#byte(tags.kErrorEnd);
  }

  /** A view: its memory first. Of a part of some memory that part goes, not what else is there. */
  #memory(view: ArrayBufferView): void {
    const { buffer, byteOffset, byteLength } = view;
    const { kArrayBufferView, kObjectReference } = tags;
    if (byteLength < buffer.byteLength || !(buffer instanceof ArrayBuffer)) {
      // Nobody else can refer to the copy. It has an id all the same.
      this.#buffer({}, new Uint8Array(buffer, byteOffset, byteLength));
    } else {
      const id = this.#idOf(buffer);
      if (id < 0) this.#buffer(buffer, buffer);
      else {
        this.#byte(kObjectReference);
        this.#varint(id);
      }
    }
    this.#remember(view);
    this.#byte(kArrayBufferView);
    for (const [tag, Class] of tags.VIEWS) {
      if (view instanceof Class) this.#byte(tag);
    }
    this.#varint(0);
    this.#varint(byteLength);
    this.#varint(0);
  }

  #buffer(identity: object, memory: ArrayBuffer | Uint8Array): void {
    this.#remember(identity);
    const bytes = memory instanceof Uint8Array ? memory : new Uint8Array(memory);
    const { length } = bytes;
    if (length >= this.#leastApart) this.#align(1 + varintLength(length));
    this.#byte(tags.kArrayBuffer);
    this.#varint(length);
    if (length >= this.#leastApart) {
      (this.#apart ??= []).push({ at: this.#at, memory: bytes });
      this.#apartBytes += length;
      return;
    }
    this.#room(length);
    this.#bytes.set(bytes, this.#at);
    this.#at += length;
  }

  /** Lets what is to be so many bytes behind here begin at a multiple of 8: from there it is copied in a fraction of the time. */
  #align(behind: number): void {
    while ((this.#at + this.#apartBytes + behind) % 8 !== 0) this.#byte(tags.kPadding);
  }

  #idOf(object: object): number {
    if (this.#ids !== undefined) return this.#ids.get(object) ?? -1;
    return this.#seen.length === 0 ? -1 : this.#seen.indexOf(object);
  }

  #remember(object: object): void {
    const id = this.#seen.push(object) - 1;
    if (this.#ids !== undefined) this.#ids.set(object, id);
    else if (id === FEW) this.#ids = new Map(this.#seen.map((seen, id) => [seen, id]));
  }

  #bigint(value: bigint): void {
    const hex = (value < 0n ? -value : value).toString(16);
    // As V8 does: whole words of 64 bits.
    const bytes = value === 0n ? 0 : Math.ceil(hex.length / 16) * 8;
    this.#varint(bytes << 1 | (value < 0n ? 1 : 0));
    this.#room(bytes);
    const padded = hex.padStart(bytes * 2, "0");
    for (let i = bytes - 1; i >= 0; i--) {
      this.#bytes[this.#at++] = Number.parseInt(padded.slice(i * 2, i * 2 + 2), 16);
    }
  }

  #double(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  #varint(value: number): void {
    this.#room(5);
    while (value > 0x7f) {
      this.#bytes[this.#at++] = value & 0x7f | 0x80;
      value >>>= 7;
    }
    this.#bytes[this.#at++] = value;
  }

  #byte(byte: number): void {
    if (this.#at === this.#bytes.length) this.#room(1);
    this.#bytes[this.#at++] = byte;
  }

  #room(more: number): void {
    const needed = this.#at + more;
    if (needed > this.#bytes.length) this.#resize(Math.max(needed, this.#bytes.length * 2), this.#at);
  }

  #resize(length: number, kept: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes.subarray(0, kept));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** By prototype. */
const hidden = new WeakMap<object, boolean>();

/** Whether it is a URL, a Response or the like, of which nothing would arrive. */
function hasHiddenState(object: object): boolean {
  const prototype: object = Object.getPrototypeOf(object);
  let known = hidden.get(prototype);
  if (known === undefined) {
    const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    known = typeof made === "function" && isBuiltIn(made);
    hidden.set(prototype, known);
  }
  return known;
}

/** A refusal, one step further out. */
function behind(path: string, error: unknown): Refusal {
  const refusal = error instanceof Refusal ? error : new Refusal(reason(error), error);
  refusal.path = path + refusal.path;
  return refusal;
}

function reason(error: unknown): string {
  return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

function varintLength(value: number): number {
  let length = 1;
  while ((value >>>= 7) > 0) length++;
  return length;
}
