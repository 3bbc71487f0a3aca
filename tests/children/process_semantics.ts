/** Functions that the rows of tests/process/semantics run in processes of their own. */
import type { Barrier, Condition, Connection, Lock, Queue, RLock, Semaphore } from "../../mod.ts";
import type { SharedArray, SharedEvent, SharedMemory, SharedValue } from "../../mod.ts";
import { Process } from "../../mod.ts";

export let count = 0;

/** Changes what belongs to this module, in this process. */
export function bump(): number {
  return ++count;
}

/** Whether this process runs the program that started it. */
export function runsMainModule(main: string): boolean {
  return Deno.mainModule === main;
}

export async function daemonOfDaemon(): Promise<boolean> {
  await using process = new Process(import.meta.url, { entry: "bump", daemon: true });
  process.start();
  return await process.result === 1;
}

export async function putMany(queue: Queue<number>, many: number): Promise<void> {
  for (let i = 0; i < many; i++) await queue.put(i);
}

/** Takes values until it is killed, and tells of the first. */
export function takeForever(queue: Queue<number>, first: SharedEvent): never {
  for (;;) {
    queue.getSync();
    first.set();
  }
}

/** Holds a lock until it is killed. */
export function holdForever(lock: Lock, held: SharedEvent): Promise<void> {
  lock.acquireSync();
  held.set();
  return new Promise((resolve) => setTimeout(resolve, 60_000));
}

export function tryLock(lock: Lock | RLock | Semaphore): boolean {
  using guard = lock.tryAcquire();
  return guard !== undefined;
}

export async function answer(connection: Connection): Promise<void> {
  for await (const value of connection) await connection.send([value, Deno.pid]);
}

export function incrementEach(array: SharedArray<"int32">, value: SharedValue<"int32">, times: number): void {
  for (let i = 0; i < times; i++) {
    using _guard = value.lock.acquireSync();
    value.value++;
    array.array[0]!++;
  }
}

export function write(memory: SharedMemory, text: string): void {
  new TextEncoder().encodeInto(text, new Uint8Array(memory.buffer));
}

/** Waits for a notification, and says so before by a permit. */
export async function waitFor(condition: Condition, ready: Semaphore): Promise<string> {
  using _guard = await condition.acquire();
  ready.release();
  await condition.wait({ timeout: 30_000 });
  return "notified";
}

export async function meet(barrier: Barrier): Promise<number> {
  return await barrier.wait({ timeout: 30_000 });
}

export async function untilSet(event: SharedEvent): Promise<boolean> {
  await event.wait({ timeout: 30_000 });
  return event.isSet;
}
