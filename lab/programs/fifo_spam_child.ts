/**
 * The writing half of spam over a fifo: COUNT lines, 5 unless told, with growing pauses. It knows nothing
 * of the program that reads but the fifo's path; started first, it waits until there is a fifo, and in
 * opening it until there is a reader.
 *
 *     deno run -A lab/programs/fifo_spam_child.ts FIFO [COUNT]
 *
 * The other half, and what one sees there: fifo_spam_parent.ts.
 *
 * Needs: --allow-ffi --allow-read
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { openFifoWriter } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";
import { untilExists } from "./parts/until_exists.ts";

async function child(fifo: string, count: number, signal: AbortSignal): Promise<void> {
  console.log(`Child ${Deno.pid} waits for a reader at ${fifo}`);
  await untilExists(fifo, signal);
  using writer = await openFifoWriter(fifo, { signal });
  let wrote = 0;
  try {
    for (; wrote < count; wrote++) {
      await delay(30 * (wrote % 4), undefined, { signal });
      await writer.write(`Spam ${String(wrote).padStart(3, "0")}\n`, { signal });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error; // The reader has left: no more is wanted.
  }
  console.log(`Child ${Deno.pid} wrote ${wrote} lines`);
}

if (import.meta.main) {
  const [fifo, count = 5] = Deno.args;
  if (fifo === undefined) throw new TypeError("Missing argument: the path of the fifo to write to");
  await interruptible((signal) => child(fifo, Number(count), signal));
}
