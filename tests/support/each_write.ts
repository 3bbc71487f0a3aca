/**
 * What a process leaves in shared memory that dies in the middle of an operation, after each single write of it. The
 * writes are those that the operation really makes, in their order: they are recorded while it is made once.
 *
 * @module
 */

import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS, gettid } from "../../lib/ffi/futex.ts";
import { CELL } from "../../lib/sync/robust_list.ts";
import type { SharedObject } from "../../mod.ts";

interface Write {
  at: number;
  bytes: Uint8Array;
}

/** Notes what is written through views that are made while it is there, of buffers of one size. */
class Recorder implements Disposable {
  readonly #size: number;
  readonly #targets = new WeakMap<object, Int32Array>();
  readonly #undo: (() => void)[] = [];
  #writes: Write[] | undefined;

  constructor(size: number) {
    this.#size = size;
    const made = new Proxy(Int32Array, {
      construct: (target, args: [ArrayBuffer]) => this.#watched(Reflect.construct(target, args)),
    });
    this.#replace(globalThis, "Int32Array", made);
    for (const name of ["load", "store", "add", "and", "or", "exchange", "compareExchange"] as const) {
      const real = Atomics[name] as (array: Int32Array, index: number, ...rest: number[]) => number;
      this.#replace(Atomics, name, (array: Int32Array, index: number, ...rest: number[]) => {
        const target = this.#targets.get(array) ?? array;
        const result = real(target, index, ...rest);
        if (name !== "load") this.#note(target, index);
        return result;
      });
    }
    const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
    const { set } = typedArray;
    const noted = (target: Uint8Array, at: number, count: number) => {
      const size = target.BYTES_PER_ELEMENT;
      this.#noteBytes(target, target.byteOffset + at * size, count * size);
    };
    this.#replace(typedArray, "set", function(this: Uint8Array, p: ArrayLike<number>, at = 0) {
      set.call(this, p, at);
      noted(this, at, p.length);
    });
  }

  during(operate: () => void): Write[] {
    this.#writes = [];
    try {
      operate();
      return this.#writes;
    } finally {
      this.#writes = undefined;
    }
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo) undo();
  }

  #replace(owner: object, name: string, value: unknown): void {
    const real = Object.getOwnPropertyDescriptor(owner, name)!;
    Object.defineProperty(owner, name, { ...real, value });
    this.#undo.push(() => Object.defineProperty(owner, name, real));
  }

  #watched(target: Int32Array): Int32Array {
    if (target.buffer.byteLength !== this.#size) return target;
    const proxy = new Proxy(target, {
      get(target, property) {
        const value = Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
      set: (target, property, value) => {
        Reflect.set(target, property, value, target);
        this.#note(target, Number(property));
        return true;
      },
    });
    this.#targets.set(proxy, target);
    return proxy;
  }

  #note(target: Int32Array, index: number): void {
    this.#noteBytes(target, target.byteOffset + 4 * index, 4);
  }

  #noteBytes({ buffer }: ArrayBufferView, at: number, length: number): void {
    if (buffer.byteLength !== this.#size) return;
    this.#writes?.push({ at, bytes: new Uint8Array(buffer, at, length).slice() });
  }
}

/** An operation. */
export interface Operation<T extends SharedObject> {
  /** The object, as the survivors have it. */
  object: T;
  /** One more handle on it: the one that dies. */
  again(): T;
  /** What the dead one has done before. */
  before?(dead: T): void;
  /** What it is in the middle of. */
  operate(dead: T): void;
  /** Where what only carries data begins: words before it may be places of threads. */
  data?: number;
}

/**
 * Calls `check` for each state that the death of a process can leave, with how many writes were made, of how many. All
 * that it does to the object is undone.
 */
export function afterEachWrite<T extends SharedObject>(
  { object, again, before, operate, data }: Operation<T>,
  check: (writes: number, all: number) => void,
): void {
  const memory = new Uint8Array(object.memory.buffer);
  using recorder = new Recorder(memory.length);
  using dead = again();
  before?.(dead);
  const first = memory.slice();
  const writes = recorder.during(() => operate(dead));
  const last = memory.slice();
  try {
    for (let made = 0; made <= writes.length; made++) {
      memory.set(first);
      for (const { at, bytes } of writes.slice(0, made)) memory.set(bytes, at);
      endThread(new Int32Array(memory.buffer, 0, (data ?? memory.length) >> 2));
      check(made, writes.length);
    }
  } finally {
    memory.set(last);
  }
}

/** What the kernel does when a thread ends: it marks the words that the thread has taken. */
function endThread(words: Int32Array<ArrayBuffer>): void {
  const thread = gettid();
  for (let at = CELL / 4; at < words.length; at += CELL / 4) {
    if ((words[at]! & FUTEX_TID_MASK) === thread) words[at] = FUTEX_OWNER_DIED | (words[at]! & FUTEX_WAITERS);
  }
}
