/**
 * Waits for what does not come, until it is killed: `parks.ts KIND.METHOD TOKEN`. Or, as a worker that is posted the two,
 * until it does: it posts the number of its thread before, and "over" afterwards.
 */

import { gettid } from "../../lib/ffi/futex.ts";
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
  type SharedToken,
} from "../../mod.ts";

/** A wait for an object. */
function parks<T extends SharedObject>(
  from: (token: SharedToken) => T,
  wait: (object: T) => unknown,
): (token: SharedToken) => Promise<void> {
  return async (token) => {
    using object = from(token);
    const result = wait(object);
    if (result instanceof Promise) await result;
  };
}

const WAITS: Record<string, (token: SharedToken) => Promise<void>> = {
  "Channel.recv": parks((token) => Channel.from(token), (channel) => channel.recv()),
  "Channel.recvSync": parks((token) => Channel.from(token), (channel) => channel.recvSync()),
  "Channel.peekSync": parks((token) => Channel.from(token), (channel) => channel.peekSync({ spin: 100 })),
  "DuplexChannel.recvSync": parks((token) => DuplexChannel.from(token), (channel) => channel.recvSync()),
  "Queue.get": parks((token) => Queue.from(token), (queue) => queue.get()),
  "Queue.getSync": parks((token) => Queue.from(token), (queue) => queue.getSync()),
  "Lock.acquire": parks((token) => Lock.from(token), (lock) => lock.acquire()),
  "Lock.acquireSync": parks((token) => Lock.from(token), (lock) => lock.acquireSync()),
  "RLock.acquireSync": parks((token) => RLock.from(token), (lock) => lock.acquireSync()),
  "Semaphore.acquire": parks((token) => Semaphore.from(token), (semaphore) => semaphore.acquire()),
  "Semaphore.acquireSync": parks((token) => Semaphore.from(token), (semaphore) => semaphore.acquireSync()),
  "BoundedSemaphore.acquireSync": parks(
    (token) => BoundedSemaphore.from(token),
    (semaphore) => semaphore.acquireSync(),
  ),
  "Condition.wait": parks((token) => Condition.from(token), async (condition) => {
    await condition.acquire();
    await condition.wait();
  }),
  "Condition.waitSync": parks((token) => Condition.from(token), (condition) => {
    condition.acquireSync();
    condition.waitSync();
  }),
  "SharedEvent.waitSync": parks((token) => SharedEvent.from(token), (event) => event.waitSync()),
  "Barrier.wait": parks((token) => Barrier.from(token), (barrier) => barrier.wait()),
  "Barrier.waitSync": parks((token) => Barrier.from(token), (barrier) => barrier.waitSync()),
  "SharedArray.waitSync": parks(
    (token) => SharedArray.from(token),
    (array) => array.as("int32").waitSync(0, 0),
  ),
};

if (import.meta.main && Deno.args.length > 0) {
  const [what, token] = Deno.args as [string, string];
  console.log("waiting");
  await WAITS[what]!(JSON.parse(token));
  console.log("over");
} else if (import.meta.main) {
  const main = self as unknown as Worker; // The other side's two members.
  main.onmessage = async ({ data: [what, token] }: MessageEvent<[string, SharedToken]>) => {
    main.postMessage(gettid());
    try {
      await WAITS[what]!(token);
      main.postMessage("over");
    } catch (error) {
      main.postMessage(`${error}`);
    }
    self.close();
  };
}
