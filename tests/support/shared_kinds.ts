/** One of each kind of object in shared memory, with a use of it that tells whether it is what it seems. */

import {
  Barrier,
  BoundedSemaphore,
  Channel,
  Condition,
  DuplexChannel,
  Lock,
  Queue,
  RLock,
  Semaphore,
  SharedArray,
  SharedEvent,
  type SharedObject,
  type SharedObjectOptions,
  type SharedToken,
  SharedValue,
} from "../../mod.ts";

/** A class, and what is done with it. */
export interface SharedClass {
  Class: {
    new(...args: never[]): SharedObject;
    open(name: string): SharedObject;
    from(token: SharedToken): SharedObject;
    unlink(name: string): void;
  };
  create(options: SharedObjectOptions): SharedObject;
  /** Uses all that does not wait for others; it waits for nothing. */
  use(object: SharedObject): void;
  /** Where in its memory are mutexes, which are waited for by right when somebody has them. */
  mutexes: number[];
}

function kind<T extends SharedObject>(
  Class: unknown,
  create: (options: SharedObjectOptions) => T,
  use: (object: T) => unknown,
  mutexes: number[] = [64],
): SharedClass {
  return {
    Class: Class as SharedClass["Class"],
    create,
    use: (object) => void use(object as T),
    mutexes,
  };
}

const NOW = { timeout: 0 };

/** By name. */
export const SHARED_KINDS: Record<string, SharedClass> = {
  Lock: kind(Lock, (options) => Lock.create(options), (lock) => lock.acquireSync(NOW).release()),
  RLock: kind(RLock, (options) => RLock.create(options), (lock) => {
    using _ = lock.acquireSync(NOW);
    using _again = lock.acquireSync();
  }),
  Semaphore: kind(Semaphore, (options) => Semaphore.create(options), useSemaphore),
  BoundedSemaphore: kind(BoundedSemaphore, (options) => BoundedSemaphore.create(options), useSemaphore),
  Condition: kind(Condition, (options) => Condition.create(options), (condition) => {
    using _ = condition.acquireSync(NOW);
    condition.notify();
    try {
      condition.waitSync(NOW);
    } catch (error) {
      if (!(error instanceof Deno.errors.TimedOut)) throw error;
    }
  }, [64, 128]),
  SharedEvent: kind(SharedEvent, (options) => SharedEvent.create(options), (event) => {
    event.set();
    event.waitSync(NOW);
    event.clear();
  }),
  Barrier: kind(
    Barrier,
    (options) => Barrier.create({ ...options, parties: 1 }),
    (barrier) => barrier.waitSync(NOW),
  ),
  SharedValue: kind(SharedValue, (options) => SharedValue.create({ ...options, type: "int32" }), (value) => {
    using _ = value.lock.acquireSync(NOW);
    return value.value;
  }),
  SharedArray: kind(
    SharedArray,
    (options) => SharedArray.create({ ...options, type: "int32", length: 3 }),
    (array) => {
      using _ = array.lock.acquireSync(NOW);
      return array.array.slice();
    },
  ),
  Channel: kind(
    Channel,
    (options) => Channel.create({ ...options, capacity: 4096, maxMessageSize: 10_000 }),
    (channel) => {
      channel.trySend(new Uint8Array(100));
      channel.tryReserve(3000);
      for (let i = 0; i < 5 && channel.tryRecv(); i++);
      channel.tryPeek();
    },
    [],
  ),
  DuplexChannel: kind(
    DuplexChannel,
    (options) => DuplexChannel.create({ ...options, capacity: 4096 }),
    (channel) => {
      channel.trySend(new Uint8Array(100));
      for (let i = 0; i < 5 && channel.tryRecv(); i++);
    },
    [],
  ),
  Queue: kind(
    Queue,
    (options) => Queue.create({ ...options, capacity: 4096, codec: "bytes" }),
    (queue) => {
      queue.tryPut(new Uint8Array(100));
      for (let i = 0; i < 5 && queue.tryGet(); i++) queue.taskDone();
      queue.size.toFixed();
    },
    [64, 256],
  ),
};

function useSemaphore(semaphore: Semaphore): void {
  using _ = semaphore.acquireSync(NOW);
  semaphore.value.toFixed();
}
