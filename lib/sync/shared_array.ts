import { countOf, type SyncWaitOptions, type WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import type { ElementOf, ElementType, TypedArrays } from "./element_type.ts";
import { createNumbers, DATA, SharedNumbers } from "./shared_numbers.ts";
import type { Layout, SharedObjectOptions } from "./shared_object.ts";

/** Options of {@linkcode SharedArray.create}. */
export interface SharedArrayOptions<T extends ElementType> extends SharedObjectOptions {
  /** What it holds: int8, uint8, int16, uint16, int32, uint32, float32, float64, bigint64, biguint64. */
  type: T;
  /** How many: 1 or more. */
  length: number;
}

/**
 * Numbers that processes share, all 0 at first.
 *
 * - `array` is a typed array like any other: what one writes to it the others see, at some time and in some order.
 *   `load()` and `store()`, or `Atomics` on it, keep the order; `lock` makes several steps one.
 * - After `close()` the typed array has length 0.
 *
 * As Python's `multiprocessing.Array`. Needs `--allow-ffi`. Linux.
 *
 * | offset | type | what |
 * | --- | --- | --- |
 * | 0 | | the header (see shared_object.ts) |
 * | 24 | u32 | type: 1 int8, 2 uint8, 3 int16, 4 uint16, 5 int32, 6 uint32, 7 float32, 8 float64, 9 bigint64, 10 biguint64 |
 * | 32 | u64 | length |
 * | 64 | | the mutex of the lock (see mutex.ts) |
 * | 104 | i32 | 1 when event loops wait for an element: who wakes them sets it to 0, and writes a byte at 60 with pwrite(2) |
 * | 128 | | the elements, one after the other, in the machine's order |
 *
 * Python: `np.ndarray(length, "i4", SharedMemory(name).buf, 128)`, or `memoryview(shm.buf)[128:].cast("i")`. C:
 * `mmap()` of the file in /dev/shm, and `(int32_t *) (memory + 128)`; futex(2), without FUTEX_PRIVATE_FLAG, waits for
 * an element that `notify()` tells of.
 *
 * @example
 * ```ts
 * import { SharedArray } from "@ipc/ipc";
 *
 * using squares = SharedArray.create({ type: "float64", length: 4 });
 * using theirs = SharedArray.from(squares.share()).as("float64"); // In any process.
 * theirs.array.forEach((_, i, array) => array[i] = i * i);
 * console.log(squares.array); // 0 1 4 9
 * ```
 */
export class SharedArray<T extends ElementType = ElementType> extends SharedNumbers<T> {
  /** @internal */
  static readonly layout: Layout = { kind: "SharedArray", version: 1, leastSize: DATA + 1 };

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory, SharedArray.layout);
  }

  /**
   * Makes one.
   *
   * @throws {TypeError} The type is none
   * @throws {RangeError} The length is not a whole number of at least 1
   * @throws {Deno.errors.AlreadyExists} The name is taken
   * @throws {Error} With `code` "ENOSPC" or "ENOMEM": there is no room for so many
   */
  static create<T extends ElementType>(options: SharedArrayOptions<T>): SharedArray<T> {
    const length = countOf("length", options.length, 1);
    return new SharedArray<T>(createNumbers(SharedArray.layout, options.type, length, options));
  }

  /**
   * This same handle, with its type known, after `open`, `from` or `inherited`.
   *
   * @throws {TypeError} It is of another type; the handle stays open
   */
  as<U extends ElementType>(type: U): SharedArray<U> {
    this.checkType(type);
    return this as unknown as SharedArray<U>;
  }

  /** The numbers. Length 0 after `close()`. */
  get array(): TypedArrays[T] {
    return this.numbers;
  }

  /** How many they are. */
  get length(): number {
    return this.numbers.length;
  }

  /** Adds to an element in one step, and returns what it was. Integers only; a sum that is too large wraps around. */
  add(index: number, value: ElementOf<T>): ElementOf<T> {
    return Atomics.add(this.integers(), index, value as number) as ElementOf<T>;
  }

  /** Reads an element. Integers only. */
  load(index: number): ElementOf<T> {
    return Atomics.load(this.integers(), index) as ElementOf<T>;
  }

  /** Writes an element. Integers only. */
  store(index: number, value: ElementOf<T>): void {
    Atomics.store(this.integers(), index, value as number);
  }

  /** Writes an element, and returns what it was, in one step. Integers only. */
  exchange(index: number, value: ElementOf<T>): ElementOf<T> {
    return Atomics.exchange(this.integers(), index, value as number) as ElementOf<T>;
  }

  /** Writes an element if it is `expected`, and returns what it was, in one step. Integers only. */
  compareExchange(index: number, expected: ElementOf<T>, value: ElementOf<T>): ElementOf<T> {
    return Atomics.compareExchange(this.integers(), index, expected as number, value as number) as ElementOf<
      T
    >;
  }

  /**
   * Waits while an element is `expected`, and returns what it is then. Who changes it calls `notify()`. int32 and
   * uint32 only.
   *
   * @throws {Deno.errors.TimedOut} It was the same for `timeout`
   * @throws {Deno.errors.BadResource} It is closed, or was closed meanwhile
   */
  wait(index: number, expected: number, options: WaitOptions = {}): Promise<number> {
    return this.waitAt(index, expected, options);
  }

  /** Blocks this thread while an element is `expected`. See {@linkcode SharedArray.wait}. */
  waitSync(index: number, expected: number, options: SyncWaitOptions = {}): number {
    return this.waitAtSync(index, expected, options);
  }

  /** Lets those look who wait for an element, after a change. int32 and uint32 only. */
  notify(index: number): void {
    this.notifyAt(index);
  }
}
