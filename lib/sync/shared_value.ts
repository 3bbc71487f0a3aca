import type { SyncWaitOptions, WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import type { ElementOf, ElementType } from "./element_type.ts";
import { createNumbers, DATA, SharedNumbers } from "./shared_numbers.ts";
import type { Layout, SharedObjectOptions } from "./shared_object.ts";

/** Options of {@linkcode SharedValue.create}. */
export interface SharedValueOptions<T extends ElementType> extends SharedObjectOptions {
  /** What it holds: int8, uint8, int16, uint16, int32, uint32, float32, float64, bigint64, biguint64. */
  type: T;
  /** What it is at first. Default: 0. */
  value?: ElementOf<T> | undefined;
}

/**
 * One number that processes share.
 *
 * - `value++` is a read and a write, and loses what others write between them: use `add()`, or `lock`.
 * - A float64 is written as a whole. There are no atomic operations on floats: use `lock`.
 *
 * As Python's `multiprocessing.Value`. Needs `--allow-ffi`. Linux. The memory is that of a {@linkcode SharedArray} with
 * one element.
 *
 * @example
 * ```ts
 * import { SharedValue } from "@ipc/ipc";
 *
 * using total = SharedValue.create({ type: "int32" });
 * using theirs = SharedValue.from(total.share()).as("int32"); // In any process.
 * theirs.add(2); // One step.
 * {
 *   using _ = theirs.lock.acquireSync();
 *   theirs.value *= 21;
 * }
 * console.log(total.value); // 42
 * ```
 */
export class SharedValue<T extends ElementType = ElementType> extends SharedNumbers<T> {
  /** @internal */
  static readonly layout: Layout = { kind: "SharedValue", version: 1, leastSize: DATA + 1 };

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory, SharedValue.layout);
  }

  /**
   * Makes one.
   *
   * @throws {TypeError} The type is none
   * @throws {Deno.errors.AlreadyExists} The name is taken
   */
  static create<T extends ElementType>(options: SharedValueOptions<T>): SharedValue<T> {
    return new SharedValue<T>(createNumbers(SharedValue.layout, options.type, 1, options, options.value));
  }

  /**
   * This same handle, with its type known, after `open`, `from` or `inherited`.
   *
   * @throws {TypeError} It is of another type; the handle stays open
   */
  as<U extends ElementType>(type: U): SharedValue<U> {
    this.checkType(type);
    return this as unknown as SharedValue<U>;
  }

  /** The number. */
  get value(): ElementOf<T> {
    return this.loadAt(0);
  }

  set value(value: ElementOf<T>) {
    this.storeAt(0, value);
  }

  /** Adds to it in one step, and returns what it was. Integers only; a sum that is too large wraps around. */
  add(value: ElementOf<T>): ElementOf<T> {
    return Atomics.add(this.integers(), 0, value as number) as ElementOf<T>;
  }

  /** Reads it, as `value`. Integers only. */
  load(): ElementOf<T> {
    return Atomics.load(this.integers(), 0) as ElementOf<T>;
  }

  /** Writes it, as `value`. Integers only. */
  store(value: ElementOf<T>): void {
    Atomics.store(this.integers(), 0, value as number);
  }

  /** Writes it, and returns what it was, in one step. Integers only. */
  exchange(value: ElementOf<T>): ElementOf<T> {
    return Atomics.exchange(this.integers(), 0, value as number) as ElementOf<T>;
  }

  /** Writes it if it is `expected`, and returns what it was, in one step. Integers only. */
  compareExchange(expected: ElementOf<T>, value: ElementOf<T>): ElementOf<T> {
    return Atomics.compareExchange(this.integers(), 0, expected as number, value as number) as ElementOf<T>;
  }

  /** Waits while it is `expected`, and returns what it is then. See {@linkcode SharedArray.wait}. */
  wait(expected: number, options: WaitOptions = {}): Promise<number> {
    return this.waitAt(0, expected, options);
  }

  /** Blocks this thread while it is `expected`, and returns what it is then. */
  waitSync(expected: number, options: SyncWaitOptions = {}): number {
    return this.waitAtSync(0, expected, options);
  }

  /** Lets those look who wait for it, after a change. */
  notify(): void {
    this.notifyAt(0);
  }
}
