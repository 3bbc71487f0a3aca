import { notOurs, timedOut } from "../errors.ts";
import { futexWait, futexWake } from "../ffi/futex.ts";
import { checkWait, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { describeObject } from "./describe_object.ts";
import {
  codeOf,
  type ElementOf,
  type ElementType,
  isInteger,
  sizeOf,
  type TypedArrays,
  typeWith,
  viewOf,
} from "./element_type.ts";
import { type Acquirable, LockCore } from "./lock_core.ts";
import { CELL } from "./robust_list.ts";
import {
  createObject,
  HEADER_SIZE,
  invalidObject,
  type Layout,
  PARAMETERS,
  SharedObject,
  type SharedObjectOptions,
} from "./shared_object.ts";

/** Where the first element is: a C program can count on it. */
export const DATA = HEADER_SIZE + CELL;

const TYPE = PARAMETERS;
const LENGTH = PARAMETERS + 8;
/** In i32 from HEADER_SIZE on, behind the mutex of the lock: 1 when event loops wait for an element. */
const ASYNC = 10;

/** A sleeper looks again so often, in milliseconds: who was to wake it may have been killed just before. */
const SLICE = 250;
const ALL = 0x7fffffff;

/** Memory for `length` numbers, all 0 but the first. */
export function createNumbers<T extends ElementType>(
  layout: Layout,
  type: T,
  length: number,
  options: SharedObjectOptions,
  first?: ElementOf<T>,
): SharedMemory {
  const code = codeOf(type);
  const size = DATA + length * sizeOf(type);
  if (!Number.isSafeInteger(size)) {
    throw new RangeError(`No memory has room for ${length} elements of ${type}`);
  }
  return createObject(layout, size, options, (buffer) => {
    const header = new DataView(buffer, 0, HEADER_SIZE);
    header.setUint32(TYPE, code, true);
    header.setBigUint64(LENGTH, BigInt(length), true);
    if (first !== undefined) (viewOf(type, buffer, DATA, 1) as unknown as Float64Array)[0] = first as number;
  });
}

/**
 * What {@linkcode SharedValue} and {@linkcode SharedArray} have in common.
 *
 * @example
 * ```ts
 * import { SharedArray, type SharedNumbers, SharedValue } from "@ipc/ipc";
 *
 * function describe(numbers: SharedNumbers<"int8" | "float64">): string {
 *   return numbers.type;
 * }
 * using value = SharedValue.create({ type: "int8" });
 * using array = SharedArray.create({ type: "float64", length: 10 });
 * console.log(describe(value), describe(array)); // int8 float64
 * ```
 */
export abstract class SharedNumbers<T extends ElementType> extends SharedObject {
  /** What its numbers are. */
  readonly type: T;
  /**
   * A lock that is part of it, for changes that are more than one step: `value++` is two. It is this handle's: as a
   * {@linkcode Lock} it is told when its owner died.
   */
  readonly lock: Acquirable;
  /** @internal */
  protected readonly numbers: TypedArrays[T];
  readonly #lock: LockCore;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #called: string;

  /** @internal */
  constructor(memory: SharedMemory, layout: Layout) {
    super(memory);
    this.#called = describeObject(layout.kind, memory.name);
    const header = new DataView(memory.buffer, 0, HEADER_SIZE);
    const code = header.getUint32(TYPE, true);
    const length = header.getBigUint64(LENGTH, true);
    const type = typeWith(code);
    if (type === undefined) {
      throw invalidObject(layout.kind, memory.name, `its elements have the unknown type ${code}`);
    }
    if (BigInt(DATA) + length * BigInt(sizeOf(type)) !== BigInt(memory.size)) {
      throw invalidObject(
        layout.kind,
        memory.name,
        `${length} elements of ${type} do not take ${memory.size} bytes`,
      );
    }
    this.type = type as T;
    this.numbers = viewOf(this.type, memory.buffer, DATA, Number(length));
    this.#words = new Int32Array(memory.buffer, HEADER_SIZE, CELL / 4);
    this.#lock = new LockCore(memory, HEADER_SIZE, this.doorbell, `the lock of ${this.#called}`, false);
    this.#lock.owner = this;
    this.lock = this.#lock;
  }

  /** Gives this handle up: views of it have length 0 from now on. Once or often. */
  override close(): void {
    this.#lock.close();
    super.close();
  }

  /**
   * For a view of another type that it was said to have.
   *
   * @internal
   */
  protected checkType(type: ElementType): void {
    codeOf(type);
    if (type as ElementType !== this.type) {
      throw new TypeError(`Cannot use ${this.#called} as ${type}: its elements are ${this.type}`);
    }
  }

  /**
   * The numbers, when it is open.
   *
   * @internal
   */
  protected open(): TypedArrays[T] {
    if (this.numbers.length === 0 && this.closed) throw notOurs(`Cannot use ${this.#called}`, "it is closed");
    return this.numbers;
  }

  /**
   * The numbers for Atomics, when it is open, and they are integers: for Atomics one type is as good as another, as what
   * goes in is checked by the runtime.
   *
   * @internal
   */
  protected integers(): Int32Array<ArrayBuffer> {
    const numbers = this.open();
    if (!isInteger(this.type)) {
      throw new TypeError(
        `Atomic operations need integers, and ${this.#called} has ${this.type}; use its lock`,
      );
    }
    return numbers as unknown as Int32Array<ArrayBuffer>;
  }

  /**
   * One number as others see it now.
   *
   * @internal
   */
  protected loadAt(index: number): ElementOf<T> {
    const numbers = this.open();
    if (isInteger(this.type)) {
      return Atomics.load(numbers as unknown as Int32Array<ArrayBuffer>, index) as unknown as ElementOf<T>;
    }
    const found = (numbers as unknown as Float64Array)[index];
    if (found === undefined) throw this.#outOfRange(index);
    return found as ElementOf<T>;
  }

  /**
   * Makes one number seen by others.
   *
   * @internal
   */
  protected storeAt(index: number, value: ElementOf<T>): void {
    const numbers = this.open();
    if (isInteger(this.type)) {
      Atomics.store(numbers as unknown as Int32Array<ArrayBuffer>, index, value as number);
      return;
    }
    if (!(index in numbers)) throw this.#outOfRange(index);
    (numbers as unknown as Float64Array)[index] = value as number;
  }

  /**
   * Wakes those that wait for one element: two system calls at most.
   *
   * @internal
   */
  protected notifyAt(index: number): void {
    futexWake(this.#futex(index), ALL);
    if (Atomics.exchange(this.#words, ASYNC, 0) !== 0) this.doorbell.ring();
  }

  /**
   * Waits while one element is `expected`.
   *
   * @internal
   */
  protected async waitAt(index: number, expected: number, options: WaitOptions): Promise<number> {
    checkWait(options);
    this.#futex(index);
    const look = () => {
      const numbers = this.integers();
      Atomics.store(this.#words, ASYNC, 1);
      const value = Atomics.load(numbers, index);
      return value === expected ? undefined : value;
    };
    return await this.doorbell.wait(look, options, (timeout) => this.#late(index, expected, timeout));
  }

  /**
   * The same, blocking this thread.
   *
   * @internal
   */
  protected waitAtSync(index: number, expected: number, options: SyncWaitOptions): number {
    const timeout = timeoutOf(options);
    const address = this.#futex(index);
    const numbers = this.integers();
    const end = performance.now() + timeout;
    for (;;) {
      const value = Atomics.load(numbers, index);
      if (value !== expected) return value;
      const left = end - performance.now();
      if (left <= 0) throw this.#late(index, expected, timeout);
      futexWait(address, expected, Math.min(left, SLICE));
    }
  }

  #futex(index: number): bigint {
    if (this.type !== "int32" && this.type !== "uint32") {
      throw new TypeError(
        `To wait for an element it must be int32 or uint32, and ${this.#called} has ${this.type}`,
      );
    }
    Atomics.load(this.integers(), index); // Checks the index.
    return this.memory.address + BigInt(DATA + 4 * index);
  }

  #outOfRange(index: number): RangeError {
    return new RangeError(`${this.#called} has ${this.numbers.length} elements, and no element ${index}`);
  }

  #late(index: number, expected: number, timeout: number): Error {
    return timedOut(
      `Cannot wait for element ${index} of ${this.#called}`,
      `it was ${expected}, and nothing else`,
      timeout,
    );
  }
}
