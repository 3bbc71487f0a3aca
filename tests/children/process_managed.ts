/** A module for a manager's server, and what clients do in processes of their own. */
import { Manager } from "../../mod.ts";

let calls = 0;

export function count(): number {
  return ++calls;
}

export const tools = { upper: (text: string) => text.toUpperCase() };

/** Adds to a number, many times. */
export async function add(address: string, authKey: string, times: number): Promise<void> {
  await using manager = await Manager.connect(address, { authKey });
  const map = await manager.map<string, number>("numbers");
  for (let i = 0; i < times; i++) await map.add("n", 1);
}

/** Adds to a number in two steps, with a lock around them. */
export async function addLocked(address: string, authKey: string, times: number): Promise<void> {
  await using manager = await Manager.connect(address, { authKey });
  const [map, lock] = await Promise.all([manager.map<string, number>("numbers"), manager.lock("lock")]);
  for (let i = 0; i < times; i++) {
    const permit = await lock.acquire();
    await map.set("locked", (await map.get("locked") ?? 0) + 1);
    await permit.release();
  }
}

/** Takes the lock, and keeps it. */
export async function hold(address: string, authKey: string): Promise<void> {
  await using manager = await Manager.connect(address, { authKey });
  await (await manager.lock("lock")).acquire();
  await (await manager.event("held")).set();
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

/** Doubles what comes, until undefined comes. */
export async function work(address: string, authKey: string): Promise<number> {
  await using manager = await Manager.connect(address, { authKey });
  const [jobs, results] = await Promise.all([
    manager.queue<number>("jobs"),
    manager.queue<number>("results"),
  ]);
  for (let done = 0;; done++) {
    const job = await jobs.get();
    if (job === undefined) return done;
    await results.put(job * 2);
    await jobs.taskDone();
  }
}
