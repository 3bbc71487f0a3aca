/**
 * A Map that a {@linkcode Manager}'s server holds. Its keys are strings, numbers and the like: an object that comes in a
 * message is another one each time. A value that is got is a copy: `set` it again after a change.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const ages = await manager.map<string, number>("ages");
 * await ages.set("Ann", 30);
 * console.log(await ages.get("Ann"), await ages.size, await ages.toMap());
 * ```
 */
export class ManagedMap<K = unknown, V = unknown> {
  readonly #map: Map<K, V>;

  /** @internal */
  constructor(map: Map<K, V>) {
    this.#map = map;
  }

  /** How many entries it has. */
  get size(): number {
    return this.#map.size;
  }

  /** The value of a key, or undefined. */
  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  /**
   * Sets a value.
   *
   * @throws {TypeError} The key is an object
   */
  set(key: K, value: V): void {
    this.#map.set(checked(key), value);
  }

  /** Whether there is a value for the key. */
  has(key: K): boolean {
    return this.#map.has(key);
  }

  /** Removes a key. Returns whether it was there. */
  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  /** Removes everything. */
  clear(): void {
    this.#map.clear();
  }

  /** The value of a key, which gets this one when it has none: in one step for all clients. */
  setDefault(key: K, value: V): V {
    if (!this.#map.has(key)) this.#map.set(checked(key), value);
    return this.#map.get(key)!;
  }

  /** Removes a key and returns its value, in one step for all clients: undefined when there was none. */
  pop(key: K): V | undefined {
    const value = this.#map.get(key);
    this.#map.delete(key);
    return value;
  }

  /**
   * Adds to a number, which begins with 0, in one step for all clients. Returns the sum.
   *
   * @throws {TypeError} The value is not a number
   */
  add(key: K, amount: number): number {
    const before: unknown = this.#map.get(key) ?? 0;
    if (typeof before !== "number") {
      throw new TypeError(`Cannot add to the value of ${Deno.inspect(key)}: it is no number`);
    }
    this.#map.set(checked(key), before + amount as V);
    return before + amount;
  }

  /** Sets several entries. */
  update(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of entries) this.set(key, value);
  }

  /** All keys. */
  keys(): K[] {
    return [...this.#map.keys()];
  }

  /** All values. */
  values(): V[] {
    return [...this.#map.values()];
  }

  /** All entries. */
  entries(): [K, V][] {
    return [...this.#map.entries()];
  }

  /** A copy of all of it. */
  toMap(): Map<K, V> {
    return new Map(this.#map);
  }
}

function checked<K>(key: K): K {
  if (typeof key !== "object" || key === null) return key;
  throw new TypeError("A key of a managed map cannot be an object: the next one that comes is another one");
}
