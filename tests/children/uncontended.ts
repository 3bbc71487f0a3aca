/** Does each thing very often that is to need no system call when nobody waits, between two calls that the tracer knows (calls.c). */

import { libc } from "../../lib/ffi/library.ts";
import {
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
  SharedValue,
} from "../../mod.ts";

/** How often. */
export const TURNS = 20_000;

const BYTES = new Uint8Array(64);

/** What is done in a turn, by its name. */
export const STRETCHES: Record<string, () => () => void> = {
  Lock() {
    const lock = Lock.create();
    return () => lock.acquireSync().release();
  },
  RLock() {
    const lock = RLock.create();
    return () => {
      using _ = lock.acquireSync();
      using _again = lock.acquireSync();
    };
  },
  Semaphore() {
    const semaphore = Semaphore.create({ value: 2 });
    return () => semaphore.acquireSync().release();
  },
  BoundedSemaphore() {
    const semaphore = BoundedSemaphore.create();
    return () => semaphore.acquireSync().release();
  },
  Condition() {
    const condition = Condition.create();
    return () => {
      using _ = condition.acquireSync();
      condition.notify();
    };
  },
  SharedEvent() {
    const event = SharedEvent.create();
    return () => {
      event.set();
      event.waitSync();
      event.clear();
    };
  },
  "SharedValue and its lock"() {
    const value = SharedValue.create({ type: "int32" });
    return () => {
      value.add(1);
      value.lock.acquireSync().release();
    };
  },
  SharedArray() {
    const array = SharedArray.create({ type: "int32", length: 8 });
    return () => void array.compareExchange(1, array.load(1), 0);
  },
  Channel() {
    const channel = Channel.create();
    return () => {
      channel.sendSync(BYTES);
      channel.reserveSync(64);
      channel.commit();
      channel.recvSync();
      channel.peekSync();
      channel.release();
    };
  },
  DuplexChannel() {
    const channel = DuplexChannel.create();
    const other = DuplexChannel.from(channel.share());
    return () => {
      channel.sendSync(BYTES);
      other.sendSync(other.recvSync()!);
      channel.recvSync();
    };
  },
  Queue() {
    const queue = Queue.create({ codec: "bytes" });
    return () => {
      queue.putSync(BYTES);
      queue.getSync();
      queue.taskDone();
    };
  },
};

if (import.meta.main) {
  const { getpgid } = libc({ getpgid: { parameters: ["i32"], result: "i32" } })();
  for (const make of Object.values(STRETCHES)) {
    const turn = make();
    // Until it is compiled for good.
    for (let i = 0; i < 5 * TURNS; i++) turn();
    getpgid(0);
    for (let i = 0; i < TURNS; i++) turn();
    getpgid(0);
  }
}
