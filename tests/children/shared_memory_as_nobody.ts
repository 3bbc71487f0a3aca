/**
 * As a user who may do nothing: opens each name given, to write and to read, creates and unlinks it, and reaps; prints a
 * JSON array of what came of it.
 */

import process from "node:process";
import { reapSharedMemory, SharedMemory } from "../../mod.ts";

process.setgid!(65534);
process.setuid!(65534);
const outcomes: unknown[] = [];
for (const name of Deno.args) {
  for (
    const call of [
      () => SharedMemory.open(name).size,
      () => SharedMemory.open(name, { readOnly: true }).size,
      () => SharedMemory.create({ name, size: 8 }).size,
      () => SharedMemory.unlink(name),
    ]
  ) {
    try {
      outcomes.push(call() ?? "no error");
    } catch (error) {
      const { name, code } = error as Error & { code: string };
      outcomes.push(`${name} ${code}`);
    }
  }
}
outcomes.push(reapSharedMemory({ prefix: Deno.args[0]!.split("-own")[0]! }));
console.log(JSON.stringify(outcomes));
