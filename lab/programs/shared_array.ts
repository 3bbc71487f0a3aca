/**
 * Several processes fill an array in shared memory, each its part, and one reads it: nothing is copied or sent.
 *
 *     deno run -A lab/programs/shared_array.ts [PROCESSES] [LENGTH]
 *
 * One sees who filled what, and what the sum of all squares is.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { SharedArray, spawn } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

async function parent(processes: number, length: number, signal: AbortSignal): Promise<void> {
  using squares = SharedArray.create({ type: "float64", length });
  const part = Math.ceil(length / processes);
  const children = Array.from({ length: processes }, (_, i) =>
    spawn(Deno.execPath(), {
      args: [
        "run",
        "--allow-ffi",
        import.meta.url,
        "child",
        `${i * part}`,
        `${Math.min(length, (i + 1) * part)}`,
      ],
      fds: { 3: squares },
      noOrphans: true,
      signal,
    }));
  const ends = await Promise.all(children.map((child) => child.status));
  signal.throwIfAborted();
  if (!ends.every(({ success }) => success)) throw new Error("A process that fills has failed");
  const sum = squares.array.reduce((sum, square) => sum + square, 0);
  console.log(`Parent: the ${length} squares add up to ${sum}`);
}

function child(from: number, to: number): void {
  using squares = SharedArray.inherited(3).as("float64");
  const { array } = squares;
  for (let i = from; i < to; i++) array[i] = i * i;
  console.log(`Child ${Deno.pid} filled ${from} to ${to - 1}`);
}

if (import.meta.main) {
  if (Deno.args[0] === "child") child(Number(Deno.args[1]), Number(Deno.args[2]));
  else {
    const [processes = "4", length = "100000"] = Deno.args;
    await interruptible((signal) => parent(Number(processes), Number(length), signal));
  }
}
