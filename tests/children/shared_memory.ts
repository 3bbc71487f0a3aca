/**
 * The other process of tests of shared memory. It does what its first argument says:
 *
 * - `hold NAME`, `create NAME SIZE`: has it open, prints "ready", and waits until its stdin ends
 * - `race NAME SIZE`: waits for a line, then creates it, prints the outcome, and waits until its stdin ends
 * - `churn NAME SIZE`: creates and removes it again and again
 * - `add TOKEN TIMES`, `inherited FD TIMES`: adds 1 so often to the first word
 * - `add-as-nobody TOKEN TIMES`: tries to, as a user who may do nothing, and prints the error
 */

import process from "node:process";
import { SharedMemory } from "../../mod.ts";

const [action, subject, number] = Deno.args as [string, string, string];

async function untilTheEnd(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

function add(memory: SharedMemory): void {
  using _memory = memory;
  const words = new Int32Array(memory.buffer);
  for (let count = 0; count < Number(number); count++) Atomics.add(words, 0, 1);
}

switch (action) {
  case "hold": {
    using _memory = SharedMemory.open(subject);
    console.log("ready");
    await untilTheEnd();
    break;
  }
  case "create": {
    using _memory = SharedMemory.create({ name: subject, size: Number(number) });
    console.log("ready");
    await untilTheEnd();
    break;
  }
  case "race": {
    console.log("ready");
    await Deno.stdin.read(new Uint8Array(1));
    try {
      using _memory = SharedMemory.create({ name: subject, size: Number(number) });
      console.log("outcome: created");
      await untilTheEnd();
    } catch (error) {
      console.log("outcome:", error instanceof Deno.errors.AlreadyExists ? "exists" : error);
    }
    break;
  }
  case "churn":
    console.log("ready");
    for (;;) {
      using memory = SharedMemory.create({ name: subject, size: Number(number) });
      memory.unlink();
    }
  case "add":
    add(SharedMemory.from(JSON.parse(subject)));
    break;
  case "add-as-nobody":
    process.setgid!(65534);
    process.setuid!(65534);
    try {
      add(SharedMemory.from(JSON.parse(subject)));
    } catch (error) {
      console.log((error as Error).name, (error as { code?: string }).code);
    }
    break;
  case "inherited":
    add(SharedMemory.inherited(Number(subject)));
    break;
  default:
    throw new Error(`There is no action ${action}`);
}
