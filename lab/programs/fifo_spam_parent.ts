/**
 * The reading half of spam over a fifo. It makes the fifo, prints each line that any child writes into
 * it, and removes it after COUNT lines (or on Ctrl-C). Its reader is persistent: it outlives every child,
 * and is there for the next one.
 *
 *     deno run -A lab/programs/fifo_spam_parent.ts FIFO [COUNT]
 *
 * In another terminal, before or after it, as often as one likes:
 *
 *     deno run -A lab/programs/fifo_spam_child.ts FIFO
 *
 * One sees `Parent PID got "Spam 000" at TIME` for each line; the numbers begin anew with each child.
 *
 * Needs: --allow-ffi --allow-write
 *
 * @module
 */
import { mkfifo, openFifoReader } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

async function parent(fifo: string, count: number, signal: AbortSignal): Promise<void> {
  await mkfifo(fifo);
  try {
    using reader = await openFifoReader(fifo, { persistent: true, signal });
    let got = 0;
    for await (const line of reader.lines({ signal })) {
      console.log(`Parent ${Deno.pid} got "${line}" at ${new Date().toISOString().slice(11, 23)}`);
      if (++got === count) break;
    }
    console.log(`Parent ${Deno.pid} has its ${got} lines`);
  } finally {
    await Deno.remove(fifo);
  }
}

if (import.meta.main) {
  const [fifo, count = Infinity] = Deno.args;
  if (fifo === undefined) throw new TypeError("Missing argument: the path of the fifo to make");
  await interruptible((signal) => parent(fifo, Number(count), signal));
}
