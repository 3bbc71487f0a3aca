/**
 * Uses a shared object of any kind once, and prints what came of it: `uses_object.ts KIND inherited|from SOURCE`.
 */

import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Lock,
  RLock,
  Semaphore,
  SharedArray,
  SharedEvent,
  type SharedObject,
  type SharedToken,
  SharedValue,
} from "../../mod.ts";

/** A class, and a use of it that tells whether it is what it seems. With `hostile` a wait has a short end. */
interface Use {
  Class: {
    new(...args: never[]): SharedObject;
    open(name: string): SharedObject;
    from(token: SharedToken): SharedObject;
    inherited(fd: number): SharedObject;
  };
  use(object: SharedObject, hostile?: boolean): string;
}

function kind<T extends SharedObject>(Class: unknown, use: (object: T, timeout: number) => string): Use {
  return {
    Class: Class as Use["Class"],
    use: (object, hostile) => use(object as T, hostile === true ? 0 : 10_000),
  };
}

/** Of each kind. */
export const uses: Record<string, Use> = {
  Lock: kind<Lock>(Lock, (lock, timeout) => `${lock.acquireSync({ timeout }).release()} ${lock.held}`),
  RLock: kind<RLock>(RLock, (lock, timeout) => {
    using _ = lock.acquireSync({ timeout });
    using again = lock.acquireSync();
    return `${again.ownerDied} ${lock.held}`;
  }),
  Semaphore: kind<Semaphore>(Semaphore, useSemaphore),
  BoundedSemaphore: kind<BoundedSemaphore>(BoundedSemaphore, useSemaphore),
  Condition: kind<Condition>(Condition, (condition, timeout) => {
    using _ = condition.acquireSync({ timeout });
    condition.notify();
    try {
      condition.waitSync({ timeout: 0 });
    } catch (error) {
      if (!(error instanceof Deno.errors.TimedOut)) throw error;
    }
    return `${condition.held}`;
  }),
  SharedEvent: kind<SharedEvent>(SharedEvent, (event) => {
    event.set();
    event.waitSync({ timeout: 0 });
    event.clear();
    return `${event.isSet}`;
  }),
  Barrier: kind<Barrier>(
    Barrier,
    (barrier, timeout) => `${barrier.waitSync({ timeout })} ${barrier.parties}`,
  ),
  SharedValue: kind<SharedValue>(SharedValue, (value) => {
    using _ = value.lock.acquireSync();
    return `${value.type} ${value.value}`;
  }),
  SharedArray: kind<SharedArray>(SharedArray, (array) => {
    using _ = array.lock.acquireSync();
    return `${array.type} ${array.length}`;
  }),
};

function useSemaphore(semaphore: Semaphore, timeout: number): string {
  using _ = semaphore.acquireSync({ timeout });
  return `${semaphore.value}`;
}

if (import.meta.main) {
  const [name, way, source] = Deno.args as [string, string, string];
  const { Class, use } = uses[name]!;
  using object = way === "inherited" ? Class.inherited(Number(source)) : Class.from(JSON.parse(source));
  console.log(use(object));
}
