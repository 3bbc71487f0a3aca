/** The types of numbers that shared arrays and values hold, in the order of their codes, from 1 on. */
const CONSTRUCTORS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  bigint64: BigInt64Array,
  biguint64: BigUint64Array,
} as const;

/** The arrays of each type. */
export interface TypedArrays {
  /** C: int8_t; Python: "b" */
  int8: Int8Array<ArrayBuffer>;
  /** C: uint8_t; Python: "B" */
  uint8: Uint8Array<ArrayBuffer>;
  /** C: int16_t; Python: "h" */
  int16: Int16Array<ArrayBuffer>;
  /** C: uint16_t; Python: "H" */
  uint16: Uint16Array<ArrayBuffer>;
  /** C: int32_t; Python: "i" */
  int32: Int32Array<ArrayBuffer>;
  /** C: uint32_t; Python: "I" */
  uint32: Uint32Array<ArrayBuffer>;
  /** C: float; Python: "f" */
  float32: Float32Array<ArrayBuffer>;
  /** C: double; Python: "d" */
  float64: Float64Array<ArrayBuffer>;
  /** C: int64_t; Python: "q" */
  bigint64: BigInt64Array<ArrayBuffer>;
  /** C: uint64_t; Python: "Q" */
  biguint64: BigUint64Array<ArrayBuffer>;
}

/** A type of numbers that shared arrays and values hold. */
export type ElementType = keyof TypedArrays;

/** What one element of a type is in JavaScript. */
export type ElementOf<T extends ElementType> = T extends "bigint64" | "biguint64" ? bigint : number;

const TYPES = Object.keys(CONSTRUCTORS) as ElementType[];

/** The type's code in memory; throws when it is none. */
export function codeOf(type: unknown): number {
  const code = TYPES.indexOf(type as ElementType) + 1;
  if (code === 0) {
    throw new TypeError(`The option type takes one of ${TYPES.join(", ")}, and got ${String(type)}`);
  }
  return code;
}

/** The type with this code, if there is one. */
export function typeWith(code: number): ElementType | undefined {
  return TYPES[code - 1];
}

/** Bytes of one element. */
export function sizeOf(type: ElementType): number {
  return CONSTRUCTORS[type].BYTES_PER_ELEMENT;
}

/** A view of `length` elements. */
export function viewOf<T extends ElementType>(
  type: T,
  buffer: ArrayBuffer,
  offset: number,
  length: number,
): TypedArrays[T] {
  return new CONSTRUCTORS[type](buffer, offset, length) as unknown as TypedArrays[T];
}

/** Whether Atomics work on it. */
export function isInteger(type: ElementType): boolean {
  return type !== "float32" && type !== "float64";
}
