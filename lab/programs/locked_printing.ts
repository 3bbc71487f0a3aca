/**
 * Ten processes print a poem of three lines each, with a lock that lets each finish before the next begins.
 *
 *     deno run -A lab/programs/locked_printing.ts [PROCESSES]
 *
 * One sees whole poems, in whatever order.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { currentProcess, Lock, Process } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

/** What each process runs. */
export async function poem(lock: Lock): Promise<void> {
  using _ = await lock.acquire();
  for (const line of ["takes the pen,", "writes its line,", "and passes it on."]) {
    console.log(`${currentProcess().name} ${line}`);
    await new Promise((resolve) => setTimeout(resolve, 1)); // Long enough for others to come in between.
  }
}

async function main(count: number, signal: AbortSignal): Promise<void> {
  using lock = Lock.create();
  const poets = Array.from(
    { length: count },
    (_, i) => new Process(import.meta.url, { entry: "poem", args: [lock], name: `Poet ${i + 1}` }),
  );
  for (const poet of poets) poet.start();
  const codes = await Promise.all(poets.map((poet) => poet.join({ signal })));
  console.log(`All ended with ${[...new Set(codes)].join(", ")}`);
}

if (import.meta.main) {
  const [count = "10"] = Deno.args;
  await interruptible((signal) => main(Number(count), signal));
}
