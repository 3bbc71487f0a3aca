/**
 * A pool of two workers, one of which gets a task that fills memory until it is killed. It says what becomes of that
 * task, and of the others.
 *
 * @module
 */
import { Pool, WorkerEndedError } from "../../../mod.ts";

export function square(n: number): number {
  return n * n;
}

/** Fills memory, a piece at a time, and never has enough. */
export function fill(): never {
  const pieces: Uint8Array[] = [];
  for (;;) pieces.push(new Uint8Array(8 * 2 ** 20).fill(pieces.length));
}

if (import.meta.main) {
  await using pool = new Pool<typeof import("./pool_memory.ts")>(import.meta.url, { size: 2 });
  const numbers = Array.from({ length: 40 }, (_, i) => i);
  const others = numbers.map((n) => pool.apply("square", [n]));
  const error = await pool.apply("fill").catch((error) => error);
  if (!(error instanceof WorkerEndedError)) throw error;
  console.log(`the greedy task: ${error.name}, ${error.message.slice(error.message.indexOf("ended"))}`);
  const results = await Promise.all(others);
  console.log(
    `the other tasks: ${results.filter((result, n) => result === n * n).length} of ${numbers.length}`,
  );
  console.log(`and after that: ${await pool.apply("square", [7])}`);
}
