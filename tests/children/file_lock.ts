/**
 * The other process of tests of file locks: `file_lock.ts ACTION PATH [NUMBER]`.
 *
 * - `hold`, `hold-shared`: takes it, prints "has it", and keeps it until its stdin ends
 * - `wait`, `wait-sync`: prints "waits", takes it, and prints "has it"
 * - `count`: NUMBER times, adds 1 to the number in the file PATH.count, under the lock
 * - `try-as-nobody`: prints what comes of it for a user who may do nothing
 */

import process from "node:process";
import { FileLock } from "../../mod.ts";

const [action, path, number] = Deno.args as [string, string, string];
const lock = new FileLock(path);

async function hold(shared: boolean): Promise<void> {
  using _guard = await lock.acquire({ shared });
  console.log("has it");
  for await (const _ of Deno.stdin.readable);
}

switch (action) {
  case "hold":
    await hold(false);
    break;
  case "hold-shared":
    await hold(true);
    break;
  case "wait": {
    const taking = lock.acquire();
    console.log("waits");
    using _guard = await taking;
    console.log("has it");
    break;
  }
  case "wait-sync": {
    console.log("waits");
    using _guard = lock.acquireSync();
    console.log("has it");
    break;
  }
  case "count":
    for (let turn = 0; turn < Number(number); turn++) {
      using _guard = turn % 2 === 0 ? await lock.acquire() : lock.acquireSync();
      const count = Number(Deno.readTextFileSync(`${path}.count`));
      Deno.writeTextFileSync(`${path}.count`, `${count + 1}`);
    }
    break;
  case "try-as-nobody":
    process.setgid!(65534);
    process.setuid!(65534);
    try {
      console.log(lock.tryAcquire() === undefined ? "others have it" : "has it");
    } catch (error) {
      console.log((error as Error).name, (error as { code?: string }).code);
    }
    break;
  default:
    throw new Error(`There is no action ${action}`);
}
