/**
 * Both sides of a meeting at each kind of shared object, that only come about when it is one and the same object:
 * `meets.ts inherited|from|open SOURCES`, with what each kind is got by. Prints what came of each, as JSON.
 */

import {
  Barrier,
  BoundedSemaphore,
  Channel,
  Condition,
  DuplexChannel,
  Lock,
  Queue,
  type ReceivedDescriptor,
  RLock,
  Semaphore,
  SharedArray,
  SharedEvent,
  SharedMemory,
  type SharedObject,
  type SharedToken,
  SharedValue,
} from "../../mod.ts";

/** What arrives. */
export type Shared = SharedObject | SharedMemory;

/** One kind. */
interface Meeting<T extends Shared> {
  Class: unknown;
  create(name?: string): T;
  /** What its creator does; `over` resolves when the other side is done. */
  here(mine: T, over: Promise<unknown>): Promise<string>;
  /** What the other side does. */
  there(theirs: T): Promise<string>;
}

/** A worker's program has its types checked before it runs: on a busy machine that takes long. */
export const SOON = { timeout: 100_000 };

/** Holds it until the other side is done, which is to find it held. */
function held<T extends Lock | RLock>(Class: unknown, create: (name?: string) => T): Meeting<T> {
  return {
    Class,
    create,
    async here(mine, over) {
      using _ = mine.acquireSync();
      await over;
      return "held";
    },
    there: (theirs) => Promise.resolve(theirs.tryAcquire() === undefined ? "refused" : "acquired"),
  };
}

/** Has one of three permits, and finds out what the other side has given back by its close. */
function counted<T extends Semaphore>(Class: unknown, create: (name?: string) => T): Meeting<T> {
  return {
    Class,
    create,
    async here(mine, over) {
      using _ = mine.acquireSync();
      await over;
      return `${mine.value}`;
    },
    there(theirs) {
      const before = theirs.value;
      using _ = theirs.acquireSync(SOON);
      return Promise.resolve(`${before} ${theirs.value}`);
    },
  };
}

const MEETINGS: { [kind: string]: Meeting<never> } = {
  SharedMemory: meeting<SharedMemory>({
    Class: SharedMemory,
    create: (name) => SharedMemory.create({ name, size: 100 }),
    async here(mine, over) {
      const bytes = new Uint8Array(mine.buffer);
      bytes[0] = 1;
      await over;
      return `${bytes[99]}`;
    },
    there(theirs) {
      const bytes = new Uint8Array(theirs.buffer);
      bytes[99] = 2;
      return Promise.resolve(`${bytes[0]}`);
    },
  }),
  SharedValue: meeting<SharedValue<"int32">>({
    Class: SharedValue,
    create: (name) => SharedValue.create({ name, type: "int32", value: 5 }),
    async here(mine, over) {
      await over;
      return `${mine.load()}`;
    },
    async there(theirs) {
      using _ = await theirs.lock.acquire(SOON);
      return `${theirs.as("int32").add(1)}`;
    },
  }),
  SharedArray: meeting<SharedArray<"int32">>({
    Class: SharedArray,
    create: (name) => SharedArray.create({ name, type: "int32", length: 3 }),
    here: async (mine) => `${await mine.wait(2, 0, SOON)}`,
    there(theirs) {
      const numbers = theirs.as("int32");
      numbers.store(2, 7);
      numbers.notify(2);
      return Promise.resolve(`${numbers.length}`);
    },
  }),
  Lock: meeting(held(Lock, (name) => Lock.create({ name }))),
  RLock: meeting(held(RLock, (name) => RLock.create({ name }))),
  Semaphore: meeting(counted(Semaphore, (name) => Semaphore.create({ name, value: 3 }))),
  BoundedSemaphore: meeting(counted(BoundedSemaphore, (name) => BoundedSemaphore.create({ name, value: 3 }))),
  Condition: meeting<Condition>({
    Class: Condition,
    create: (name) => Condition.create({ name }),
    async here(mine) {
      using _ = await mine.acquire();
      await mine.wait(SOON);
      return "notified";
    },
    async there(theirs) {
      using _ = await theirs.acquire(SOON);
      theirs.notify();
      return "notifies";
    },
  }),
  SharedEvent: meeting<SharedEvent>({
    Class: SharedEvent,
    create: (name) => SharedEvent.create({ name }),
    here: async (mine) => `${await mine.wait(SOON)} ${mine.isSet}`,
    there: (theirs) => Promise.resolve(`${theirs.isSet} ${theirs.set()}`),
  }),
  Barrier: meeting<Barrier>({
    Class: Barrier,
    create: (name) => Barrier.create({ name, parties: 2 }),
    here: async (mine) => `${await mine.wait(SOON)}`,
    there: async (theirs) => `${await theirs.wait(SOON)}`,
  }),
  Channel: meeting<Channel>({
    Class: Channel,
    create: (name) => Channel.create({ name, capacity: 4096 }),
    here: async (mine) => `${await mine.recv(SOON)}`,
    there: async (theirs) => `${await theirs.send(new Uint8Array([1, 2]), SOON)}`,
  }),
  DuplexChannel: meeting<DuplexChannel>({
    Class: DuplexChannel,
    create: (name) => DuplexChannel.create({ name, capacity: 4096 }),
    here: async (mine) => `${await mine.request(new Uint8Array([1, 2]), SOON)}`,
    async there(theirs) {
      const request = (await theirs.recv(SOON))!;
      await theirs.send(request.toReversed(), SOON);
      return `${request}`;
    },
  }),
  Queue: meeting<Queue>({
    Class: Queue,
    create: (name) => Queue.create({ name }),
    async here(mine) {
      await mine.put({ deep: [10n] });
      return `${await mine.join(SOON)}`;
    },
    async there(theirs) {
      const { deep } = await theirs.get(SOON);
      theirs.taskDone();
      return `${deep} ${typeof deep[0]}`;
    },
  }),
};

