/**
 * An array that a {@linkcode Manager}'s server holds. A value that is got is a copy: `set` it again after a change.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const lines = await manager.array<string>("lines");
 * await lines.push("one", "two");
 * console.log(await lines.length, await lines.at(-1), await lines.toArray());
 * ```
 */
export class ManagedArray<T = unknown> {
  readonly #array: T[];

  /** @internal */
  constructor(array: T[]) {
    this.#array = array;
  }

  /** How many values it has. */
  get length(): number {
    return this.#array.length;
  }

  /** The value at an index, from the end when that is negative. */
  at(index: number): T | undefined {
    return this.#array.at(index);
  }

  /**
   * Replaces the value at an index.
   *
   * @throws {RangeError} There is no such index
   */
  set(index: number, value: T): void {
    const place = index < 0 ? index + this.#array.length : index;
    if (!Number.isInteger(place) || place < 0 || place >= this.#array.length) {
      throw new RangeError(`Cannot set index ${index} of a managed array of ${this.#array.length} values`);
    }
    this.#array[place] = value;
  }

  /** Adds values at the end. Returns the new length. */
  push(...values: T[]): number {
    for (const value of values) this.#array.push(value);
    return this.#array.length;
  }

  /** Adds values at the start. Returns the new length. */
  unshift(...values: T[]): number {
    return this.#array.unshift(...values);
  }

  /** Removes the last value, and returns it. */
  pop(): T | undefined {
    return this.#array.pop();
  }

  /** Removes the first value, and returns it. */
  shift(): T | undefined {
    return this.#array.shift();
  }

  /** Removes values from an index on, and puts others there. Returns those that were removed. */
  splice(start: number, count: number, ...values: T[]): T[] {
    return this.#array.splice(start, count, ...values);
  }

  /** A part of it, as a copy. */
  slice(start?: number, end?: number): T[] {
    return this.#array.slice(start, end);
  }

  /** The first index of a value that is no object, or -1. */
  indexOf(value: T): number {
    return this.#array.indexOf(value);
  }

  /** Removes everything. */
  clear(): void {
    this.#array.length = 0;
  }

  /** A copy of all of it. */
  toArray(): T[] {
    return [...this.#array];
  }
}
