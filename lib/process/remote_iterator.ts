import type { RemoteReference } from "./remote.ts";

type AnyIterator =
  & Partial<AsyncIterator<unknown>>
  & Partial<AsyncIterable<unknown>>
  & Partial<Iterable<unknown>>;

/** An iterator of this side, as the other side calls it. */
export class ServedIterator {
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>;

  private constructor(iterator: AsyncIterator<unknown> | Iterator<unknown>) {
    this.#iterator = iterator;
  }

  /** One over a value, if that is an async iterable, or a generator. */
  static over(value: object): ServedIterator | undefined {
    const { next, [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } =
      value as AnyIterator;
    if (typeof asynchronous === "function") return new ServedIterator(asynchronous.call(value));
    const isGenerator = typeof synchronous === "function" && typeof next === "function";
    return isGenerator ? new ServedIterator(synchronous.call(value)) : undefined;
  }

  /** The next value. */
  async next(): Promise<{ done: boolean; value: unknown }> {
    const { done = false, value } = await this.#iterator.next();
    return { done, value };
  }

  /** Ends it. */
  async return(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** An iterator of the other side. Each value is asked for: who does not ask makes it wait. */
export class RemoteIterator implements AsyncIterableIterator<unknown>, AsyncDisposable {
  /** What stands in for one. */
  static readonly KIND = "iterator";
  readonly #served: RemoteReference<ServedIterator>;
  #done = false;

  constructor(proxy: object) {
    this.#served = proxy as RemoteReference<ServedIterator>;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#done) return { done: true, value: undefined };
    try {
      const { done, value } = await this.#served.next();
      if (!done) return { done, value };
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    if (!this.#done) {
      this.#done = true;
      try {
        await this.#served.return();
      } finally {
        this.#served[Symbol.dispose]();
      }
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #end(): void {
    this.#done = true;
    this.#served[Symbol.dispose]();
  }
}