/** What each side says when it was the same object. */
export const EXPECTED: Record<string, [here: string, there: string]> = {
  SharedMemory: ["2", "1"],
  SharedValue: ["6", "5"],
  SharedArray: ["7", "3"],
  Lock: ["held", "refused"],
  RLock: ["held", "refused"],
  Semaphore: ["2", "2 1"],
  BoundedSemaphore: ["2", "2 1"],
  Condition: ["notified", "notifies"],
  SharedEvent: ["undefined true", "false undefined"],
  Barrier: ["0", "1"],
  Channel: ["1,2", "undefined"],
  DuplexChannel: ["2,1", "1,2"],
  Queue: ["undefined", "10 bigint"],
};

function meeting<T extends Shared>(of: Meeting<T>): Meeting<never> {
  return of as unknown as Meeting<never>;
}

/** One of each kind, with names that begin so or without. */
export function createAll(prefix?: string): Record<string, Shared> {
  const create = (kind: string) =>
    MEETINGS[kind]!.create(prefix === undefined ? undefined : `${prefix}-${kind}`);
  return Object.fromEntries(Object.keys(MEETINGS).map((kind) => [kind, create(kind)]));
}

/** What their creator says, when `over` resolves at the latest. */
export async function meetHere(mine: Record<string, Shared>, over: Promise<unknown>): Promise<string[]> {
  return await Promise.all(
    Object.entries(MEETINGS).map(([kind, { here }]) => here(mine[kind] as never, over)),
  );
}

/** What the other side says. It closes what it got. */
export async function meetThere(theirs: Record<string, Shared>): Promise<string[]> {
  const said: string[] = [];
  for (const [kind, { Class, there }] of Object.entries(MEETINGS)) {
    using object = theirs[kind]!;
    said.push(object instanceof (Class as typeof Lock) ? await there(object as never) : `no ${kind}`);
  }
  return said;
}

/** Gets one of each kind, by its number, token or name. */
export function getAll(way: string, sources: Record<string, unknown>): Record<string, Shared> {
  return eachOf((Class, kind) => {
    const source = sources[kind];
    if (way === "inherited") return Class.inherited(source as number);
    return way === "from" ? Class.from(source as SharedToken) : Class.open(source as string);
  });
}

/** The same, as they were received. */
export function receiveAll(received: Record<string, ReceivedDescriptor>): Record<string, Shared> {
  return eachOf((Class, kind) => Class.from(received[kind]!));
}

function eachOf(get: (Class: typeof Lock, kind: string) => Shared): Record<string, Shared> {
  const all = Object.entries(MEETINGS).map(([kind, { Class }]) => [kind, get(Class as typeof Lock, kind)]);
  return Object.fromEntries(all);
}

if (import.meta.main && Deno.args.length > 0) {
  const [way, sources] = Deno.args as [string, string];
  console.log(JSON.stringify(await meetThere(getAll(way, JSON.parse(sources)))));
} else if (import.meta.main) {
  const main = self as unknown as Worker; // The other side's two members.
  main.onmessage = async ({ data }: MessageEvent<Record<string, SharedToken>>) => {
    main.postMessage(await meetThere(getAll("from", data)));
  };
}
