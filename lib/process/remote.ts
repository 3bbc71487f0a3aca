import type { Reference } from "./reference.ts";

/**
 * An object of another process, as {@linkcode wrap} gives it: every method returns a promise, every property is one.
 * Members whose names begin with an underscore are not there.
 */
// deno-lint-ignore no-explicit-any -- Of an object of which nothing is known everything can be asked.
export type Remote<T> = 0 extends 1 & T ? any
  :
    & (T extends (...args: infer A) => infer R ? RemoteMethod<A, R> : unknown)
    & {
      readonly [K in keyof T as K extends `_${string}` | symbol | number ? never : K]: RemoteMember<T[K]>;
    };

/** A member of a {@linkcode Remote}. */
export type RemoteMember<V> = V extends (...args: infer A) => infer R ? RemoteMethod<A, R>
  : V extends object ? Promise<V> & Remote<V>
  : Promise<V>;

/** A method of a {@linkcode Remote}. */
export type RemoteMethod<A extends unknown[], R> = (...args: A) => RemoteResult<Awaited<R>>;

/** What a method of a {@linkcode Remote} returns. */
export type RemoteResult<R> =
  & Promise<RemoteValue<R>>
  & ([R] extends [never] ? unknown : R extends AsyncIterable<infer X> ? AsyncIterable<X> : unknown);

/** What arrives for a result. */
// deno-lint-ignore no-explicit-any -- As above.
export type RemoteValue<R> = 0 extends 1 & R ? any
  : R extends Reference<infer O> ? RemoteReference<O>
  : R extends AsyncIterable<infer X> ? AsyncIterableIterator<X>
  : R extends (...args: infer A) => infer Q ? RemoteMethod<A, Q> & Disposable
  : R;

/**
 * An object of another process that travelled by reference. Its disposal tells the other side that it is not needed any
 * more; so does the garbage collector, later.
 */
export type RemoteReference<T> = Remote<T> & Disposable & AsyncDisposable;

/** The part of a remote object that a proxy stands for. */
export interface Place {
  readonly target: number;
  readonly path: string[];
}

/** How a proxy asks the other side. */
export interface Asker {
  call(place: Place, args: unknown[]): Promise<unknown>;
  get(place: Place): Promise<unknown>;
  release(target: number): void;
}

const places = new WeakMap<object, Place & { asker: Asker }>();

/** Where a proxy's object is. */
export function placeOf(proxy: object): (Place & { asker: Asker }) | undefined {
  return places.get(proxy);
}

/** A proxy for a remote object. */
export function remoteProxy(asker: Asker, target: number): object {
  return proxyOf(asker, { target, path: [] }, undefined);
}

/** @param whole The proxy of the whole, which is needed as long as one of its parts is. */
function proxyOf(asker: Asker, place: Place, whole: object | undefined): object {
  const handler = new Handler(asker, place, whole);
  const proxy: object = new Proxy(CALLABLE, handler);
  places.set(proxy, handler);
  return proxy;
}

/** What a proxy does. It is its own place, as there may be very many. */
class Handler implements ProxyHandler<() => void>, Place {
  readonly asker: Asker;
  readonly target: number;
  readonly path: string[];
  readonly #whole: object | undefined;

  constructor(asker: Asker, { target, path }: Place, whole: object | undefined) {
    this.asker = asker;
    this.target = target;
    this.path = path;
    this.#whole = whole;
  }

  apply(_: unknown, __: unknown, args: unknown[]): Promise<unknown> {
    return iterable(this.asker.call(this, args));
  }

  get(_: unknown, key: string | symbol, proxy: object): unknown {
    const { asker, target, path } = this;
    if (typeof key === "string") {
      if (!PROMISE.includes(key)) {
        return proxyOf(asker, { target, path: [...path, key] }, this.#whole ?? proxy);
      }
      if (path.length === 0 && key === "then") return undefined; // The whole is there already.
      if (path.length === 0) return proxyOf(asker, { target, path: [key] }, proxy);
      const value = asker.get(this); // To await a part asks for its value.
      return value[key as "then"].bind(value);
    }
    if (path.length > 0) return undefined;
    if (key === Symbol.dispose) return () => asker.release(target);
    if (key === Symbol.asyncDispose) return () => Promise.resolve(asker.release(target));
    return undefined;
  }

  set(): boolean {
    return false;
  }

  deleteProperty(): boolean {
    return false;
  }

  defineProperty(): boolean {
    return false;
  }

  has(): boolean {
    return false;
  }

  ownKeys(): string[] {
    return [];
  }

  getOwnPropertyDescriptor(): undefined {
    return undefined;
  }

  getPrototypeOf(): null {
    return null;
  }

  setPrototypeOf(): boolean {
    return false;
  }
}

/** The members of a promise. */
const PROMISE: string[] = ["then", "catch", "finally"];

/** A function without properties of its own, so that a proxy of it may say that it has none. */
const CALLABLE: () => void = (() => {
  const callable = () => {};
  for (const key of Reflect.ownKeys(callable)) Reflect.deleteProperty(callable, key);
  return callable;
})();

/** A promise of an async iterable can be iterated itself. */
function iterable(result: Promise<unknown>): Promise<unknown> {
  return Object.assign(result, {
    async *[Symbol.asyncIterator]() {
      yield* await result as AsyncIterable<unknown>;
    },
  });
}
