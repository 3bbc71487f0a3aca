/** Objects that were closed, and those that are closed while another thread of the process waits for the same. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
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
} from "../../mod.ts";
import { errorOf } from "../support/errors.ts";
import { isThreadAsleep } from "../support/processes.ts";
import { SHARED_KINDS } from "../support/shared_kinds.ts";
import { notOnLinux, test } from "../support/shared_memory.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

/** What a closed object still tells, or does: nothing that needs its memory. */
const STILL = new Set([
  ...["constructor", "name", "closed", "memory", "doorbell", "close", "unlink"],
  // What it was made with; arrays and views have length 0.
  ...["spin", "codec", "length", "array", "held", "as", "lock", "giveBack", "useLock", "checkType"],
]);

const BYTES = new Uint8Array(1);

/** Arguments of what takes any. */
const ARGUMENTS: Record<string, unknown[]> = {
  ...{ send: [BYTES], sendSync: [BYTES], trySend: [BYTES], request: [BYTES], requestSync: [BYTES] },
  ...{ put: [BYTES], putSync: [BYTES], tryPut: [BYTES], reserve: [1], reserveSync: [1], tryReserve: [1] },
  ...{ serve: [() => BYTES], serveSync: [() => BYTES], waitFor: [() => true], waitForSync: [() => true] },
  descriptorForOthers: [3],
  waitAt: [0, 0, {}],
  waitAtSync: [0, 0, {}],
};

/** All that an object has, down to what all objects have. */
function membersOf(object: SharedObject): string[] {
  const members = new Set<string>();
  for (let at = Object.getPrototypeOf(object); at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) members.add(name);
  }
  return [...members];
}

for (const [kind, { create }] of Object.entries(SHARED_KINDS)) {
  test(`${kind}: all that it can do says that it is closed when it is, and close() does nothing more`, async () => {
    const object = create({});
    object.close();
    object.close();
    object[Symbol.dispose]();
    assertEquals(object.closed, true);
    let uses = 0;
    for (const name of membersOf(object)) {
      if (STILL.has(name)) continue;
      const error = await errorOf(() => {
        const member = (object as unknown as Record<string, unknown>)[name];
        // Elements and numbers: any will do.
        return typeof member === "function" ? member.apply(object, ARGUMENTS[name] ?? []) : member;
      });
      assertInstanceOf(error, Deno.errors.BadResource, `${name}: ${error}`);
      uses++;
    }
    assert(uses >= 2, `${uses}`);
  });
}

/** How a thread waits, and how another handle lets it go on. */
interface Case<T extends SharedObject> {
  create(): T;
  again(object: T): T;
  /** Before the thread waits. */
  before?(other: T): unknown;
  letGo(other: T): unknown;
}

const CASES: Record<string, Case<never>> = {
  "Lock.acquireSync": lockCase(() => Lock.create(), (lock) => Lock.from(lock.share())),
  "RLock.acquireSync": lockCase(() => RLock.create(), (lock) => RLock.from(lock.share())),
  "Semaphore.acquireSync": of<Semaphore>({
    create: () => Semaphore.create({ value: 0 }),
    again: (semaphore) => Semaphore.from(semaphore.share()),
    letGo: (semaphore) => semaphore.release(),
  }),
  "BoundedSemaphore.acquireSync": of<BoundedSemaphore>({
    create: () => BoundedSemaphore.create(),
    again: (semaphore) => BoundedSemaphore.from(semaphore.share()),
    before: (semaphore) => semaphore.acquireSync(),
    letGo: (semaphore) => semaphore.release(),
  }),
  "Condition.waitSync": of<Condition>({
    create: () => Condition.create(),
    again: (condition) => Condition.from(condition.share()),
    async letGo(condition) {
      using _ = await condition.acquire();
      condition.notify();
    },
  }),
  "SharedEvent.waitSync": of<SharedEvent>({
    create: () => SharedEvent.create(),
    again: (event) => SharedEvent.from(event.share()),
    letGo: (event) => event.set(),
  }),
  "Barrier.waitSync": of<Barrier>({
    create: () => Barrier.create({ parties: 2 }),
    again: (barrier) => Barrier.from(barrier.share()),
    letGo: (barrier) => barrier.wait(),
  }),
  "SharedArray.waitSync": of<SharedArray<"int32">>({
    create: () => SharedArray.create({ type: "int32", length: 1 }),
    again: (array) => SharedArray.from(array.share()).as("int32"),
    letGo(array) {
      array.store(0, 1);
      array.notify(0);
    },
  }),
  "Channel.recvSync": of<Channel>({
    create: () => Channel.create(),
    again: (channel) => Channel.from(channel.share()),
    letGo: (channel) => channel.send(BYTES),
  }),
  "Queue.getSync": of<Queue>({
    create: () => Queue.create(),
    again: (queue) => Queue.from(queue.share()),
    letGo: (queue) => queue.put("value"),
  }),
};

function of<T extends SharedObject>(each: Case<T>): Case<never> {
  return each as unknown as Case<never>;
}

function lockCase<T extends Lock | RLock>(create: () => T, again: (lock: T) => T): Case<never> {
  return of<T>({ create, again, before: (lock) => lock.acquireSync(), letGo: (lock) => lock.release() });
}

/** A worker's program has its types checked before it runs: on a busy machine that takes long. */
const WORKER_MS = 120_000;

/** A worker that waits for an object. */
class Waiting implements Disposable {
  readonly #worker = new Worker(new URL("../children/parks.ts", import.meta.url), { type: "module" });
  readonly #thread = Promise.withResolvers<number>();
  readonly #over = Promise.withResolvers<string>();

  constructor(what: string, object: SharedObject) {
    this.#worker.onmessage = ({ data }) =>
      typeof data === "number" ? this.#thread.resolve(data) : this.#over.resolve(data);
    this.#worker.postMessage([what, object.share()]);
  }

  async asleep(): Promise<void> {
    const thread = await this.#thread.promise;
    await until("the worker to sleep", () => isThreadAsleep(thread));
  }

  get over(): Promise<string> {
    return within(PATIENCE_MS, "the worker to go on", () => this.#over.promise);
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

for (const [what, { create, again, before, letGo }] of Object.entries(CASES)) {
  test(
    `${what}: a thread that waits is not disturbed when another one closes its handle`,
    async () => {
      const object = create();
      using other = again(object as never) as SharedObject;
      await before?.(other as never);
      using waiting = new Waiting(what, object);
      await waiting.asleep();
      (object as SharedObject).close();
      await letGo(other as never);
      assertEquals(await waiting.over, "over");
    },
    notOnLinux,
    WORKER_MS,
  );
}

test(
  "DuplexChannel.recvSync: a thread that waits sees the end when another one closes the other side",
  async () => {
    const channel = DuplexChannel.create();
    using waiting = new Waiting("DuplexChannel.recvSync", channel);
    await waiting.asleep();
    channel.close();
    assertEquals(await waiting.over, "over");
  },
  notOnLinux,
  WORKER_MS,
);
