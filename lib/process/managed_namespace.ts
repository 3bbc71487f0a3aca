/**
 * Named values that a {@linkcode Manager}'s server holds. A value that is got is a copy: `set` it again after a change.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const settings = await manager.namespace<{ colour: string }>("settings");
 * await settings.set("colour", "red");
 * console.log(await settings.get("colour"), await settings.toObject());
 * ```
 */
export class ManagedNamespace<T extends object = Record<string, unknown>> {
  readonly #values: Map<string, unknown>;

  /** @internal */
  constructor(values: Map<string, unknown>) {
    this.#values = values;
  }

  /** A value, or undefined. */
  get<K extends string & keyof T>(name: K): T[K] | undefined {
    return this.#values.get(name) as T[K] | undefined;
  }

  /**
   * Sets a value.
   *
   * @throws {TypeError} The name is not a string
   */
  set<K extends string & keyof T>(name: K, value: T[K]): void {
    if (typeof name !== "string") {
      throw new TypeError(`A name in a namespace is a string, not ${typeof name}`);
    }
    this.#values.set(name, value);
  }

  /** Whether there is a value of this name. */
  has(name: string & keyof T): boolean {
    return this.#values.has(name);
  }

  /** Removes a value. Returns whether it was there. */
  delete(name: string & keyof T): boolean {
    return this.#values.delete(name);
  }

  /** A copy of all of it. */
  toObject(): Partial<T> {
    return Object.fromEntries(this.#values) as Partial<T>;
  }
}
